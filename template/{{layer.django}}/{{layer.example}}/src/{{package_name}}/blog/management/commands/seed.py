"""Fill the blog's tables: ``poe seed``."""

from __future__ import annotations

from argparse import ArgumentParser
from itertools import batched
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand
from django.db import connection, transaction

from ....database.exclusive import exclusive
from ....users.models import User
from ...models import Post, Tag
from ...sample import EMAIL, FIRST, NAME, PASSWORD, WORDS, authors_of, sample_posts

BATCH = 1000  # rows per statement


class Command(BaseCommand):
    """Adds authors, tags and posts to an empty blog."""

    help = "Fill the blog's tables, if they are empty."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the number of posts."""
        parser.add_argument("--posts", type=int, default=100, help="how many (default: 100)")

    def handle(self, *_arguments: Any, posts: int, **_options: Any) -> None:
        """Run the command."""
        with exclusive(connection):
            if Post.objects.exists():
                self.stderr.write("There are posts already.")
                return
            fill(posts)
        self.stderr.write(f"{posts} posts added.")


@transaction.atomic
def fill(number: int) -> None:
    """Add authors, who have one password, tags and ``number`` posts.

    Authors and tags may be there still, of posts that were deleted. In bulk, so nothing is
    invalidated (`invalidation`): of an empty blog there is little to forget.
    """
    password = make_password(PASSWORD)
    authors = [
        User(
            email=EMAIL.format(author),
            name=NAME.format(author),
            password=password,
            date_joined=FIRST,
        )
        for author in authors_of(number)
    ]
    User.objects.bulk_create(authors, ignore_conflicts=True)
    author_ids = dict(
        User.objects.filter(email__in=[author.email for author in authors]).values_list(
            "email", "pk"
        )
    )
    Tag.objects.bulk_create((Tag(name=word) for word in WORDS), ignore_conflicts=True)
    tag_ids = dict(Tag.objects.filter(name__in=WORDS).values_list("name", "pk"))
    links = Post.tags.through
    for batch in batched(sample_posts(number), BATCH, strict=False):
        posts = Post.objects.bulk_create(
            Post(
                title=post.title,
                body=post.body,
                published_at=post.published_at,
                author_id=author_ids[EMAIL.format(post.author)],
            )
            for post in batch
        )
        links.objects.bulk_create(
            links(post=post, tag_id=tag_ids[name])
            for post, sample in zip(posts, batch, strict=True)
            for name in sample.tags
        )
