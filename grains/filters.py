"""Which grains: the filter that forget, list and recall share. Fields combine with AND, tags match any."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions on grains; an empty one matches everything and is falsy.

    `before` and `after` are exclusive bounds on created_at; `metadata` matches by containment.
    """

    agent: str = ""
    user: str = ""
    author: str = ""
    session: str = ""
    tags: Sequence[str] = ()
    memory_type: str = ""
    status: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    before: datetime | None = None
    after: datetime | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__slots__)

    def query(self) -> Q:
        """The same as a Django condition on Grain."""
        conditions = {name: value for name in EXACT if (value := getattr(self, name))}
        if self.tags:
            conditions["tags__overlap"] = list(self.tags)
        if self.metadata:
            conditions["metadata__contains"] = dict(self.metadata)
        if self.before:
            conditions["created_at__lt"] = self.before
        if self.after:
            conditions["created_at__gt"] = self.after
        return Q(**conditions)


EXACT = ("agent", "user", "author", "session", "memory_type", "status")
