"""Which grains: the filter that forget, list and recall share. Fields combine with AND, tags match any
unless `tags_mode` says all."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from django.db.models import Q

from accounts.errors import Invalid
from grains.limits import METADATA_BYTES
from text.normal import normal


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions on grains; an empty one matches everything and is falsy. Names and tags are compared in normal form.

    `before` and `after` are exclusive bounds on created_at; `metadata` matches by containment. `tags_mode` says how
    tags count ("any" or "all"): it is no condition, and alone it matches everything.
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
    tags_mode: str = ""

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__slots__ if name != "tags_mode")

    def query(self) -> Q:
        """The same as a Django condition on Grain. Raises Invalid for metadata that no memory can have."""
        conditions: dict[str, Any] = {name: normal(value).strip() for name in EXACT if (value := getattr(self, name))}
        if self.tags:
            matching = "tags__contains" if self.tags_mode == ALL else "tags__overlap"
            conditions[matching] = [normal(tag).strip() for tag in self.tags]
        if self.metadata:
            conditions["metadata__contains"] = checked_metadata(self.metadata)
        if self.before:
            conditions["created_at__lt"] = self.before
        if self.after:
            conditions["created_at__gt"] = self.after
        return Q(**conditions)


ANY, ALL = "any", "all"
EXACT = ("agent", "user", "author", "session", "memory_type", "status")

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # JSON's escape of NUL, not of a backslash before "u0000"


def checked_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """`metadata`, or Invalid: JSON of at most METADATA_BYTES, not too deep, without NUL."""
    try:
        encoded = orjson.dumps(metadata)
    except TypeError as error:
        raise Invalid("metadata must be JSON, and not too deep.", field="metadata") from error
    if len(encoded) > METADATA_BYTES:
        raise Invalid(f"metadata is over {METADATA_BYTES // 1024} KiB.", field="metadata")
    if _NUL.search(encoded):
        raise Invalid("metadata must not hold NUL.", field="metadata")
    return dict(metadata)
