"""Conduits that consolidation makes, and how the journal puts them back."""

from collections.abc import Iterable, Sequence

from django.db.models import Q

from accounts.door import Caller
from grains.models import Grain
from learning.journal import aspect
from learning.journal.aspects import Value, Values
from learning.models import Conduit, DecayClass, Relation

EVIDENCE = 0.6  # weight of a conduit from what was made to what it was made of: Flux's
THERE = 1  # the journal's value of a conduit that is there


def link_name(source: int, target: int, relation: Relation) -> str:
    """How the journal names a conduit between two grains: by their numbers."""
    return f"{source}>{target}:{relation.value}"


def derived_link(*, caller: Caller, number: int, sources: Iterable[int]) -> list[str]:
    """Link a grain to what it was made of, inside the open door; return the names of the conduits."""
    names = [link_name(number, source, Relation.DERIVED_FROM) for source in sources]
    _write(caller, dict.fromkeys(names, THERE))
    return names


def _parts(name: str) -> tuple[int, int, int]:
    ends, _, relation = name.partition(":")
    source, _, target = ends.partition(">")
    return int(source), int(target), int(relation)


def _named(caller: Caller, names: Sequence[str]) -> Q:
    either = Q(pk__in=[])
    for source, target, relation in map(_parts, names):
        either |= Q(source=source, target=target, relation=relation)
    return either & Q(namespace_id=caller.namespace_id)


def _read(caller: Caller, names: Sequence[str]) -> dict[str, Value]:
    """Whether they are there. What they weigh is learned meanwhile, and nothing to put back."""
    rows = Conduit.objects.filter(_named(caller, names)).order_by("pk").select_for_update()
    found = {link_name(row.source or 0, row.target, Relation(row.relation)) for row in rows}
    return {name: THERE if name in found else None for name in names}


def _write(caller: Caller, values: Values) -> None:
    gone = [name for name, there in values.items() if there is None]
    if gone:
        Conduit.objects.filter(_named(caller, gone)).delete()
    wanted = [_parts(name) for name, there in values.items() if there is not None]
    ends = {number for source, target, _ in wanted for number in (source, target)}
    mine = Grain.objects.filter(namespace_id=caller.namespace_id, number__in=ends)
    living = set(mine.values_list("number", flat=True))
    rows = [_conduit(caller, parts) for parts in wanted if living.issuperset(parts[:2])]
    Conduit.objects.bulk_create(rows, ignore_conflicts=True)


def _conduit(caller: Caller, parts: tuple[int, int, int]) -> Conduit:
    source, target, relation = parts
    return Conduit(
        namespace_id=caller.namespace_id,
        source=source,
        target=target,
        relation=relation,
        weight=EVIDENCE,
        decay_class=DecayClass.CORE,
        provenance="consolidation",
    )


aspect("conduit", _read, _write)
