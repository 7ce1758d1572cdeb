"""Users in the admin."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.db.models import F, QuerySet
from django.http import HttpRequest

from .models import User


class NewUserForm(AdminUserCreationForm):  # type: ignore[type-arg]
    """Asks for an address in the place of a user name."""

    class Meta:
        """What is asked for, besides the password."""

        model = User
        fields = ("email", "name")
        field_classes: ClassVar[dict[str, type]] = {}


@admin.register(User)
class UserAdmin(BaseUserAdmin):  # type: ignore[type-arg]
    """Users, found by address or name."""

    add_form = NewUserForm
    add_fieldsets = (
        (None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),
    )
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        (
            "May",
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        ("When", {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    list_display = ("email", "name", "is_staff", "is_active", "date_joined")
    search_fields = ("email", "name")
    ordering = ("email",)
    actions = ("revoke_sessions",)

    @admin.action(permissions=["change"], description="End all sessions of the selected users")
    def revoke_sessions(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """End every session of some users."""
        queryset.update(sessions_revoked=F("sessions_revoked") + 1)
