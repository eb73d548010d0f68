"""Pipes from children, read by the supervisor's event loop."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress

LINE_BYTES = 2**20
"""A line without an end is cut here."""


class Pipe(asyncio.Protocol):
    """The read end of a pipe; the write end, a descriptor, is for a child.

    `take` gets the bytes as they come, in the loop's thread.
    """

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take
        self._lost = asyncio.Event()
        self._transport: asyncio.ReadTransport | None = None

    async def open(self) -> int:
        """Make the pipe; return its write end, which the caller closes once the child has it."""
        read_end, write_end = os.pipe()
        file = os.fdopen(read_end, "rb", 0)
        self._transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: self, file)
        return write_end

    def data_received(self, data: bytes) -> None:
        """asyncio's: pass on what came."""
        self._take(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio's: nobody has the write end any more."""
        self._lost.set()

    async def drain(self, seconds: float = 0.5) -> None:
        """Read to the end, for as long as `seconds` when a grandchild keeps the pipe open; then close it."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._lost.wait(), seconds)
        if self._transport:
            self._transport.close()


class Lines:
    """Cuts a stream of bytes into lines of text; `take` gets each without its end, empty ones not at all."""

    def __init__(self, take: Callable[[str], None]) -> None:
        self._take = take
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """More bytes."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LINE_BYTES:
            whole, self._rest = [*whole, self._rest], b""
        for line in whole:
            self._pass_on(line)

    def finish(self) -> None:
        """No more bytes: what is left is a line."""
        self._pass_on(self._rest)
        self._rest = b""

    def _pass_on(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        if text:
            self._take(text)
