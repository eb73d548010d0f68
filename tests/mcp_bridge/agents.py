"""Scripted agents: the official client SDK against the bridge, in this process, over HTTP or over stdio."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import anyio
import httpx2
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, Implementation

from memoryproject import asgi
from memoryproject.readiness import readiness

T = TypeVar("T")
HERE = "http://localhost"  # the address of the bridge in this process
MODES = ("auto", "legacy")


@dataclass(frozen=True)
class Agent:
    """The holder of a key with a client. `url` is a server's, or HERE for the application in this process."""

    secret: str
    url: str = HERE
    profile: str = ""
    mode: str = "auto"
    headers: dict[str, str] = field(default_factory=dict)
    name: str = "scripted-agent"

    def run(self, work: Callable[[Client], Awaitable[T]]) -> T:
        """Connect, do the work, disconnect."""

        outcome: list[T | Exception] = []

        async def connected() -> None:
            async with self.web() as web, self.client(web) as client:
                try:
                    outcome.append(await work(client))
                except Exception as error:  # noqa: BLE001 - not through the task groups, which would wrap it over and over
                    outcome.append(error)

        anyio.run(connected)
        (found,) = outcome
        if isinstance(found, Exception):
            raise found
        return found

    def call(self, tool: str, **arguments: Any) -> CallToolResult:
        """One call over one connection."""
        return self.run(lambda client: client.call_tool(tool, arguments))

    def ask(self, tool: str, **arguments: Any) -> Any:
        """The structured result of a call that must succeed."""
        return data(self.call(tool, **arguments))

    @asynccontextmanager
    async def web(self) -> AsyncIterator[httpx2.AsyncClient]:
        """An HTTP client with the key."""
        headers = {"authorization": f"Bearer {self.secret}", **self.headers}
        if self.url != HERE:
            async with httpx2.AsyncClient(headers=headers, timeout=60) as web:
                yield web
            return
        async with served() as here, httpx2.AsyncClient(headers=headers, timeout=60, transport=here) as web:
            yield web

    def client(self, web: httpx2.AsyncClient) -> Client:
        """The SDK's client over that HTTP client."""
        address = f"{self.url}/mcp" + (f"?profile={self.profile}" if self.profile else "")
        transport = streamable_http_client(address, http_client=web)
        return Client(transport, mode=self.mode, client_info=Implementation(name=self.name, version="7.1"))


@asynccontextmanager
async def served() -> AsyncIterator[httpx2.ASGITransport]:
    """The whole application in this process, as uvicorn would run it."""
    readiness.set()
    async with asgi._mcp.running():
        yield httpx2.ASGITransport(cast("Any", asgi.application))


def requested(method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> httpx2.Response:
    """One raw request to the application in this process."""

    async def ask() -> httpx2.Response:
        async with served() as transport, httpx2.AsyncClient(transport=transport, base_url=HERE) as web:
            content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
            return await web.request(method, path, content=content, headers=headers)

    return anyio.run(ask)


def data(result: CallToolResult) -> Any:
    """The structured result of a call that must have succeeded."""
    assert not result.is_error, text(result)
    return result.structured_content


def text(result: CallToolResult) -> str:
    """The one text block of a result."""
    (block,) = result.content
    assert block.type == "text"
    return block.text
