"""One server a profile, made of what is registered; who is connected is found out for each message."""

import logging
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

from mcp.server import MCPServer
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

from mcp_bridge.identity import Connected, connected, software
from mcp_bridge.profiles import DIALECTS, Profile, instructions, made_of
from mcp_bridge.registry import REGISTRY
from memoryproject import __version__

Context = ServerRequestContext[Any, Any]
Finder = Callable[[Context], Connected]
"""Finds the other end of a message; what its protocol says of the client is added here."""


def build_server(profile: Profile, find: Finder) -> MCPServer[Any]:
    """The server of a profile with its tools and with everybody's resources and prompts."""
    for one in made_of(profile):
        import_module(f"mcp_bridge.tools.{one}")
    import_module("mcp_bridge.resources")
    import_module("mcp_bridge.prompts")
    logging.getLogger("mcp").setLevel(logging.WARNING)  # it tells of every request
    server: MCPServer[Any] = MCPServer(
        DIALECTS[profile].server_name,
        title="Garner",
        instructions=instructions(profile),
        version=__version__,
        tools=REGISTRY.tools_of(profile),
        subscriptions=False,  # nothing here changes under a client's feet
        middleware=[_introduce(find)],
    )
    for offered in REGISTRY.resources:
        server.resource(
            offered.uri,
            name=offered.name,
            title=offered.title,
            description=offered.description,
            mime_type="application/json",
        )(offered.read)
    for prompt in REGISTRY.prompts:
        server.add_prompt(prompt)
    return server


def _introduce(find: Finder) -> Any:
    async def introduce(context: Context, call_next: CallNext) -> HandlerResult:
        token = connected.set(_with_client(find(context), context))
        try:
            return await call_next(context)
        finally:
            connected.reset(token)

    return introduce


def _with_client(known: Connected, context: Context) -> Connected:
    """The other end under the name its protocol gives, unless a header has named it already."""
    params = context.session.client_params
    if known.client or params is None:
        return known
    return replace(known, client=software(params.client_info.name, params.client_info.version))
