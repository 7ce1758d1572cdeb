"""Run Alembic on a database that may still be starting, one process at a time."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import structlog
from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, MetaData
from sqlalchemy.exc import OperationalError

from . import encoding, server
from .exclusive import exclusive
from .rendering import Render, render_item
from .revision_checks import check_heads
from .revisions import Rewrite, complete

if TYPE_CHECKING:
    from ..config import Settings

START_TIMEOUT = 30.0  # seconds that a database may take to start

# Commands of Alembic that compare the models with the database; that change nothing in it.
COMPARING = {"check", "revision"}
READING = {*COMPARING, "current"}

log = structlog.get_logger(__name__)


def run(
    engine: Engine,
    metadata: MetaData,
    settings: Settings,
    *,
    render: Render = render_item,
    rewrite: Rewrite | None = None,
) -> None:
    """Do what Alembic was told to; each migration is a transaction where the database can.

    Args:
        engine: of ``pools.migrations``.
        metadata: the tables as they are to be.
        settings: how long to wait.
        render: returns the source of parts of columns in a new migration.
        rewrite: changes a new migration before it is written.

    Raises:
        CommandError: if it cannot be done, with a sentence for the user.
    """
    with _connect(engine) as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            compare_type=True,
            process_revision_directives=partial(complete, metadata, rewrite),
            render_as_batch=True,  # SQLite alters no column
            render_item=render,
            transaction_per_migration=True,
        )
        options = context.config.cmd_opts  # None, if no command line began this
        command = options.cmd[0].__name__ if options else ""
        if command in COMPARING:
            check_heads()
            context.script.hooks.append({"_hook_name": "verify", "type": "verify"})
        if command in READING:
            _run()
            return
        try:
            with exclusive(engine, settings.migration_wait):
                _prepare(connection)
                _run()
                connection.commit()
        except TimeoutError as error:
            raise CommandError(str(error)) from error


def _run() -> None:
    with context.begin_transaction():
        context.run_migrations()


def _connect(engine: Engine) -> Connection:
    deadline = time.monotonic() + START_TIMEOUT
    while True:
        try:
            return engine.connect()
        except OperationalError as error:
            reason = " ".join(str(error.orig).split())
            final = engine.dialect.name == "sqlite" or not server.is_outage(error.orig)
            if final or time.monotonic() > deadline:
                raise CommandError(f"The database does not answer: {reason}") from error
            log.warning("the database does not answer yet", reason=reason)
            time.sleep(1)


def _prepare(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        return
    client = connection.connection
    if fault := encoding.prepare(client.cursor()):
        raise CommandError(f"No migration was run: {fault}.")
    client.commit()
