"""The blog in the admin."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from .models import Post, Tag


@admin.register(Post)
class PostAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Posts, listed with their authors in one statement."""

    list_display = ("title", "author", "published_at")
    list_select_related: ClassVar[tuple[str, ...]] = ("author",)
    date_hierarchy = "published_at"
    ordering = ("-published_at", "-id")
    search_fields = ("title",)
    # A list of all authors or tags to choose from would grow with them.
    autocomplete_fields = ("author", "tags")
    show_full_result_count = False


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Tags, found by name."""

    search_fields = ("name",)
