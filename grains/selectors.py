"""Reading grains as they are: inspect, list, count. Ranking them is retrieval's part."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from accounts.door import Caller, tenant
from accounts.errors import Invalid, NotFound
from grains import limits
from grains.filters import Filter
from grains.models import Grain, Passage, Version, Vitals


@dataclass(frozen=True, slots=True)
class Memory:
    """A grain with the content of one of its versions."""

    grain: Grain
    content: str


@dataclass(frozen=True, slots=True)
class Inspected:
    """Everything about one grain."""

    memory: Memory
    vitals: Vitals
    passages: int
    versions: int


@dataclass(frozen=True, slots=True)
class Page:
    """Grains of a listing, newest first; `after` continues it, None ends it."""

    memories: list[Memory]
    total: int
    after: UUID | None


def grain_inspect(*, caller: Caller, id: UUID) -> Inspected:
    """One grain of the caller's namespace. Raises NotFound."""
    with tenant(caller, durable=False):
        grain = Grain.objects.filter(namespace_id=caller.namespace_id, id=id).first()
        if grain is None:
            raise NotFound("memory not found", field="id")
        mine = {"namespace_id": caller.namespace_id, "grain_number": grain.number}
        (memory,) = with_content(caller, [grain])
        return Inspected(
            memory=memory,
            vitals=Vitals.objects.get(**mine),
            passages=Passage.objects.filter(**mine, current=True).count(),
            versions=Version.objects.filter(namespace_id=caller.namespace_id, grain_id=grain.id).count(),
        )


def grain_list(*, caller: Caller, where: Filter, limit: int = 100, after: UUID | None = None) -> Page:
    """A page of the caller's grains that match, newest first. Raises Invalid for a limit outside 1..PAGE."""
    if not 1 <= limit <= limits.PAGE:
        raise Invalid(f"limit must be from 1 to {limits.PAGE}.", field="limit")
    with tenant(caller, durable=False):
        matching = Grain.objects.filter(where.query(), namespace_id=caller.namespace_id)
        page = matching.filter(_behind(caller, after)).order_by("-created_at", "-number")[: limit + 1]
        rows = list(page)
        memories = with_content(caller, rows[:limit])
        return Page(memories, matching.count(), rows[limit - 1].id if len(rows) > limit else None)


def grain_count(*, caller: Caller, where: Filter | None = None) -> int:
    """How many grains of the caller's namespace match."""
    with tenant(caller, durable=False):
        return Grain.objects.filter((where or Filter()).query(), namespace_id=caller.namespace_id).count()


def pair_count(*, caller: Caller, agent: str, user: str) -> int:
    """How many grains an agent has about a user; empty names count those without one."""
    with tenant(caller, durable=False):
        return Grain.objects.filter(namespace_id=caller.namespace_id, agent=agent, user=user).count()


def with_content(caller: Caller, grains: Sequence[Grain], as_of: datetime | None = None) -> list[Memory]:
    """The grains with their current content, or with that of the moment `as_of`; inside the open door."""
    time = Q(ended_at=None) if as_of is None else Q(created_at__lte=as_of) & (Q(ended_at=None) | Q(ended_at__gt=as_of))
    versions = Version.objects.filter(time, namespace_id=caller.namespace_id, grain_id__in=[g.id for g in grains])
    content = dict(versions.values_list("grain_id", "content"))
    return [Memory(grain, content[grain.id]) for grain in grains]


def _behind(caller: Caller, after: UUID | None) -> Q:
    """The rows that follow the grain `after` in the listing's order."""
    if after is None:
        return Q()
    last = Grain.objects.filter(namespace_id=caller.namespace_id, id=after).values_list("created_at", "number").first()
    if last is None:
        raise Invalid("The cursor names a memory that is gone; start the listing again.", field="cursor")
    return Q(created_at__lt=last[0]) | Q(created_at=last[0], number__lt=last[1])
