"""Flux Memory's REST: its addresses, shapes and errors over Garner's services. A pending feedback blocks nothing."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

import clock
from accounts.api.idempotency import idempotent
from accounts.api.views import MemoryView, parsed
from accounts.door import Caller
from accounts.scopes import Scope
from accounts.stated import named, named_by_headers
from grains import limits
from grains.drafts import Draft
from grains.filters import Filter
from grains.selectors import grain_list
from grains.services.store import grain_store, grain_store_batch
from retrieval.api import flux_shapes as shape
from retrieval.dialects import flux as dialect
from retrieval.expansion import expansion
from retrieval.profiles import Profile
from retrieval.recall import recall
from retrieval.receipts import receipts_recent
from retrieval.search import Search


class FluxView(MemoryView):
    """A view that speaks Flux."""

    error_component = "Detail"
    field_names = {"memories": "items"}

    def wanted(self, serializer: type[Serializer[Any]], request: Request) -> tuple[Caller, dict[str, Any]]:
        """Who asks, under the names of the body and then of the headers, and what."""
        body = parsed(serializer, request)
        names = {name: body.pop(name, "") for name in ("caller_id", "client", "role")}
        return named_by_headers(named(self.caller, **names), request.META), body

    def within_batch(self, items: Sequence[object], noun: str) -> None:
        """Refuse more than the setting allows in one call. Raises ValidationError."""
        if len(items) > settings.FLUX_BATCH:
            raise ValidationError({"items": [f"at most {settings.FLUX_BATCH} {noun} a call"]}, code="max_length")


class StoreView(FluxView):
    """Store a grain."""

    scope = Scope.STORE

    @extend_schema(request=shape.FluxStoreIn, responses=shape.FluxStoredOut)
    @idempotent
    def post(self, request: Request) -> Response:
        """Store one fact; an exact repeat is a duplicate and a success."""
        caller, body = self.wanted(shape.FluxStoreIn, request)
        stored = grain_store(caller=caller, draft=_draft(body))
        status = "duplicate" if stored.duplicate else "stored_wired"
        return Response({"grain_id": str(stored.id), "status": status})


class StoreBatchView(FluxView):
    """Store grains."""

    scope = Scope.STORE

    @extend_schema(request=shape.FluxBatchIn, responses=shape.FluxBatchOut)
    @idempotent
    def post(self, request: Request) -> Response:
        """Store several facts, all or none."""
        caller, body = self.wanted(shape.FluxBatchIn, request)
        self.within_batch(body["items"], "grains")
        stored = grain_store_batch(caller=caller, drafts=[_draft(item) for item in body["items"]])
        return Response({"grain_ids": [str(one.id) for one in stored], "count": len(stored)})


class RetrieveView(FluxView):
    """Retrieve grains."""

    scope = Scope.RECALL

    @extend_schema(request=shape.RetrieveIn, responses=shape.RetrieveOut)
    def post(self, request: Request) -> Response:
        """The grains that fit a query, at most five."""
        caller, body = self.wanted(shape.RetrieveIn, request)
        query = body["query"]
        if not query.strip():
            return Response(NOTHING)
        search = Search(query, dialect.TOP_K, profile=Profile(caller.profile or Profile.GARNER))
        found = recall(caller=caller, search=search)
        return Response(dialect.retrieved(found, query, expansion(caller=caller, found=found)))


NOTHING: dict[str, Any] = {
    "grains": [],
    "trace_id": None,
    "confidence": 0.0,
    "fallback_triggered": False,
    "hop_count": 0,
    "features": [],
    "expansion_candidates": [],
}


class PendingView(FluxView):
    """What waits for a rating."""

    scope = Scope.RECALL

    @extend_schema(parameters=[shape.PendingIn], responses=shape.PendingOut)
    def get(self, request: Request) -> Response:
        """Retrieved grains of the last day that have no rating yet, of one caller of this key."""
        target = parsed(shape.PendingIn, request.query_params.dict()).get("target_caller_id")
        now = clock.now()
        wanted = dialect.caller_meant(self.caller, target or "")
        receipts = receipts_recent(caller=self.caller, now=now)
        mine = [one for one in receipts if dialect.receipt_caller(one) == wanted]
        return Response(dialect.pending(mine, wanted, now))


class GrainsView(FluxView):
    """List grains."""

    scope = Scope.RECALL

    @extend_schema(parameters=[shape.GrainsIn], responses=shape.GrainsOut)
    def get(self, request: Request) -> Response:
        """Grains by status, newest first, with the beginning of their content."""
        wanted = parsed(shape.GrainsIn, request.query_params.dict())
        asked = wanted.get("limit", 50)
        limit = limits.PAGE if asked < 0 else min(asked, limits.PAGE)
        where = Filter(status=wanted.get("status", ""))
        page = grain_list(caller=self.caller, where=where, limit=max(limit, 1))
        return Response({"grains": [dialect.snippet(memory) for memory in page.memories[:limit]]})


def _draft(body: dict[str, Any]) -> Draft:
    features = body.pop("features", None)
    return Draft(**body, metadata={"features": features} if features else {})
