"""What a write makes wrong in the cache, whoever writes: the API, the admin, a command.

Django tells of all that is saved or deleted as an object. It does not tell of `bulk_create`,
`bulk_update` and `QuerySet.update`, nor of what migrations do: who writes in these ways what is
shown in public calls `invalidate`.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Any

from django.db.models.signals import m2m_changed, post_delete, post_save
from django.dispatch import receiver

from ..database import on_commit_or_doubt
from ..resources import get_resources
from ..users.models import User
from .models import Post, Tag


def invalidate(*tags: str) -> None:
    """Drop the answers with one of these tags once the transaction is committed, or may be.

    Args:
        tags: "posts" is every list, "post:1" a single post, "names" every single post, since each
            shows names, and "stats" the numbers.
    """
    on_commit_or_doubt(partial(get_resources().cache.invalidate, *tags))


@receiver([post_save, post_delete], sender=Post)
def _post_changed(instance: Post, **_: Any) -> None:
    invalidate("posts", f"post:{instance.pk}", "stats")


@receiver(m2m_changed, sender=Post.tags.through)
def _tags_of_posts_changed(instance: Post | Tag, action: str, **_: Any) -> None:
    if action.startswith("post_"):  # after it was done
        single = f"post:{instance.pk}" if isinstance(instance, Post) else "names"
        invalidate("posts", single)


@receiver([post_save, post_delete], sender=Tag)
@receiver([post_save, post_delete], sender=User)
def _name_changed(
    created: bool = False, update_fields: Collection[str] | None = None, **_: Any
) -> None:
    if created:  # no post shows it yet
        invalidate("stats")
    elif update_fields is None or "name" in update_fields:  # a login changes others
        invalidate("posts", "names", "stats")
