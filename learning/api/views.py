"""Feedback on a recall."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.idempotency import idempotent
from accounts.api.views import MemoryView, parsed
from accounts.scopes import Scope
from learning.services.feedback import feedback_give
from retrieval.api import serializers as shape
from retrieval.services.feedback import Verdict


class FeedbackView(MemoryView):
    """Say which results helped."""

    scope = Scope.FEEDBACK

    @extend_schema(request=shape.FeedbackIn, responses=shape.FeedbackOut)
    @idempotent
    def post(self, request: Request) -> Response:
        """Record verdicts on results of a recall, and learn from them at once."""
        wanted = parsed(shape.FeedbackIn, request)
        verdicts = [Verdict(**rating) for rating in wanted["ratings"]]
        feedback_give(caller=self.caller, trace_id=wanted["trace_id"], verdicts=verdicts)
        return Response({"trace_id": str(wanted["trace_id"]), "recorded": len(verdicts)})
