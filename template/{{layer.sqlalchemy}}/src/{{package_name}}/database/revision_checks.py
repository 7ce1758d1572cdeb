"""Whether a migration can be written, and whether it would run."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

from alembic import context
from alembic.script import write_hooks
from alembic.util import CommandError


def check_heads() -> None:
    """Check that the models can be compared with the database: it has the newest migration.

    Raises:
        CommandError: with a sentence for the user, if it has not.
    """
    heads = context.script.get_heads()
    if len(heads) > 1:
        raise CommandError(
            f"Several migrations are the newest: {', '.join(heads)}. Join them with"
            " `uv run alembic merge heads -m ...`, then run `poe migrate`."
        )
    if set(context.get_context().get_current_heads()) != set(heads):
        raise CommandError(
            "The database is behind the migrations, so the models cannot be compared with it."
            " Run `poe migrate` first."
        )


@write_hooks.register("verify")
def verify(path: str, _options: dict[str, Any]) -> None:
    """Remove a new migration that would not run (a hook after those in `alembic.ini`).

    Raises:
        CommandError: with the reason.
    """
    names = [sys.executable, "-m", "ruff", "check", "--select=F821", "--output-format=concise"]
    found = subprocess.run([*names, "--quiet", path], capture_output=True, text=True)
    try:
        if found.returncode:
            raise NameError(found.stdout.strip() or found.stderr.strip())
        runpy.run_path(path)
    except Exception as error:
        Path(path).unlink()
        raise CommandError(f"The migration would not run, and was removed: {error}") from error
