"""The admin's site."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.csp import CSP
from django.utils.decorators import method_decorator
from django.views.decorators.csp import csp_override

from .login_limit import limit_login
from .passwords import logging_in

# Its pages load their own scripts and styles; all other answers load nothing.
POLICY: dict[str, list[str]] = {
    "default-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "object-src": [CSP.NONE],
}


class LimitedLoginForm(AdminAuthenticationForm):
    """Guesses here count as those in the API do."""

    def clean(self) -> dict[str, Any]:
        """Check the password, unless there were too many attempts."""
        if self.request is not None:
            limit_login(self.request, self.cleaned_data.get("username", ""))
        with logging_in():
            return super().clean()


class ServiceAdminSite(AdminSite):
    """Django's, under a policy that lets its pages work."""

    login_form = LimitedLoginForm

    @method_decorator(csp_override(POLICY))
    @login_not_required
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the form to log in, and take it."""
        return super().login(request, extra_context)

    def admin_view[View: Callable[..., HttpResponseBase]](
        self, view: View, cacheable: bool = False
    ) -> View:
        """Wrap every other view."""
        return csp_override(POLICY)(super().admin_view(view, cacheable))
