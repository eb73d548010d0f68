"""Recall."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.views import MemoryView, parsed
from accounts.door import Caller
from accounts.scopes import Scope
from grains.filters import Filter
from retrieval.api import serializers as shape
from retrieval.api.render import query_explain_json, recalled_json
from retrieval.paging import recall_next
from retrieval.profiles import ChannelWeights, Profile
from retrieval.recall import Recalled, recall, recall_batch
from retrieval.search import Gate, Search, Shape


class RecallView(MemoryView):
    """Ask the memory."""

    scope = Scope.RECALL

    @extend_schema(request=shape.RecallIn, responses=shape.RecallOut)
    def post(self, request: Request) -> Response:
        """The memories that answer the query best."""
        found = self.found(parsed(shape.RecallIn, request))
        return Response(recalled_json(found, self.caller.namespace))

    def found(self, wanted: dict[str, Any]) -> Recalled:
        """The first page of a recall, or the page behind a cursor."""
        self.caller.require_namespace(wanted.pop("namespace", None))
        vectors = wanted.pop("include_embeddings", False)
        if cursor := wanted.pop("cursor", None):
            return recall_next(caller=self.caller, cursor=cursor, limit=wanted.get("limit", 10), vectors=vectors)
        return recall(caller=self.caller, search=search_of(self.caller, wanted), vectors=vectors)


class RecallBatchView(RecallView):
    """Ask the memory several things."""

    @extend_schema(request=shape.RecallBatchIn, responses=shape.RecallBatchOut)
    def post(self, request: Request) -> Response:
        """Up to ten recalls in one request, answered in order; one that fails fails all."""
        queries = [dict(wanted) for wanted in parsed(shape.RecallBatchIn, request)["queries"]]
        found = self.together(queries) if all(_is_plain(one) for one in queries) else [self.found(q) for q in queries]
        return Response({"results": [recalled_json(one, self.caller.namespace) for one in found]})

    def together(self, queries: list[dict[str, Any]]) -> list[Recalled]:
        """First pages, whose questions are embedded in one batch."""
        for wanted in queries:
            self.caller.require_namespace(wanted.pop("namespace", None))
        return recall_batch(caller=self.caller, searches=[search_of(self.caller, wanted) for wanted in queries])


def _is_plain(wanted: dict[str, Any]) -> bool:
    return not wanted.get("cursor") and not wanted.get("include_embeddings")


class QueryExplainView(MemoryView):
    """Explain a recall."""

    scope = Scope.RECALL

    @extend_schema(request=shape.RecallIn, responses=shape.QueryExplainOut)
    def post(self, request: Request) -> Response:
        """A recall with where every number comes from, what was cut and why; `why` asks about one memory."""
        wanted = parsed(shape.RecallIn, request)
        self.caller.require_namespace(wanted.pop("namespace", None))
        search = replace(search_of(self.caller, wanted), explain=True)
        found = recall(caller=self.caller, search=search)
        return Response(query_explain_json(found, self.caller.namespace, search.query))


OWN = ("query", "limit", "as_of", "alpha", "include", "strict", "deadline_ms", "explain", "why")
RENAMED = {"now": "asked_at", "query_embedding": "vector"}
GATES = {"min_score": "score", "min_channel": "channel", "min_trust": "trust"}
SHAPES = {"diversity": "diversity", "collapse": "collapse", "max_tokens": "tokens"}
_UNUSED = ("consistency", "cursor", "include_embeddings")


def search_of(caller: Caller, wanted: dict[str, Any]) -> Search:
    """The search that a request describes; what is left of it is the filter."""
    for name in _UNUSED:
        wanted.pop(name, None)
    own = _taken(wanted, dict(zip(OWN, OWN, strict=True)) | RENAMED)
    gate, form = Gate(**_taken(wanted, GATES)), _taken(wanted, SHAPES)
    form.setdefault("collapse", form.get("diversity", 0.0) > 0)
    profile, weights = _formula(caller, wanted.pop("profile", None), wanted.pop("weights", None))
    return Search(**own, where=Filter(**wanted), profile=profile, weights=weights, gate=gate, shape=Shape(**form))


def _taken(wanted: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """These fields of a request, taken out of it, under our own names."""
    return {ours: wanted.pop(theirs) for theirs, ours in names.items() if theirs in wanted}


def _formula(caller: Caller, named: str | None, weights: dict[str, float] | None) -> tuple[Profile, ChannelWeights]:
    """Whose formula ranks: the request's, else the key's; weights ask for memoryOSS's."""
    usual = caller.profile or (Profile.GARNER if weights is None else Profile.MEMORYOSS)
    given = {name: min(max(value, 0.0), 1.0) for name, value in (weights or {}).items()}
    return Profile(named or usual), ChannelWeights(**given)


NOTICE = "Free software under the MIT licence, without warranty."


class SourceView(APIView):
    """What runs here."""

    is_open = True
    authentication_classes = ()

    @extend_schema(auth=[], responses=shape.SourceOut)
    def get(self, request: Request) -> Response:
        """Name, version, licence, and where the source is."""
        own = settings.SPECTACULAR_SETTINGS
        return Response(
            {
                "name": own["TITLE"],
                "version": own["VERSION"],
                "license": "MIT",
                "source": settings.SOURCE,
                "notice": NOTICE,
            }
        )
