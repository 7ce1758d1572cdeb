"""Errors after which another connection to a key-value server may work.

After a failover the old primary may live on as a read-only replica, and keep its connections. A new
connection to the same address (a DNS name, a virtual IP, a proxy) reaches the new primary.
"""

from __future__ import annotations

from time import monotonic

from redis.exceptions import ConnectionError as NoConnectionError
from redis.exceptions import RedisError

# Codes with which a server refuses a command because of its own state: it became a replica
# (READONLY), lost its primary (MASTERDOWN) or its replicas (NOREPLICAS), cannot save (MISCONF),
# has just started (LOADING), or its cluster has no majority (CLUSTERDOWN).
#
# Every other error is an outage as well, but the next connection would meet it again: OOM, BUSY and
# TRYAGAIN need time; MOVED, ASK, CROSSSLOT, NOAUTH and NOPERM need another configuration.
REFUSALS = frozenset({"READONLY", "MASTERDOWN", "NOREPLICAS", "MISCONF", "LOADING", "CLUSTERDOWN"})

# A connection that is younger (seconds) has reached whatever is at the address now. It is kept, so
# that a server which refuses for long is not flooded with connections.
YOUNG = 1.0

_given_up: dict[tuple[str, int], float] = {}  # by address: when its connections were given up


class RefusedError(NoConnectionError):
    """The server at the other end refuses; the client may connect again and repeat the command.

    A client that retries does so by itself. No command is carried out twice: the server refused it,
    or the transaction that it was in. In a pipeline without a transaction, earlier commands are
    repeated.
    """


def code_of(error: RedisError) -> str:
    """Return the code of an error that a server sent, such as ``READONLY``."""
    return error.status_code or str(error).partition(" ")[0]


class Age:
    """The age of a connection, and whether it was given up with all others to its address."""

    def __init__(self, host: str, port: int) -> None:
        self._address = host, port
        self._since = monotonic()

    def begin(self) -> None:
        """Note that the connection is about to be made."""
        self._since = monotonic()

    def is_over(self) -> bool:
        """Return whether the connection was made before those to its address were given up."""
        return self._since < _given_up.get(self._address, 0.0)

    def replace(self) -> None:
        """Give up all older connections to the address: this one found another server there."""
        _given_up[self._address] = self._since

    def judge(self, error: RedisError) -> RedisError:
        """Return the error to raise for one that the server sent.

        A refusal gives up all connections to the address, unless this one is young.
        """
        code = code_of(error)
        if code not in REFUSALS:
            return error
        now = monotonic()
        if not self.is_over():
            if now - self._since < YOUNG:
                return error
            _given_up[self._address] = now
        return RefusedError(f"{code} {str(error).removeprefix(code).strip()}")
