"""Recall, and feedback on a recall."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.views import MemoryView, parsed
from accounts.scopes import Scope
from grains.filters import Filter
from retrieval.api import serializers as shape
from retrieval.api.render import recalled_json
from retrieval.recall import recall
from retrieval.search import Search
from retrieval.services.feedback import Verdict, feedback_record


class RecallView(MemoryView):
    """Ask the memory."""

    scope = Scope.RECALL

    @extend_schema(request=shape.RecallIn, responses=shape.RecallOut)
    def post(self, request: Request) -> Response:
        """The memories that answer the query best."""
        wanted = parsed(shape.RecallIn, request)
        self.caller.require_namespace(wanted.pop("namespace", None))
        own = {name: wanted.pop(name) for name in ("query", "limit", "as_of") if name in wanted}
        vectors = wanted.pop("include_embeddings", False)
        found = recall(caller=self.caller, search=Search(**own, where=Filter(**wanted)), vectors=vectors)
        return Response(recalled_json(found, self.caller.namespace))


class FeedbackView(MemoryView):
    """Say which results helped."""

    scope = Scope.FEEDBACK

    @extend_schema(request=shape.FeedbackIn, responses=shape.FeedbackOut)
    def post(self, request: Request) -> Response:
        """Record verdicts on results of a recall."""
        wanted = parsed(shape.FeedbackIn, request)
        verdicts = [Verdict(**rating) for rating in wanted["ratings"]]
        recorded = feedback_record(caller=self.caller, trace_id=wanted["trace_id"], verdicts=verdicts)
        return Response({"trace_id": str(wanted["trace_id"]), "recorded": recorded})
