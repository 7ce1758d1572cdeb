"""The application as Django knows it."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """A user model of our own, from the first migration: it cannot be exchanged later."""

    name = __name__.rpartition(".")[0]
    label = "users"
