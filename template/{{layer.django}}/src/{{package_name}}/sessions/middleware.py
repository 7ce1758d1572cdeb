"""Offer ``request.session``, and write it back if it changed."""

from __future__ import annotations

from django.conf import settings
from django.contrib.sessions import middleware
from django.contrib.sessions.backends.base import UpdateError
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from ..errors import Unavailable, response_to
from .cookie import session_id


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
        session = request.session
        if not session.accessed:
            return response
        if session.modified and response.status_code < 500:
            try:
                self._save(request, response)
            except Unavailable as error:
                response = response_to(request, error)
        patch_vary_headers(response, ["Cookie"])
        response.headers["Cache-Control"] = "private, no-store"
        return response

    def _save(self, request: HttpRequest, response: HttpResponse) -> None:
        session = request.session
        ended = session.is_empty()
        if not ended:
            try:
                session.save()
            except UpdateError:
                # Ended meanwhile, in another request: it stays so. The browser may have a newer id
                # by now, from a login: it keeps what it has.
                return
        age = None if session.get_expire_at_browser_close() else session.get_expiry_age()
        response.set_cookie(
            settings.SESSION_COOKIE_NAME,
            "" if ended else session.session_key or "",
            max_age=0 if ended else age,
            path=settings.SESSION_COOKIE_PATH,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=settings.SESSION_COOKIE_HTTPONLY,
            samesite=settings.SESSION_COOKIE_SAMESITE,
        )
