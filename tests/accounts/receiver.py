"""A receiver of webhooks: a real HTTP server on loopback that keeps what it is sent, and can be told how to answer."""

import base64
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """What came in. `answers` are statuses for the next requests, 200 when there are none left."""

    url: str = ""
    got: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    status: int = 200
    location: str = ""

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers in self.headers]

    def taken(self) -> dict[str, dict[str, Any]]:
        """As a receiver that tells repeats by the message's id has it."""
        return dict(zip(self.ids, self.got, strict=True))

    def is_signed(self, n: int, secret: str) -> bool:
        """Whether request `n` bears a signature with this secret, computed from the specification."""
        headers = self.headers[n]
        said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{self.bodies[n]}".encode()
        key = base64.b64decode(secret.removeprefix("whsec_"))
        wanted = "v1," + base64.b64encode(hmac.digest(key, said, "sha256")).decode()
        return wanted in headers["webhook-signature"].split(" ")


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            receiver.headers.append({name.lower(): value for name, value in self.headers.items()})
            receiver.bodies.append(body)
            receiver.got.append(json.loads(body))
            self.send_response(receiver.status)
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook?x=1"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
