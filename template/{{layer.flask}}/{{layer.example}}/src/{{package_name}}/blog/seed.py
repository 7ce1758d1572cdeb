"""Fill the blog's tables: ``flask seed``, or ``poe seed``."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from ..config import get_settings
from ..database import db
from ..passwords import hash_password
from .fill import PATIENCE, fill_if_empty
from .sample import PASSWORD


def seed(posts: int, patience: float = PATIENCE) -> int:
    """Add authors, tags and ``posts`` posts to an empty blog; return how many were added.

    A blog that has posts is left as it is.

    Raises:
        TimeoutError: if another process changes the database for ``patience`` seconds.
    """
    return fill_if_empty(db.engine, posts, hash_password(PASSWORD), patience)


@click.command("seed")
@click.option("--posts", default=100, show_default=True, help="How many.")
@with_appcontext
def seed_command(posts: int) -> None:
    """Fill the blog's tables, if they are empty."""
    try:
        added = seed(posts, get_settings().migration_wait)
    except TimeoutError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{added} posts added." if added else "There are posts already.", err=True)
