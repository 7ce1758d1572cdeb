"""Data to look at, and to measure with: the same every time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

WORDS = ["cache", "cursor", "deadline", "drain", "event", "gateway", "index", "latency", "lease"]
WORDS += ["lock", "loop", "metric", "pool", "query", "queue", "replica", "retry", "shard"]
EMAIL = "author{}@example.com"
NAME = "Author {}"
PASSWORD = "correct horse battery staple"  # noqa: S105 - the example's, told in the README
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class SamplePost:
    """A post; its author is a number that counts from 1."""

    title: str
    body: str
    published_at: datetime
    author: int
    tags: list[str]


def authors_of(posts: int) -> range:
    """Return the numbers of the authors that so many posts have."""
    return range(1, max(1, min(100, posts // 10)) + 1)


def sample_posts(posts: int) -> Iterator[SamplePost]:
    """Make so many posts, the oldest first."""
    random = Random(0)
    authors = authors_of(posts)
    for number in range(posts):
        yield SamplePost(
            title=" ".join(random.sample(WORDS, 4)).capitalize(),
            body=" ".join(random.choices(WORDS, k=25)).capitalize() + ".",
            published_at=FIRST + timedelta(minutes=number),
            author=random.choice(authors),
            tags=random.sample(WORDS, random.randint(1, 3)),
        )
