"""The ASGI root of the one public port: REST runs as WSGI on a bounded thread pool, so the event loop stays free;
MCP is asynchronous up to its tools.

Measured in docs/adr/0001-one-port.md: WSGI threads halve the fixed cost of a request.
"""

import asyncio
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memoryproject.settings")

import django

django.setup()  # MCP's endpoint meets models while it is imported

from typing import Any, cast

from a2wsgi import WSGIMiddleware
from django.conf import settings
from django.core.wsgi import get_wsgi_application

from mcp_bridge.http import McpEndpoint
from memoryproject.readiness import readiness

_rest: Any = WSGIMiddleware(cast("Any", get_wsgi_application()), workers=settings.WEB_THREADS)

_mcp = McpEndpoint()

_STARTING = b'{"error": "Garner is starting; try again in a moment.", "code": "starting", "field": null}'
_TOO_SLOW = b'{"error": "The body took too long to arrive.", "code": "too_slow", "field": null}'
_TOO_LARGE = b'{"error": "The body is over 2 MiB.", "code": "too_large", "field": null}'


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer the lifespan, refuse what cannot be served, hand the rest to Django."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] != "http":
        raise RuntimeError(f"nothing here speaks {scope['type']}")
    elif not readiness.is_set():
        await _answer(send, 503, _STARTING, [(b"retry-after", b"1")])
    else:
        try:
            body = await _body(scope, receive)
        except TimeoutError:
            await _answer(send, 408, _TOO_SLOW, [(b"connection", b"close")])
            return
        if body is None:
            await _answer(send, 413, _TOO_LARGE, [(b"connection", b"close")])
        elif _mcp.owns(scope["path"]):
            await _mcp.serve(scope, body, receive, send)
        else:
            await _rest(_with_length(scope, body), _once(body), send)


async def _body(scope: dict[str, Any], receive: Any) -> bytes | None:
    """The whole body, or None when it is over the limit; read here, a slow sender holds no thread.

    Raises TimeoutError when it has not come in BODY_SECONDS.
    """
    if _declared_length(scope) > settings.BODY_LIMIT:
        return None
    async with asyncio.timeout(settings.BODY_SECONDS):
        body, more = bytearray(), True
        while more and len(body) <= settings.BODY_LIMIT:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
    return bytes(body) if len(body) <= settings.BODY_LIMIT else None


def _declared_length(scope: dict[str, Any]) -> int:
    value = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(value) if value.isdigit() else 0


def _with_length(scope: dict[str, Any], body: bytes) -> dict[str, Any]:
    """The scope with the true length: WSGI takes a body without one (chunked) for empty."""
    headers = [(name, value) for name, value in scope["headers"] if name not in _FRAMING]
    return {**scope, "headers": [*headers, (b"content-length", str(len(body)).encode())]}


_FRAMING = (b"content-length", b"transfer-encoding")


def _once(body: bytes) -> Any:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _answer(send: Any, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    head = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})


async def _lifespan(receive: Any, send: Any) -> None:
    """Between start-up and shutdown the MCP servers run; Django has no part in this."""
    await receive()
    async with _mcp.running():
        await send({"type": "lifespan.startup.complete"})
        await receive()
    await send({"type": "lifespan.shutdown.complete"})
