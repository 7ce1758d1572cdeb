"""What is due after a commit, and also when nobody knows whether there was one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from django.db import transaction

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


def on_commit_or_doubt(work: Callable[[], object]) -> None:
    """Do something once the transaction is committed, or may be: at once if there is none.

    When the answer to a COMMIT is lost, with the connection or the server, Django takes the
    transaction for one that was rolled back, and forgets what ``transaction.on_commit`` was told.

    Args:
        work: does no harm when nothing was committed; asks nothing of the database.
    """
    connection = cast("Any", transaction.get_connection())
    if not isinstance(connection.commit, _Commit):
        connection.commit = _Commit(connection)
    transaction.on_commit(_Due(work))


class _Due(partial[object]):
    """Work that is done in doubt, too."""


class _Commit:
    """The ``commit`` of a connection."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        self._commit = connection.commit

    def __call__(self) -> None:
        due = [hook[1] for hook in self._connection.run_on_commit if isinstance(hook[1], _Due)]
        try:
            self._commit()
        except BaseException:
            for work in due:
                work()
            raise
