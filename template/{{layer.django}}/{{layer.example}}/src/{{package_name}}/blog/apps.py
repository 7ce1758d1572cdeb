"""The application as Django knows it."""

from django.apps import AppConfig


class BlogConfig(AppConfig):
    """Posts and their tags."""

    name = __name__.rpartition(".")[0]
    label = "blog"
    default_auto_field = "django.db.models.BigAutoField"
