"""MCP over HTTP on the public port: stateless, so any process answers any request, in both eras of the protocol."""

import math
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any
from urllib.parse import parse_qs

import orjson
from django.conf import settings
from django.db import InterfaceError, OperationalError
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from psycopg_pool import PoolTimeout

from accounts.api.loopback import loopback_caller
from accounts.door import Caller
from accounts.errors import Forbidden, GarnerError, Unauthenticated, Unavailable
from accounts.scopes import Scope
from accounts.services.keys import admitted
from mcp_bridge.hosts import host_allowed, origin_allowed
from mcp_bridge.identity import Connected
from mcp_bridge.lending import in_thread
from mcp_bridge.profiles import Profile, profile_named
from mcp_bridge.server import Context, build_server
from mcp_bridge.sessions import client_in, session_for
from mcp_bridge.verifiers import verified

PATHS = frozenset({"/mcp", "/mcp/"})
METADATA = "/.well-known/oauth-protected-resource"
METADATA_PATHS = frozenset({METADATA, f"{METADATA}/mcp", f"{METADATA}/mcp/"})
_CONNECTED = "garner.connected"  # in the ASGI scope
# Checked here, before the key is: the SDK would check them after.
_NO_CHECKS = TransportSecuritySettings(enable_dns_rebinding_protection=False)
_ALLOWED_METHODS = (b"allow", b"POST, OPTIONS")


class Misdirected(GarnerError):
    """The Host header names none of our names."""

    status, code = 421, "misdirected"


class NotAllowed(GarnerError):
    """Only POST is served: there are no streams from the server, and no sessions to delete."""

    status, code = 405, "method_not_allowed"


class McpEndpoint:
    """The ASGI part of the bridge. `running` spans the process's life, `serve` answers one request."""

    def __init__(self) -> None:
        self._managers: dict[Profile, StreamableHTTPSessionManager] = {}

    @staticmethod
    def owns(path: str) -> bool:
        """Whether a request to this path is for us."""
        return path in PATHS or path in METADATA_PATHS

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Build a server for each profile and keep them ready to serve."""
        async with AsyncExitStack() as stack:
            self._managers = {profile: _manager(profile) for profile in Profile}
            for manager in self._managers.values():
                await stack.enter_async_context(manager.run())
            yield

    async def serve(self, scope: dict[str, Any], body: bytes, receive: Any, send: Any) -> None:
        """Answer one request whose body has been read; errors are the API's JSON."""
        headers = _headers(scope)
        try:
            _check_names(headers)
            send = _for_browsers(headers.get("origin", ""), send)
            if scope["method"] == "OPTIONS":
                await _answer(send, 204, b"", [_ALLOWED_METHODS])
            elif scope["path"] in METADATA_PATHS:
                await _answer(send, 200, orjson.dumps(_metadata(scope, headers)))
            else:
                await self._serve_mcp(scope, headers, body, receive, send)
        except GarnerError as error:
            await _refuse(scope, headers, error, send)
        except (OperationalError, InterfaceError, PoolTimeout):
            unavailable = Unavailable("The database does not answer; try again in a moment.")
            await _refuse(scope, headers, unavailable, send)

    async def _serve_mcp(
        self, scope: dict[str, Any], headers: Mapping[str, str], body: bytes, receive: Any, send: Any
    ) -> None:
        caller = await _caller(scope, headers)
        if scope["method"] != "POST":
            raise NotAllowed("Send POST requests: this server keeps no sessions and opens no streams.")
        profile = _profile(scope, headers, caller)
        session = session_for(body) if "mcp-protocol-version" not in headers else ""
        inner = {**scope, "path": "/mcp", _CONNECTED: _other_end(headers, caller, profile)}
        await self._managers[profile].handle_request(
            inner, _replayed(body, receive), _with_session(session, send) if session else send
        )


def _manager(profile: Profile) -> StreamableHTTPSessionManager:
    server = build_server(profile, _found_in_scope)
    server.streamable_http_app(
        stateless_http=True,
        json_response=True,
        max_request_body_size=settings.BODY_LIMIT,
        transport_security=_NO_CHECKS,
    )
    return server.session_manager


def _found_in_scope(context: Context) -> Connected:
    if context.request is None:
        raise RuntimeError("a message came in without its HTTP request")
    found: Connected = context.request.scope[_CONNECTED]
    return found


def _other_end(headers: Mapping[str, str], caller: Caller, profile: Profile) -> Connected:
    """The caller under the names in Flux's headers; failing those, in the session or the program's own header."""
    client, _, role = headers.get("x-caller-id", "").partition(":")
    return Connected(
        ask=lambda: caller,
        profile=profile,
        client=headers.get("x-flux-client", client),
        role=headers.get("x-flux-role", role),
        hint=client_in(headers.get("mcp-session-id", "")) or headers.get("user-agent", "").partition(" ")[0],
    )


def _check_names(headers: Mapping[str, str]) -> None:
    if not host_allowed(headers.get("host", ""), settings.MCP_ALLOWED_HOSTS):
        raise Misdirected("This server is not known by that Host name (GARNER_MCP_ALLOWED_HOSTS).")
    if not origin_allowed(headers.get("origin", ""), settings.MCP_ALLOWED_ORIGINS):
        raise Forbidden("Pages of that Origin may not ask here (GARNER_MCP_ALLOWED_ORIGINS).")


async def _caller(scope: dict[str, Any], headers: Mapping[str, str]) -> Caller:
    """Who holds the bearer token; without one, a program of this machine where GARNER_OPEN_LOOPBACK lets it in."""
    if settings.OPEN_LOOPBACK and "authorization" not in headers:
        here = await in_thread(partial(loopback_caller, _environ(scope, headers)))
        if here is not None:
            return here
    return admitted(await verified(_bearer(headers)), (scope.get("client") or ("",))[0])


def _environ(scope: dict[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
    """What WSGI would call the peer's address and the headers."""
    named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return {**named, "REMOTE_ADDR": (scope.get("client") or ("",))[0]}


def _bearer(headers: Mapping[str, str]) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("Send 'Authorization: Bearer <API key>'.")
    return token.strip()


def _profile(scope: dict[str, Any], headers: Mapping[str, str], caller: Caller) -> Profile:
    """The address decides before the header, the header before the key."""
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("profile", [""])[0]
    return profile_named(asked or headers.get("x-garner-profile", "") or caller.mcp_profile)


def _headers(scope: dict[str, Any]) -> dict[str, str]:
    """Headers by lower-case name; of a repeated one the first counts."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}


# --- answers ----------------------------------------------------------------------------------------------------


def _metadata(scope: dict[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
    """RFC 9728. There is no authorization server yet: keys are made by the operator."""
    return {
        "resource": f"{_public_url(scope, headers)}/mcp",
        "resource_name": "Garner",
        "bearer_methods_supported": ["header"],
        "scopes_supported": [scope_.value for scope_ in Scope],
    }


def _public_url(scope: dict[str, Any], headers: Mapping[str, str]) -> str:
    return settings.PUBLIC_URL.rstrip("/") or f"{scope.get('scheme', 'http')}://{headers.get('host', 'localhost')}"


async def _refuse(scope: dict[str, Any], headers: Mapping[str, str], error: GarnerError, send: Any) -> None:
    more: list[tuple[bytes, bytes]] = []
    if error.status == 401:
        more.append((b"www-authenticate", _challenge(scope, headers).encode("latin-1")))
    if error.status == 405:
        more.append(_ALLOWED_METHODS)
    if (wait := getattr(error, "retry_after", None)) is not None:
        more.append((b"retry-after", str(math.ceil(wait)).encode()))
    document = {"error": error.message, "code": error.code, "field": error.field}
    await _answer(send, error.status, orjson.dumps(document), more)


def _challenge(scope: dict[str, Any], headers: Mapping[str, str]) -> str:
    """RFC 6750 and 9728: no error when there was no token at all."""
    failed = 'error="invalid_token", ' if headers.get("authorization") else ""
    return f'Bearer realm="garner", {failed}resource_metadata="{_public_url(scope, headers)}{METADATA}/mcp"'


async def _answer(send: Any, status: int, body: bytes, more: list[tuple[bytes, bytes]] | None = None) -> None:
    head = [(b"content-type", b"application/json")] if body else []
    head += [(b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store"), *(more or [])]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})


def _for_browsers(origin: str, send: Any) -> Any:
    """`send` with what lets a page of an allowed origin read the answer; unchanged for other programs."""
    if not origin:
        return send
    return _adding(
        [
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"vary", b"origin"),
            (b"access-control-allow-methods", b"POST, OPTIONS"),
            (b"access-control-allow-headers", b"authorization, content-type, accept, " + _MCP_HEADERS),
            (b"access-control-expose-headers", b"mcp-session-id, www-authenticate"),
            (b"access-control-max-age", b"600"),
        ],
        send,
    )


_MCP_HEADERS = b"mcp-protocol-version, mcp-session-id, mcp-method, mcp-name, x-garner-profile"


def _with_session(session: str, send: Any) -> Any:
    return _adding([(b"mcp-session-id", session.encode("ascii"))], send)


def _adding(more: list[tuple[bytes, bytes]], send: Any) -> Any:
    async def adding(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *more]}
        await send(message)

    return adding


def _replayed(body: bytes, receive: Any) -> Any:
    """The body once more, then what the connection says."""
    first = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> dict[str, Any]:
        message: dict[str, Any] = first.pop() if first else await receive()
        return message

    return replay
