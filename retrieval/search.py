"""What a recall is asked: the question, its filter and the moment it looks at."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from accounts.errors import Invalid
from grains.filters import Filter
from grains.limits import CONTENT_BYTES
from grains.models import Grain, Status
from retrieval.profiles import ChannelWeights, Profile
from text.normal import normal, unstorable

LIMIT = 100  # results of one recall, memoryOSS's


@dataclass(frozen=True, slots=True)
class Search:
    """A recall's input. `as_of` looks at the namespace as it was at a past moment.

    `profile` says whose formula ranks; `alpha` is memex's, `weights` are memoryOSS's. `vector` is the question's own
    embedding where the caller made one (grains.models.DIMENSION numbers, of length 1).
    """

    query: str
    limit: int = 10
    where: Filter = field(default_factory=Filter)
    as_of: datetime | None = None
    profile: Profile = Profile.GARNER
    alpha: float = 0.7
    weights: ChannelWeights = field(default_factory=ChannelWeights)
    vector: Sequence[float] | None = None

    @property
    def newest_too(self) -> bool:
        """Whether the newest memories are candidates, however far they are from the question."""
        return self.profile == Profile.MEMEX and self.alpha < 1

    @property
    def restricted(self) -> bool:
        """Whether only a part of the namespace may be found."""
        return bool(self.where) or self.as_of is not None

    def allowed(self, namespace_id: int) -> tuple[str, tuple[Any, ...]]:
        """SQL, with its parameters, of (id, number) of the grains that may be found."""
        found = Grain.objects.filter(self.where.query(), namespace_id=namespace_id, status=Status.ACTIVE)
        if self.as_of:
            found = found.filter(_valid_at(self.as_of))
        sql, params = found.order_by().values_list("id", "number").query.sql_with_params()
        return sql, params

    def params(self) -> dict[str, Any]:
        """What the trace keeps of the input beside the query."""
        named = {name: getattr(self.where, name) for name in Filter.__slots__ if getattr(self.where, name)}
        return {"limit": self.limit, **named, **({"as_of": self.as_of} if self.as_of else {})}


def checked(search: Search) -> Search:
    """`search` with its query in normal form, or Invalid."""
    if unstorable(search.query):
        raise Invalid("query must not hold NUL or lone surrogates.", field="query")
    query = normal(search.query).strip()
    if not query:
        raise Invalid("query must not be blank.", field="query")
    if len(query.encode()) > CONTENT_BYTES:
        raise Invalid(f"query is over {CONTENT_BYTES // 1024} KiB.", field="query")
    return replace(search, query=query, limit=min(search.limit, LIMIT))


def _valid_at(moment: datetime) -> Q:
    """Stored by then, and true then as far as anybody said."""
    started = Q(valid_from=None) | Q(valid_from__lte=moment)
    not_over = Q(valid_to=None) | Q(valid_to__gt=moment)
    return Q(created_at__lte=moment) & started & not_over
