"""Embed memories anew after the model was changed, batch by batch: it can be stopped and started at any time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection

from accounts.deeds import deed_append
from accounts.door import Caller, tenant
from embedding import encoder
from grains.derived import parts_by_number
from grains.models import Grain, Passage
from grains.reading import Previous, Reading, Text, counted, read
from grains.rows import Written, passages_insert

BATCH = 32  # versions of one transaction: their grains are locked while they are embedded, a second or two
FOREIGN_SQL = """
SELECT passage.grain_number, passage.version, passage.current, passage.context_number, grain.id, grain.author,
       version.content, context.content
FROM (SELECT DISTINCT ON (grain_number, version) namespace_id, grain_number, version, current, context_number
      FROM grains_passage WHERE namespace_id = %s AND model <> %s ORDER BY grain_number, version, n) AS passage
JOIN grains_grain AS grain ON grain.namespace_id = passage.namespace_id AND grain.number = passage.grain_number
JOIN grains_version AS version
  ON version.namespace_id = grain.namespace_id AND version.grain_id = grain.id AND version.n = passage.version
LEFT JOIN grains_grain AS before
  ON before.namespace_id = passage.namespace_id AND before.number = passage.context_number
LEFT JOIN grains_version AS context
  ON context.namespace_id = before.namespace_id AND context.grain_id = before.id AND context.ended_at IS NULL
WHERE NOT grain.zero_knowledge
ORDER BY passage.grain_number, passage.version
LIMIT %s
FOR UPDATE OF grain
"""
LEFT_SQL = """
SELECT count(DISTINCT (passage.grain_number, passage.version)) FILTER (WHERE NOT grain.zero_knowledge),
       count(DISTINCT (passage.grain_number, passage.version)) FILTER (WHERE grain.zero_knowledge)
FROM grains_passage AS passage
JOIN grains_grain AS grain ON grain.namespace_id = passage.namespace_id AND grain.number = passage.grain_number
WHERE passage.namespace_id = %s AND passage.model <> %s
"""


@dataclass(frozen=True, slots=True)
class Left:
    """How many versions have vectors of another model: to embed, and ciphertext, whose vectors are its owner's."""

    readable: int
    encrypted: int


def reembed_left(*, caller: Caller) -> Left:
    """What there is to do in the caller's namespace."""
    with tenant(caller, durable=False), connection.cursor() as cursor:
        cursor.execute(LEFT_SQL, [caller.namespace_id, encoder().name])
        return Left(*cursor.fetchone())


def reembed(*, caller: Caller) -> Iterator[int]:
    """Embed everything in the caller's namespace that has vectors of another model; yield how many after each batch.

    What was done stays done when it stops: the rest is found again by its model's name.
    """
    while done := _batch(caller):
        yield done


def _batch(caller: Caller) -> int:
    with tenant(caller):
        with connection.cursor() as cursor:
            cursor.execute(FOREIGN_SQL, [caller.namespace_id, encoder().name, BATCH])
            rows = cursor.fetchall()
        parts = parts_by_number(caller=caller, numbers=[row[0] for row in rows])
        texts = [
            _text(author, content, context, before, parts.get(number, ()) if version == 1 else ())
            for number, version, _, before, _, author, content, context in rows
        ]
        readings = read(texts, scope=str(caller.namespace_id)) if texts else []
        for (number, version, current, *_), reading in zip(rows, readings, strict=True):
            _replace(caller.namespace_id, (number, version), reading, current=current)
        for (number, *_), reading in zip(rows, readings, strict=True):
            read_again = {"pieces": reading.pieces, "flags": reading.flags}
            Grain.objects.filter(namespace_id=caller.namespace_id, number=number).update(**read_again)
        if rows:
            ids = sorted({row[4] for row in rows})
            deed_append(caller=caller, verb="reembed", subjects=ids, detail={"model": encoder().name})
    return len(rows)


def _text(
    author: str, content: str, context: str | None, context_number: int | None, parts: Sequence[str] = ()
) -> Text:
    """The text as it was read when it was stored: a short turn in its context, a summary by what it was made of."""
    if context is None or context_number is None:
        return Text(content, author, parts=parts)
    return Text(content, author, Previous(context_number, context, counted([context])[0]))


def _replace(namespace_id: int, key: tuple[int, int], reading: Reading, *, current: bool) -> None:
    number, version = key
    Passage.objects.filter(namespace_id=namespace_id, grain_number=number, version=version).delete()
    passages_insert(namespace_id, [Written(number, version, reading)], current=current)
