"""A cursor that works through a transaction pooler."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self, override

from psycopg import ClientCursor
from psycopg.abc import Params, Query
from psycopg.sql import SQL, Composed


class LimitedCursor(ClientCursor[Any]):
    """Sends the service's settings along with each statement, in the same message.

    The server runs both in one transaction, if there is none yet: what is set there outlives it on
    no connection, and costs no round trip. The parameters are merged into the text, since only
    single statements can be given any.
    """

    def __init__(self, *arguments: Any, prefix: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._prefix = prefix

    @override
    def execute(self, query: Query, params: Params | None = None, **options: Any) -> Self:
        """Run a statement under the settings."""
        limited: Query
        if isinstance(query, str):
            limited = self._prefix + query
        elif isinstance(query, SQL | Composed):
            limited = SQL(self._prefix) + query
        else:
            raise TypeError(f"a statement is text, not {type(query).__name__}")
        super().execute(limited, params, **options)
        while self.nextset():  # from what the settings return to what the statement does
            pass
        return self

    @override
    def executemany(self, query: Query, params_seq: Iterable[Params], **options: Any) -> None:
        """Run a statement several times under the settings; within a transaction, as a rule."""
        super().execute(self._prefix)
        super().executemany(query, params_seq, **options)
