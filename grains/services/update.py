"""Change a memory: new content becomes a new version, everything else is changed in place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes
from typing import Any
from uuid import UUID

from django.db import IntegrityError

import clock
from accounts.deeds import deed_append
from accounts.door import Caller, tenant
from accounts.errors import Conflict, Invalid, NotFound, VersionMoved
from grains.dependants import context_remove
from grains.drafts import Draft, NoVector, check_validity, checked, checked_content
from grains.identity import content_mac
from grains.models import Grain, Version
from grains.reading import Text, read
from grains.rows import Written, text_rows_insert, text_rows_retire


@dataclass(frozen=True, slots=True)
class Change:
    """What to change; None leaves a field as it is. Tags and metadata replace."""

    content: str | None = None
    embedding: Sequence[float] | None = None  # of new ciphertext, of length 1: memories that Garner reads have its own
    tags: Sequence[str] | None = None
    memory_type: str | None = None
    importance: float | None = None
    metadata: Mapping[str, Any] | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    review_by: datetime | None = None

    def fields(self) -> dict[str, Any]:
        """The fields besides content that are to change."""
        named = {name: getattr(self, name) for name in self.__slots__ if name not in {"content", "embedding"}}
        return {name: value for name, value in named.items() if value is not None}


def grain_update(
    *, caller: Caller, id: UUID, change: Change, if_version: int | None = None, now: datetime | None = None
) -> Grain:
    """Change a grain of the caller's namespace and return it with its new version number.

    Raises NotFound; VersionMoved when `if_version` is not the current one; Conflict when another active grain
    has the new content; Invalid for a bad or an empty change.
    """
    if change == Change():
        raise Invalid("Name at least one field to change.")
    moment = now or clock.now()
    fields = _checked_fields(change)
    content = checked_content(change.content) if change.content is not None else None
    try:
        with tenant(caller):
            grain = _locked(caller, id, if_version)
            grain.version += 1
            grain.updated_at = moment
            _check_vector(grain, change)
            for name, value in fields.items():
                setattr(grain, name, value)
            check_validity(grain.valid_from, grain.valid_to)
            if content is not None:
                _new_version(caller, grain, Text(content, grain.author, None, change.embedding), moment)
            grain.save()
            deed_append(caller=caller, verb="update", subjects=[id], detail=_detail(grain, change))
    except IntegrityError as error:
        raise Conflict("Another memory has this content already.", field="content") from error
    return grain


def _checked_fields(change: Change) -> dict[str, Any]:
    """The changed fields in normal form; the rules are those of storing."""
    fields = change.fields()
    draft = checked(Draft(content="-", **fields))
    return {name: getattr(draft, name) for name in fields}


def _locked(caller: Caller, id_: UUID, if_version: int | None) -> Grain:
    grain = Grain.objects.filter(namespace_id=caller.namespace_id, id=id_).select_for_update().first()
    if grain is None:
        raise NotFound("memory not found", field="id")
    if if_version is not None and grain.version != if_version:
        raise VersionMoved(f"The memory is at version {grain.version}, not {if_version}.", field="if_version")
    return grain


def _check_vector(grain: Grain, change: Change) -> None:
    """New ciphertext comes with its vector, which Garner cannot make; nothing else comes with one."""
    if grain.zero_knowledge and change.content is not None and change.embedding is None:
        raise NoVector("New ciphertext requires client-provided embedding.", field="embedding")
    if change.embedding is not None and not (grain.zero_knowledge and change.content is not None):
        raise Invalid("An embedding is given with new ciphertext only.", field="embedding")


def _new_version(caller: Caller, grain: Grain, text: Text, moment: datetime) -> None:
    """Close the current version and open the next; vectors that carried the old text are made without it."""
    namespace_id = caller.namespace_id
    (reading,) = read([text], scope=str(namespace_id))
    context_remove(caller=caller, numbers=[grain.number])
    text_rows_retire(namespace_id, grain.number)
    Version.objects.filter(namespace_id=namespace_id, grain_id=grain.id, ended_at=None).update(ended_at=moment)
    Version.objects.bulk_create(
        [
            Version(
                namespace_id=namespace_id,
                grain_id=grain.id,
                n=grain.version,
                content=text.content,
                created_at=moment,
            )
        ]
    )
    text_rows_insert(namespace_id, [Written(grain.number, grain.version, reading)])
    # Ciphertext is never the same twice, and whether it is would tell of the plain text.
    grain.content_mac = token_bytes(32) if grain.zero_knowledge else content_mac(namespace_id, text.content)
    grain.pieces, grain.words, grain.flags = reading.pieces, reading.words, reading.flags


def _detail(grain: Grain, change: Change) -> dict[str, object]:
    changed = sorted(change.fields()) + (["content"] if change.content is not None else [])
    return {"version": grain.version, "changed": changed}
