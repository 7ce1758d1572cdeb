"""Posts and tags; their authors are the users.

Relations raise when they are touched without having been loaded (``FETCH_RAISE``): a query in a
loop becomes an error in the first test, not a slow page in production.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class LoadedManager(models.Manager["Post"]):
    """Finds posts that hold what was asked for, and fetch nothing later."""

    def get_queryset(self) -> models.QuerySet[Post]:
        """Return all posts."""
        return super().get_queryset().fetch_mode(models.FETCH_RAISE)


class Tag(models.Model):
    """A word that posts share."""

    name = models.CharField(max_length=50, unique=True)

    class Meta:
        """As the admin lists them."""

        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """A post of the blog."""

    title = models.CharField(max_length=200)
    body = models.TextField()
    published_at = models.DateTimeField(default=timezone.now)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="posts"
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="posts")

    objects = LoadedManager()

    class Meta:
        """The order of the list, and an index that has it."""

        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["published_at", "id"], name="blog_post_published_at_id")
        ]

    def __str__(self) -> str:
        return self.title
