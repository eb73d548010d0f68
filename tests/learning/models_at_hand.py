"""A language model for tests: a real HTTP server that speaks the three APIs and answers as it is told."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

Answer = Callable[[list[str]], str]


@dataclass
class Model:
    """What it was asked, and what it answers to the notes that it gets; first with the statuses of `failures`."""

    answer: Answer
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    raw: bytes | None = None

    def reply(self, path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        self.bodies.append(body)
        if self.failures:
            return self.failures.pop(0), b"{}"
        if self.raw is not None:
            return 200, self.raw
        text = self.answer(json.loads(body["messages"][-1]["content"]))
        shapes: dict[str, Any] = {
            "/api/chat": {"message": {"content": text}},
            "/v1/chat/completions": {"choices": [{"message": {"content": text}}]},
            "/v1/messages": {"content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": text}]},
        }
        return (200, json.dumps(shapes[path]).encode()) if path in shapes else (404, b"{}")


@contextmanager
def serving(model: Model) -> Iterator[str]:
    """The address of the server, while it runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            model.headers.append({name.lower(): value for name, value in self.headers.items()})
            status, content = model.reply(self.path, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
