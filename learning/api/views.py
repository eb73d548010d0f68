"""Feedback on a recall, and on a memory."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.idempotency import idempotent
from accounts.api.views import MemoryView, parsed
from accounts.scopes import Scope
from grains.api import serializers as grains_shape
from grains.api.render import judged_json
from learning.services.feedback import feedback_give
from learning.services.judging import grain_judge_and_teach
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


class JudgeView(MemoryView):
    """Say of a memory that it is right, wrong, or followed by another."""

    scope = Scope.FEEDBACK

    @extend_schema(request=grains_shape.JudgeIn, responses=grains_shape.JudgedOut)
    @idempotent
    def post(self, request: Request) -> Response:
        """confirm makes it active and believed more; reject contests it; supersede names what follows it.

        The question of your last recall that returned it, within a day, learns from it too.
        """
        wanted = parsed(grains_shape.JudgeIn, request)
        self.caller.require_namespace(wanted.pop("namespace", None))
        return Response(judged_json(grain_judge_and_teach(caller=self.caller, **wanted)))
