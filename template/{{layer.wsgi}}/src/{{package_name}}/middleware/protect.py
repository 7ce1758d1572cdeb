"""Refuse what another site or a wrong host asks for, and add the security headers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..protection import HostCheck, is_foreign_write
from ..wsgi_problem import request_path, respond_problem

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from ..config import Settings


class ProtectMiddleware:
    """400 for unknown hosts, 403 for writes that a foreign site started (`protection`)."""

    def __init__(
        self, app: WSGIApplication, settings: Settings, headers: Mapping[str, str]
    ) -> None:
        self.app = app
        self.hosts = HostCheck(settings.allowed_hosts)
        self.headers = list(headers.items())

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request (WSGI)."""

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Any:
            decided = {name.lower() for name, _ in headers}.union(environ.get("decided", ()))
            added = [item for item in self.headers if item[0] not in decided]
            return start_response(status, headers + added, exc_info)

        # The server joins repeated headers with commas, so two hosts make one that nobody has.
        host = environ.get("HTTP_HOST", "")
        if not self.hosts.allows(request_path(environ), [host]):
            return respond_problem(
                environ, start, 400, "This service does not answer for that host."
            )
        if is_foreign_write(
            environ["REQUEST_METHOD"],
            has_cookie="HTTP_COOKIE" in environ,
            fetch_site=environ.get("HTTP_SEC_FETCH_SITE"),
            origin=environ.get("HTTP_ORIGIN"),
            host=host,
        ):
            return respond_problem(environ, start, 403, "Another site may not act for the user.")
        return self.app(environ, start)
