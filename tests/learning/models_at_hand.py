"""A language model for tests: a real HTTP server that speaks the three APIs and answers as it is told."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.posts import answering_posts

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

    def reply(path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        model.headers.append(dict(headers))
        return model.reply(path, json.loads(body))

    with answering_posts(reply) as address:
        yield address
