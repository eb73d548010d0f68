"""A mail server for tests: it speaks enough SMTP, keeps what it gets, and refuses when it is told to."""

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from threading import Thread
from typing import Any


class Post:
    """What arrived; while `refuses` is set, nothing does."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.refuses = False


@contextmanager
def post_office() -> Iterator[tuple[Post, int]]:
    """The post and the port of its server, while that runs."""
    post = Post()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 test")
            while line := self.rfile.readline().strip().upper():
                if line.startswith(b"DATA"):
                    self.say("354 go on")
                    post.messages.append(message_from_bytes(self.letter()))
                    self.say("250 kept")
                elif line.startswith(b"MAIL") and post.refuses:
                    self.say("451 not now")
                elif line.startswith(b"QUIT"):
                    return self.say("221 bye")
                else:
                    self.say("250 fine")
            return None

        def letter(self) -> bytes:
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line)
            return b"".join(lines)

        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    server: Any = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield post, server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
