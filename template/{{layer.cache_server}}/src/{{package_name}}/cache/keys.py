"""Names of things in the cache server, which several services may share."""

from __future__ import annotations

import re
from hashlib import blake2b

_MAX_PLAIN = 120  # characters; leaves room for the prefix within the 250 bytes that stores allow
_plain = re.compile(rf"[!-~]{{1,{_MAX_PLAIN}}}").fullmatch

# A new format of what is stored gets a new number, so that old and new releases can run together.
# Stamps have had the same one since the first release: an invalidation is for all releases.
_FORMAT, _STAMP_FORMAT = "2", "1"


class Keys:
    """Keys under one namespace, safe for any store: printable, without spaces, bounded."""

    def __init__(self, namespace: str) -> None:
        """Take the namespace: up to 80 letters, digits, hyphens, underscores and colons.

        Raises:
            ValueError: if it is anything else.
        """
        if not re.fullmatch(r"[A-Za-z0-9_:-]{1,80}", namespace):
            raise ValueError("a namespace has 1 to 80 letters, digits, hyphens, _ and colons")
        self._namespace = namespace

    def entry(self, name: str, key: str) -> str:
        """Name the entry of ``key`` in the cache ``name``."""
        return self._key(f"{_FORMAT}:entry", f"{name}:{key}")

    def lock(self, name: str, key: str) -> str:
        """Name the lock on the computation of that entry."""
        return self._key(f"{_FORMAT}:lock", f"{name}:{key}")

    def tag(self, tag: str) -> str:
        """Name the stamp of a tag."""
        return self._key(f"{_STAMP_FORMAT}:tag", tag)

    def everything(self, server: str) -> str:
        """Name the stamp of all entries that were made on a server."""
        return self._key(f"{_FORMAT}:everything", server)

    def _key(self, kind: str, text: str) -> str:
        if _plain(text):
            return f"{self._namespace}:{kind}:{text}"
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=20)
        return f"{self._namespace}:{kind}#{digest.hexdigest()}"
