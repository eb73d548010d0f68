"""What a recall is asked: the question, its filter, the moment it looks at, and what it may return."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

import clock
from accounts.errors import Invalid, OutOfBounds
from grains.filters import Filter
from grains.limits import CONTENT_BYTES
from grains.models import Grain, Status, Vitals
from retrieval.profiles import ChannelWeights, Profile
from text.normal import normal, unstorable

LIMIT = 100  # results of one recall, memoryOSS's
USUAL = (Status.ACTIVE, Status.STALE)  # stale ones are marked, and stand behind what took their place
# Returned when a recall includes them, contested ones because somebody rejected them; quarantined ones never are.
ASKED_FOR = (Status.CONTESTED, Status.DORMANT, Status.ARCHIVED)


@dataclass(frozen=True, slots=True)
class Gate:
    """What a memory must reach to be returned, each 0 to 1; 0 asks for nothing.

    `channel` is the best of its channels' absolute strengths: cosine, share of the words, share of the exact terms.
    """

    score: float = 0.0
    channel: float = 0.0
    trust: float = 0.0

    def __bool__(self) -> bool:
        return self.score > 0 or self.channel > 0 or self.trust > 0


@dataclass(frozen=True, slots=True)
class Shape:
    """How the results are chosen from the ranking. `diversity` 0 to 1; `tokens` None for no budget."""

    diversity: float = 0.0
    collapse: bool = False
    tokens: int | None = None

    def __bool__(self) -> bool:
        return self.diversity > 0 or self.collapse or self.tokens is not None


@dataclass(frozen=True, slots=True)
class Search:
    """A recall's input. `as_of` looks at the namespace as it was at a past moment.

    `profile` says whose formula ranks; `alpha` is memex's, `weights` are memoryOSS's. `vector` is the question's own
    embedding where the caller made one (grains.models.DIMENSION numbers, of length 1). `asked_at` is the question's own
    time, for relative dates and freshness only. `strict` leaves out what is stale. `deadline_ms` is wall clock.
    """

    query: str
    limit: int = 10
    where: Filter = field(default_factory=Filter)
    as_of: datetime | None = None
    profile: Profile = Profile.GARNER
    alpha: float = 0.7
    weights: ChannelWeights = field(default_factory=ChannelWeights)
    vector: Sequence[float] | None = None
    asked_at: datetime | None = None
    include: Sequence[str] = ()
    strict: bool = False
    gate: Gate = field(default_factory=Gate)
    shape: Shape = field(default_factory=Shape)
    deadline_ms: int | None = None
    explain: bool = False
    why: UUID | None = None  # explain why this grain was returned, or was not
    exact: bool = False  # ask every channel among the allowed grains only

    @property
    def newest_too(self) -> bool:
        """Whether the newest memories are candidates, however far they are from the question."""
        return self.profile == Profile.MEMEX and self.alpha < 1

    @property
    def restricted(self) -> bool:
        """Whether only a part of the namespace may be found."""
        return bool(self.where) or self.as_of is not None or self.strict or self.exact

    @property
    def statuses(self) -> tuple[str, ...]:
        """Which statuses may be returned. At a past moment also those that a grain has got since."""
        if self.where.status:
            return (self.where.status,) if self.where.status != Status.QUARANTINED else ()
        if self.strict and not self.as_of:
            return tuple(dict.fromkeys((Status.ACTIVE, *self.asked_for)))
        since = ASKED_FOR if self.as_of else ()
        return tuple(dict.fromkeys((*USUAL, *since, *self.asked_for)))

    @property
    def asked_for(self) -> tuple[Status, ...]:
        """The statuses that are returned on top of the usual ones."""
        return tuple(Status(one) for one in self.include if one in ASKED_FOR)

    @property
    def moment(self) -> datetime:
        """The moment at which memories have to hold."""
        return self.as_of or self.asked_at or clock.now()

    def allowed(self, namespace_id: int) -> tuple[str, tuple[Any, ...]]:
        """SQL, with its parameters, of (id, number) of the grains that may be found."""
        sql, params = self.grains(namespace_id).order_by().values_list("id", "number").query.sql_with_params()
        return sql, params

    def grains(self, namespace_id: int) -> QuerySet[Grain]:
        """The grains that may be found."""
        found = Grain.objects.filter(self.where.query(), namespace_id=namespace_id, status__in=self.statuses)
        if self.as_of:
            found = found.filter(_valid_at(self.as_of), self._already(self.as_of))
        if self.strict:
            found = found.filter(_fresh_at(self.moment))
        return found

    def _already(self, moment: datetime) -> Q:
        """Not put away by then: a status that is asked for only counts from the grain's last change on."""
        away = [status for status in ASKED_FOR if status not in self.include]
        return ~Q(status__in=away) | Q(updated_at__gt=moment)

    def params(self) -> dict[str, Any]:
        """What the trace keeps of the input beside the query."""
        named = {name: getattr(self.where, name) for name in Filter.__slots__ if getattr(self.where, name)}
        return {"limit": self.limit, **named, **self._asked()}

    def _asked(self) -> dict[str, Any]:
        """What was asked beyond the filter, as far as it differs from the usual."""
        asked = {
            "as_of": self.as_of,
            "now": self.asked_at,
            "include": list(self.include),
            "strict": self.strict,
            "min_score": self.gate.score,
            "min_channel": self.gate.channel,
            "min_trust": self.gate.trust,
            "diversity": self.shape.diversity,
            "collapse": self.shape.collapse,
            "max_tokens": self.shape.tokens,
            "deadline_ms": self.deadline_ms,
            "explain": self.explain,
        }
        return {name: value for name, value in asked.items() if value}


def checked(search: Search) -> Search:
    """`search` with its query in normal form, or Invalid; OutOfBounds when it is blank or too long."""
    if unstorable(search.query):
        raise Invalid("query must not hold NUL or lone surrogates.", field="query")
    query = normal(search.query).strip()
    if not query:
        raise OutOfBounds("query must not be blank.", field="query")
    if len(query.encode()) > CONTENT_BYTES:
        raise OutOfBounds(f"query is over {CONTENT_BYTES // 1024} KiB.", field="query")
    return replace(search, query=query, limit=min(search.limit, LIMIT))


def _valid_at(moment: datetime) -> Q:
    """Stored by then, and true then as far as anybody said."""
    started = Q(valid_from=None) | Q(valid_from__lte=moment)
    not_over = Q(valid_to=None) | Q(valid_to__gt=moment)
    return Q(created_at__lte=moment) & started & not_over


def _fresh_at(moment: datetime) -> Q:
    """Nothing took its place, it holds, and no review is due: what freshness.stale_because() says, in SQL."""
    verified = Vitals.objects.filter(
        namespace_id=OuterRef("namespace_id"),
        grain_number=OuterRef("number"),
        last_verified_at__gte=OuterRef("review_by"),
    )
    followed = Grain.objects.filter(
        namespace_id=OuterRef("namespace_id"), id=OuterRef("superseded_by"), created_at__lte=moment
    )
    holds = (Q(valid_from=None) | Q(valid_from__lte=moment)) & (Q(valid_to=None) | Q(valid_to__gt=moment))
    reviewed = Q(review_by=None) | Q(review_by__gt=moment) | Q(Exists(verified))
    fresh: Q = Q(~Exists(followed)) & holds & reviewed
    return fresh
