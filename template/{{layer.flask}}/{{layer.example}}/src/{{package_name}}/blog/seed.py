"""Fill the blog's tables: ``flask seed``, or ``poe seed``."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from ..database import db
from ..passwords import hash_password
from .fill import fill, is_empty
from .sample import PASSWORD


def seed(posts: int) -> int:
    """Add authors, tags and ``posts`` posts to an empty blog; return how many were added.

    A blog that has posts is left as it is.
    """
    with db.engine.begin() as connection:
        if not is_empty(connection):
            return 0
        fill(connection, posts, hash_password(PASSWORD))
    return posts


@click.command("seed")
@click.option("--posts", default=100, show_default=True, help="How many.")
@with_appcontext
def seed_command(posts: int) -> None:
    """Fill the blog's tables, if they are empty."""
    added = seed(posts)
    click.echo(f"{added} posts added." if added else "There are posts already.", err=True)
