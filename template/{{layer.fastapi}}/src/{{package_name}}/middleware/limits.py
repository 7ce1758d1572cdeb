"""Bounds on what one request may take: the size of its body and its time."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import problem_response


class LimitsMiddleware:
    """Refuse a body that is too large or comes too slowly, and an answer that does.

    413 for a body over ``max_body`` bytes. After ``timeout`` seconds, 408 if the body has not come,
    504 if the answer has not begun.

    Starlette has a limit for bodies too, but answers in plain text.
    """

    def __init__(self, app: ASGIApp, max_body: int, timeout: float) -> None:
        self.app = app
        self.max_body = max_body
        self.timeout = timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self._announced(scope) > self.max_body:
            await self._too_large(scope, receive, send)
            return
        started = False
        received = 0
        complete = waiting = False  # the body; for more of it

        async def bounded_receive() -> Message:
            nonlocal received, complete, waiting
            waiting = not complete
            message = await receive()
            waiting, complete = False, not message.get("more_body", False)
            received += len(message.get("body", b""))
            if received > self.max_body:
                raise HTTPException(413, self._sentence())
            return message

        async def noting_send(message: Message) -> None:
            nonlocal started
            if not started and not deadline.expired():
                deadline.reschedule(None)  # a stream may take its time
            started = True
            await send(message)

        try:
            async with asyncio.timeout(self.timeout) as deadline:
                await self.app(scope, bounded_receive, noting_send)
        except TimeoutError:
            if started or not deadline.expired():  # the route's own
                raise
            if waiting:
                detail, headers = "The body did not come in time.", {"Connection": "close"}
                answer = problem_response(scope, 408, detail, headers)
            else:
                answer = problem_response(scope, 504, f"No answer within {self.timeout:g} seconds.")
            await answer(scope, receive, send)

    def _sentence(self) -> str:
        return f"The body may have at most {self.max_body} bytes."

    @staticmethod
    def _announced(scope: Scope) -> int:
        for name, value in scope["headers"]:
            if name == b"content-length":
                return int(value) if value.isdigit() else 0
        return 0

    async def _too_large(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = problem_response(scope, 413, self._sentence(), {"Connection": "close"})
        await answer(scope, receive, send)
