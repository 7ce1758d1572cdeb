"""Users, who log in with their e-mail address."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac


class UserManager(BaseUserManager["User"]):
    """Makes users; an address is the same in capitals."""

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """Return the form in which an address is kept."""
        return (email or "").strip().lower()

    def get_by_natural_key(self, username: str | None) -> User:
        """Return who has an e-mail address.

        Raises:
            User.DoesNotExist: nobody has it.
        """
        email = self.normalize_email(username)
        user = self.get(email=email)
        # Databases may find an address that only looks alike, for which attempts are counted apart.
        if user.email != email:
            raise self.model.DoesNotExist
        return user

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Save a new user; without a password, one that cannot log in."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Save somebody who may do everything, in the admin as well."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who can log in."""

    email = models.EmailField(unique=True, max_length=254)
    name = models.CharField(max_length=100)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="may use the admin")
    date_joined = models.DateTimeField(default=timezone.now, editable=False)
    sessions_revoked = models.PositiveIntegerField(default=0, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Bring the address into the form in which it is kept."""
        self.email = User.objects.normalize_email(self.email)

    def revoke_sessions(self) -> None:
        """End every session of this user, wherever they are kept."""
        User.objects.filter(pk=self.pk).update(sessions_revoked=F("sessions_revoked") + 1)

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        # Django compares this with what the session noted at login, at each request that asks who
        # the user is, and ends the session if it differs.
        state = f"{self.password}{self.sessions_revoked}"
        return salted_hmac(
            f"{__name__}.sessions", state, secret=secret, algorithm="sha256"
        ).hexdigest()
