"""The head of a request has a size and a time; a body has a time; nobody else waits meanwhile."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn

from memoryproject import protocol
from memoryproject.protocol import GuardedProtocol

GOOD = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the peer's address as the application sees it."""
    body = str(scope["client"][0]).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def serving(**options: Any) -> AsyncIterator[int]:
    config = uvicorn.Config(echo, port=0, http=GuardedProtocol, lifespan="off", log_config=None, **options)
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 (uvicorn offers no event)
        await asyncio.sleep(0)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


async def spoken(port: int, *chunks: bytes) -> bytes:
    """What comes back for these chunks, until the other side closes or has answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.suppress(ConnectionError):
        for chunk in chunks:
            writer.write(chunk)
            await writer.drain()
        answer = await asyncio.wait_for(reader.read(65536), 5)
        writer.close()
        return answer
    return b"reset"


def test_a_request_is_served_and_so_is_the_next_one_on_the_connection():
    async def run() -> tuple[bytes, bytes]:
        async with serving() as port:
            return await spoken(port, GOOD), await spoken(port, GOOD[:10], GOOD[10:])

    assert [answer[:12] for answer in asyncio.run(run())] == [b"HTTP/1.1 200"] * 2


def test_an_endless_head_is_refused():
    line = b"X-Long: " + b"a" * 60_000 + b"\r\n"

    async def run() -> bytes:
        async with serving() as port:
            return await spoken(port, GOOD[:-2], line, line, line)

    assert asyncio.run(run()).startswith((b"HTTP/1.1 400", b"reset"))


def test_one_endless_header_is_refused():
    async def run() -> bytes:
        async with serving() as port:
            return await spoken(port, GOOD[:-2], b"X-Long: ", *[b"a" * 50_000] * 5)

    assert asyncio.run(run()).startswith((b"HTTP/1.1 400", b"reset"))


@pytest.mark.parametrize("begun", [b"", GOOD[:-2]])
def test_a_head_that_does_not_come_is_not_waited_for(monkeypatch, begun):
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.05)

    async def run() -> tuple[bytes, bytes]:
        async with serving() as port:
            slow, other = await asyncio.gather(spoken(port, begun), spoken(port, GOOD))
            return slow, other

    slow, other = asyncio.run(run())
    assert slow == b""
    assert other.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("options", "seen"),
    [
        ({"proxy_headers": False}, b"127.0.0.1"),
        ({"proxy_headers": True, "forwarded_allow_ips": ["192.0.2.0/24"]}, b"127.0.0.1"),
        ({"proxy_headers": True, "forwarded_allow_ips": ["127.0.0.0/8"]}, b"203.0.113.9"),
    ],
)
def test_an_address_is_believed_from_a_trusted_proxy_only(options, seen):
    async def run() -> bytes:
        async with serving(**options) as port:
            return await spoken(port, GOOD[:-2] + b"X-Forwarded-For: 203.0.113.9\r\n\r\n")

    assert asyncio.run(run()).endswith(seen)
