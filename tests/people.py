"""Alice and Bob: each the holder of a key of a namespace of their own, speaking HTTP to the real views."""

from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from accounts.door import Caller
from accounts.models import Namespace
from accounts.scopes import Role
from accounts.services.keys import caller_of, key_create


@dataclass
class Person:
    """A key's holder. Methods answer with parsed JSON; `last` is the raw response."""

    namespace: Namespace
    secret: str
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))
    last: Any = None

    @property
    def caller(self) -> Caller:
        return caller_of(self.secret)

    def with_role(self, role: Role, grains_per_minute: int | None = 0) -> "Person":
        """The holder of another key of the same namespace."""
        new = key_create(namespace=self.namespace, scopes=role.scopes, grains_per_minute=grains_per_minute)
        return Person(self.namespace, new.secret)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        headers = {"authorization": f"Bearer {self.secret}", **headers}
        raw = {} if body is None else {"data": body, "content_type": "application/json"}
        self.last = getattr(self.client, method)(path, headers=headers, **raw)
        return self.last.json() if self.last.content else None

    def store(self, content: str, **fields: Any) -> Any:
        return self.call("post", "/v1/store", {"content": content, **fields})

    def store_batch(self, *memories: Any) -> Any:
        return self.call("post", "/v1/store/batch", {"memories": list(memories)})

    def recall(self, query: str, **fields: Any) -> list[str]:
        """The contents found, best first."""
        return [found["memory"]["content"] for found in self.recalled(query, **fields)["memories"]]

    def recalled(self, query: str, **fields: Any) -> Any:
        return self.call("post", "/v1/recall", {"query": query, **fields})

    def forget(self, **fields: Any) -> Any:
        return self.call("delete", "/v1/forget", fields)

    def update(self, **fields: Any) -> Any:
        return self.call("patch", "/v1/update", fields)

    def inspect(self, id: str) -> Any:
        return self.call("get", f"/v1/inspect/{id}")
