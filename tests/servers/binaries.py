"""Where a server's programs are."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path


class MissingServer(RuntimeError):  # noqa: N818 - as pytest's Skipped, it is no fault
    """A server's program is not installed on this machine."""


def find_binary(*names: str, package: str, directories: Iterable[Path] = ()) -> Path:
    """Return the first of ``names`` that is in ``directories``, the PATH or a ``sbin``.

    Args:
        names: what the program is called, the preferred name first.
        package: the Debian package that has it, for the message.
        directories: where to look before the PATH.

    Raises:
        MissingServer: if there is none.
    """
    # Daemons live in sbin, which an ordinary user's PATH may leave out.
    places = [*map(str, directories), None, "/usr/local/sbin", "/usr/sbin", "/sbin"]
    for name in names:
        for place in places:
            found = shutil.which(name, path=place)
            if found:
                return Path(found)
    raise MissingServer(f"{' or '.join(names)} is not installed (apt-get install {package})")
