"""Recall, and feedback on a recall."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.idempotency import idempotent
from accounts.api.views import MemoryView, parsed
from accounts.door import Caller
from accounts.scopes import Scope
from grains.filters import Filter
from retrieval.api import serializers as shape
from retrieval.api.render import recalled_json
from retrieval.paging import recall_next
from retrieval.profiles import ChannelWeights, Profile
from retrieval.recall import Recalled, recall
from retrieval.search import Search
from retrieval.services.feedback import Verdict, feedback_record


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
        return recall(caller=self.caller, search=_search(self.caller, wanted), vectors=vectors)


class RecallBatchView(RecallView):
    """Ask the memory several things."""

    @extend_schema(request=shape.RecallBatchIn, responses=shape.RecallBatchOut)
    def post(self, request: Request) -> Response:
        """Up to ten recalls in one request, answered in order; one that fails fails all."""
        found = [self.found(dict(wanted)) for wanted in parsed(shape.RecallBatchIn, request)["queries"]]
        return Response({"results": [recalled_json(one, self.caller.namespace) for one in found]})


def _search(caller: Caller, wanted: dict[str, Any]) -> Search:
    wanted.pop("consistency", None)
    own = {name: wanted.pop(name) for name in ("query", "limit", "as_of", "alpha") if name in wanted}
    vector, weights = wanted.pop("query_embedding", None), wanted.pop("weights", None)
    usual = caller.profile or (Profile.GARNER if weights is None else Profile.MEMORYOSS)
    profile = Profile(wanted.pop("profile", None) or usual)
    given = {name: min(max(value, 0.0), 1.0) for name, value in (weights or {}).items()}
    return Search(**own, where=Filter(**wanted), profile=profile, weights=ChannelWeights(**given), vector=vector)


class SourceView(APIView):
    """What runs here."""

    is_open = True
    authentication_classes = ()

    @extend_schema(auth=[], responses=shape.SourceOut)
    def get(self, request: Request) -> Response:
        """Name, version, licence, and where the source is."""
        own = settings.SPECTACULAR_SETTINGS
        return Response({"name": own["TITLE"], "version": own["VERSION"], "license": "MIT", "source": settings.SOURCE})


class FeedbackView(MemoryView):
    """Say which results helped."""

    scope = Scope.FEEDBACK

    @extend_schema(request=shape.FeedbackIn, responses=shape.FeedbackOut)
    @idempotent
    def post(self, request: Request) -> Response:
        """Record verdicts on results of a recall."""
        wanted = parsed(shape.FeedbackIn, request)
        verdicts = [Verdict(**rating) for rating in wanted["ratings"]]
        recorded = feedback_record(caller=self.caller, trace_id=wanted["trace_id"], verdicts=verdicts)
        return Response({"trace_id": str(wanted["trace_id"]), "recorded": recorded})
