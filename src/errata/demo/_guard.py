"""Routes that settle who is asking before they look at what is asked."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

_SCHEME: Final = "bearer"


def guarded(check: Callable[[Request], None]) -> type[APIRoute]:
    """Return a class of routes that run a check first; it raises what refuses the request.

    FastAPI reads and parses the body before its dependencies run, so without this
    a stranger would learn what is wrong with the body rather than to log in.
    """

    class Guarded(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def checked(request: Request) -> Response:
                await run_in_threadpool(check, request)
                return await handle(request)

            return checked

    return Guarded


def bearer_token(request: Request) -> str | None:
    """Return the bearer token of a request (RFC 6750 section 2.1); None when there is none that can be read."""
    scheme, _, token = request.headers.get("authorization", "").strip().partition(" ")
    return token.strip() or None if scheme.lower() == _SCHEME else None
