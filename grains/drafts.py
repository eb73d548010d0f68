"""What a caller wants remembered, checked and normalised: the input of the write services."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from accounts.errors import Invalid, OutOfBounds
from grains import limits
from grains.filters import checked_metadata
from grains.models import MemoryType, Provenance
from text.normal import normal, unstorable


@dataclass(frozen=True, slots=True)
class Draft:
    """A memory to be. Empty text means unknown; moments are aware."""

    content: str
    agent: str = ""
    user: str = ""
    author: str = ""
    session: str = ""
    tags: Sequence[str] = ()
    memory_type: str = MemoryType.SEMANTIC
    importance: float = 1.0
    provenance: str = Provenance.AI_STATED
    confidence: float = 1.0
    metadata: Mapping[str, Any] = field(default_factory=dict)
    occurred_at: datetime | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    review_by: datetime | None = None  # stale from then on, unless it was verified since
    zero_knowledge: bool = False  # content is the caller's ciphertext; `embedding`, of length 1, is its vector
    embedding: Sequence[float] | None = None
    parts: Sequence[str] = ()  # of a summary: what it was made of, so that each is found as before (grains.reading)


class NoVector(Invalid):
    """Ciphertext without a vector could never be found."""

    status = 400


def checked(draft: Draft) -> Draft:
    """`draft` in normal form (NFC, stripped), or Invalid with the field that is wrong."""
    names: dict[str, Any] = {name: _name(name, getattr(draft, name)) for name in ("agent", "user", "author", "session")}
    if draft.zero_knowledge and draft.embedding is None:
        raise NoVector("zero_knowledge mode requires client-provided embedding", field="embedding")
    _check_numbers(draft)
    checked_metadata(draft.metadata)
    _member("memory_type", draft.memory_type, MemoryType.values)
    _member("provenance", draft.provenance, Provenance.values)
    check_validity(draft.valid_from, draft.valid_to)
    return replace(draft, content=checked_content(draft.content), tags=checked_tags(draft.tags), **names)


def check_validity(valid_from: datetime | None, valid_to: datetime | None) -> None:
    """Raise Invalid when something would end before it begins."""
    if valid_from and valid_to and valid_to <= valid_from:
        raise Invalid("valid_to must be after valid_from.", field="valid_to")


def checked_content(content: str) -> str:
    """Content in normal form; Invalid when blank, too long or not storable."""
    text = _storable("content", content).strip()
    if not text:
        raise OutOfBounds("content must not be blank.", field="content")
    if len(text.encode()) > limits.CONTENT_BYTES:
        raise OutOfBounds(f"content is over {limits.CONTENT_BYTES // 1024} KiB.", field="content")
    return text


def checked_tags(tags: Sequence[str]) -> list[str]:
    """Tags in normal form, each once, in order; Invalid when there are too many or one is too long."""
    clean = list(dict.fromkeys(_storable("tags", tag).strip() for tag in tags))
    if len(clean) > limits.TAGS:
        raise OutOfBounds(f"A memory has at most {limits.TAGS} tags.", field="tags")
    if any(not 1 <= len(tag.encode()) <= limits.TAG_BYTES for tag in clean):
        raise OutOfBounds(f"A tag has 1 to {limits.TAG_BYTES} bytes.", field="tags")
    return clean


def _name(field_name: str, value: str) -> str:
    text = _storable(field_name, value).strip()
    if len(text) > limits.NAME_CHARS:
        raise OutOfBounds(f"{field_name} is over {limits.NAME_CHARS} characters.", field=field_name)
    return text


def _storable(field_name: str, value: str) -> str:
    if unstorable(value):
        raise Invalid(f"{field_name} must not hold NUL or lone surrogates.", field=field_name)
    return normal(value)


def _check_numbers(draft: Draft) -> None:
    for field_name, most in (("importance", 2.0), ("confidence", 1.0)):
        value = getattr(draft, field_name)
        if not math.isfinite(value) or not 0 <= value <= most:
            raise OutOfBounds(f"{field_name} must be from 0 to {most:g}.", field=field_name)


def _member(field_name: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise Invalid(f"{field_name} must be one of {', '.join(allowed)}.", field=field_name)
