"""Where the threads of this process are."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Container

MAX_FRAMES = 20  # innermost frames of each thread


def stacks(first: Container[int]) -> dict[str, list[str]]:
    """Return the calls of each thread but this one, innermost call last.

    Args:
        first: the identifiers of the threads that come first.
    """
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    frames = sys._current_frames()
    frames.pop(threading.get_ident(), None)
    return {
        f"{names.get(ident, 'thread')} {ident}": [
            f"{call.filename}:{call.lineno} {call.name}: {call.line}"
            for call in traceback.extract_stack(frames[ident], limit=MAX_FRAMES)
        ]
        for ident in sorted(frames, key=lambda ident: ident not in first)
    }
