"""Migrate, one process at a time: ``poe migrate``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management import CommandError
from django.core.management.commands import migrate
from django.db import connections

from ....database import encoding
from ....database.exclusive import exclusive, wait_for_start

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


class Command(migrate.Command):
    """Django's own command; another process that migrates the same database is waited for."""

    def execute(self, *arguments: Any, **options: Any) -> str | None:
        """Wait for the database, which Django's checks ask, and run the command."""
        wait_for_start(connections[options["database"]])
        return super().execute(*arguments, **options)

    def handle(self, *arguments: Any, **options: Any) -> None:
        """Run the command."""
        connection = connections[options["database"]]
        with exclusive(connection):
            if connection.vendor != "sqlite":
                _prepare(connection)
            super().handle(*arguments, **options)


def _prepare(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        if fault := encoding.prepare(cursor):
            raise CommandError(f"No migration was run: {fault}.")
