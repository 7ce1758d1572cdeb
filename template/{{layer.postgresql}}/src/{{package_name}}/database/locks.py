"""The lock that PostgreSQL keeps for one process at a time."""

from __future__ import annotations

from hashlib import sha256

# Locks belong to a database, which several services may use.
_NAME = __name__.partition(".")[0]
_KEY = int.from_bytes(sha256(_NAME.encode()).digest()[:8], signed=True)

# Returns whether it took the lock, which ends with the transaction: behind a pooler, another client
# may get the session. The server must not end a transaction that does nothing but keep a lock.
TAKE = f"""
SELECT pg_try_advisory_xact_lock({_KEY}),
    set_config('idle_in_transaction_session_timeout', '0', true)
"""
