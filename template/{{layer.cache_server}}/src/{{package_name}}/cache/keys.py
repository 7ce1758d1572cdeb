"""Names of things in the cache server, which several services may share."""

from __future__ import annotations

import re
from hashlib import blake2b

_MAX_PLAIN = 120  # characters; leaves room for the prefix within the 250 bytes that stores allow
_plain = re.compile(rf"[!-~]{{1,{_MAX_PLAIN}}}").fullmatch

# A new format of what is stored gets a new number, so that old and new releases can run together.
_FORMAT = "1"


class Keys:
    """Keys under one namespace, safe for any store: printable, without spaces, bounded."""

    def __init__(self, namespace: str) -> None:
        """Take the namespace: up to 64 letters, digits, hyphens and underscores.

        Raises:
            ValueError: if it is anything else.
        """
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", namespace):
            raise ValueError("a namespace is 1 to 64 letters, digits, hyphens and underscores")
        self._prefix = f"{namespace}:{_FORMAT}"

    def entry(self, name: str, key: str) -> str:
        """Name the entry of ``key`` in the cache ``name``."""
        return self._key("entry", f"{name}:{key}")

    def lock(self, name: str, key: str) -> str:
        """Name the lock on the computation of that entry."""
        return self._key("lock", f"{name}:{key}")

    def tag(self, tag: str) -> str:
        """Name the stamp of a tag."""
        return self._key("tag", tag)

    def _key(self, kind: str, text: str) -> str:
        if _plain(text):
            return f"{self._prefix}:{kind}:{text}"
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=20)
        return f"{self._prefix}:{kind}#{digest.hexdigest()}"
