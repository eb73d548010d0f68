import asyncio
import os

from runtime.pipes import LINE_BYTES, Lines, Pipe


def test_bytes_become_lines_however_they_are_cut():
    heard: list[str] = []
    lines = Lines(heard.append)
    for piece in (b"on", b"e\ntwo\n\n", b"thr\xc3", b"\xa9e\r\nfour"):
        lines.feed(piece)
    assert heard == ["one", "two", "thrée"]
    lines.finish()
    assert heard[-1] == "four"


def test_a_line_without_an_end_does_not_fill_the_memory():
    heard: list[str] = []
    lines = Lines(heard.append)
    lines.feed(b"x" * (LINE_BYTES + 1))
    assert len(heard) == 1


def test_a_pipe_is_read_to_its_end():
    async def scenario() -> bytes:
        got = bytearray()
        pipe = Pipe(got.extend)
        end = await pipe.open()
        os.write(end, b"last words")
        os.close(end)
        await pipe.drain()
        return bytes(got)

    assert asyncio.run(scenario()) == b"last words"


def test_a_pipe_that_somebody_keeps_open_is_given_up():
    async def scenario() -> None:
        pipe = Pipe(lambda _: None)
        end = await pipe.open()
        await pipe.drain(0.05)
        os.close(end)

    asyncio.run(asyncio.wait_for(scenario(), 5))
