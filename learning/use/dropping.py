"""Conduits that tidying drops, in the journal's words: so that each can be brought back as it was.

A conduit is named by its ends, `entry.<kind>.<key>-<grain>-<relation>` or `grain.<number>-<grain>-<relation>`: keyed
hashes and numbers, no words. Its value is one word of numbers, None where there is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from accounts.door import Caller
from grains.models import Grain
from learning.journal import aspect
from learning.journal.aspects import Value, Values
from learning.models import Conduit, Entry, EntryKind, JournalEntry

KIND, ASPECT = "tidy", "conduit.weight"


@dataclass(frozen=True, slots=True)
class Ends:
    """What names a conduit: where it comes from, where it leads to and what it says."""

    entry: int | None
    kind: int
    source: int | None
    target: int
    relation: int

    @classmethod
    def read(cls, name: str) -> Self:
        """From a name, as `str` makes it."""
        origin, target, relation = name.rsplit("-", 2)
        what, _, where = origin.partition(".")
        kind, _, key = where.partition(".")
        if what == "entry":
            return cls(int(key), int(kind), None, int(target), int(relation))
        return cls(None, 0, int(where), int(target), int(relation))

    def __str__(self) -> str:
        origin = f"grain.{self.source}" if self.entry is None else f"entry.{self.kind}.{self.entry}"
        return f"{origin}-{self.target}-{self.relation}"


def told(one: Conduit) -> str:
    """A conduit's value: class, weight, uses, origin, and the seconds at which it was made and last used."""
    made, used = int(one.created_at.timestamp()), int(one.last_used_at.timestamp())
    return f"{one.decay_class}:{one.weight:.4f}:{one.uses}:{one.provenance}:{made}:{used}"


def named(caller: Caller, conduits: Sequence[Conduit]) -> dict[str, str]:
    """Name -> value of these, inside the open door."""
    keys = {one.entry for one in conduits if one.entry is not None}
    kinds = dict(Entry.objects.filter(namespace_id=caller.namespace_id, key__in=keys).values_list("key", "kind"))
    return {
        str(Ends(one.entry, kinds.get(one.entry or 0, 0), one.source, one.target, one.relation)): told(one)
        for one in conduits
    }


def brought_back(caller: Caller, kind: str = KIND) -> set[str]:
    """Conduits that somebody has put back as they were, out of changes of a kind: jobs leave them so.

    Inside the open door.
    """
    undone = JournalEntry.objects.filter(namespace_id=caller.namespace_id, kind=kind, undone_at__isnull=False)
    return {name for after in undone.values_list("after", flat=True) for name in after.get(ASPECT, ())}


def _read(caller: Caller, names: Sequence[str]) -> dict[str, Value]:
    """The conduits that there are or could be: those whose grain, or whose wording, was forgotten are left out."""
    ends = {name: Ends.read(name) for name in names}
    numbers = {number for one in ends.values() for number in (one.source, one.target) if number is not None}
    mine = Grain.objects.filter(namespace_id=caller.namespace_id, number__in=numbers).order_by("number")
    grains = set(mine.select_for_update(no_key=True).values_list("number", flat=True))
    wordings = {one.entry for one in ends.values() if one.entry is not None and one.kind == EntryKind.WORDING}
    heard = set(Entry.objects.filter(namespace_id=caller.namespace_id, key__in=wordings).values_list("key", flat=True))
    return {
        name: _value(caller, one)
        for name, one in ends.items()
        if {one.target, one.source} <= grains | {None} and (one.kind != EntryKind.WORDING or one.entry in heard)
    }


def _value(caller: Caller, ends: Ends) -> str | None:
    one = Conduit.objects.filter(**_where(caller, ends)).first()
    return told(one) if one else None


def _where(caller: Caller, ends: Ends) -> dict[str, Any]:
    return {
        "namespace_id": caller.namespace_id,
        "entry": ends.entry,
        "source": ends.source,
        "target": ends.target,
        "relation": ends.relation,
    }


def _write(caller: Caller, values: Values) -> None:
    for name, value in values.items():
        ends = Ends.read(name)
        where = _where(caller, ends)
        if value is None:
            Conduit.objects.filter(**where).delete()
            continue
        if ends.entry is not None:
            own = {"namespace_id": caller.namespace_id, "key": ends.entry}
            Entry.objects.get_or_create(**own, defaults={"kind": ends.kind})
        Conduit.objects.update_or_create(**where, defaults=_fields(str(value)))


def _fields(value: str) -> dict[str, object]:
    decay_class, weight, uses, provenance, made, used = value.split(":")
    return {
        "decay_class": int(decay_class),
        "weight": float(weight),
        "uses": int(uses),
        "provenance": provenance,
        "created_at": datetime.fromtimestamp(int(made), UTC),
        "last_used_at": datetime.fromtimestamp(int(used), UTC),
    }


aspect(ASPECT, _read, _write)
