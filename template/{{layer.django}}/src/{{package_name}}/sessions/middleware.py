"""Offer ``request.session``, and write it back if it changed."""

from __future__ import annotations

import structlog
from django.conf import settings
from django.contrib.sessions import middleware
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from ..errors import Unavailable, problem_response
from .cookie import session_id
from .current import current_session
from .unsaved import refusal

log = structlog.get_logger(__name__)


class SessionMiddleware(middleware.SessionMiddleware):
    """Django's, for which a store that is down is no crash and a session that ended no error.

    A request that does not touch its session costs no call to the store, and its answer may be
    public; what did touch it is kept nowhere.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Make the session, not yet loaded."""
        request.session = self.SessionStore(session_id(request))

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Save the session and set the cookie, where there is reason to."""
        session = current_session(request)
        if not session.accessed:
            return response
        if session.modified and session.is_empty():
            self._set_cookie(response, "", 0)
        elif response.status_code < 500 and (session.modified or session.renewal_due):
            response = _save(request, response)
        if session.cookie_due and not session.is_empty():
            age = None if session.get_expire_at_browser_close() else session.get_expiry_age()
            self._set_cookie(response, session.session_key or "", age)
        patch_vary_headers(response, ["Cookie"])
        response.headers["Cache-Control"] = "private, no-store"
        return response

    def _set_cookie(self, response: HttpResponse, value: str, age: int | None) -> None:
        response.set_cookie(
            settings.SESSION_COOKIE_NAME,
            value,
            max_age=age,
            path=settings.SESSION_COOKIE_PATH,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=settings.SESSION_COOKIE_HTTPONLY,
            samesite=settings.SESSION_COOKIE_SAMESITE,
        )


def _save(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Save the session; return the view's answer, or another one if that must not stand.

    What the view did is done. Only a success that promises changes of the session is withdrawn.
    """
    session, status = current_session(request), response.status_code
    try:
        session.write_back()
    except Unavailable as error:
        log.warning("session not saved", status=status, error=repr(error.__cause__))
        if session.modified and status < 400:
            return problem_response(request, 503, *refusal(request.method or "", status))
    return response
