"""The application as Django knows it."""

from django.apps import AppConfig


class BlogConfig(AppConfig):
    """Posts and their tags."""

    name = __name__.rpartition(".")[0]
    label = "blog"

    def ready(self) -> None:
        """Have every write invalidate the cache."""
        from . import invalidation  # noqa: F401  # models are there by now
