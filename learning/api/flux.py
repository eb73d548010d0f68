"""Flux Memory's ratings over Garner's feedback."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.idempotency import idempotent
from accounts.scopes import Scope
from learning.services.rating import Rated, Rating, ratings_record
from retrieval.api import flux_shapes as shape
from retrieval.api.flux import FluxView


class FeedbackView(FluxView):
    """Rate a grain."""

    scope = Scope.FEEDBACK

    @extend_schema(request=shape.FluxFeedbackIn, responses=shape.FluxFeedbackOut)
    @idempotent
    def post(self, request: Request) -> Response:
        """Say whether a retrieved grain helped; ids that are unknown are skipped."""
        caller, body = self.wanted(shape.FluxFeedbackIn, request)
        (rated,) = ratings_record(caller=caller, ratings=[Rating(**body)])
        return Response({"status": "ok", **_rated_json(rated)})


class FeedbackBatchView(FluxView):
    """Rate grains."""

    scope = Scope.FEEDBACK

    @extend_schema(request=shape.FeedbackBatchIn, responses=shape.FeedbackBatchOut)
    @idempotent
    def post(self, request: Request) -> Response:
        """Several ratings; each is recorded or skipped by itself."""
        caller, body = self.wanted(shape.FeedbackBatchIn, request)
        self.within_batch(body["items"], "ratings")
        rated = ratings_record(caller=caller, ratings=[Rating(**item) for item in body["items"]])
        return Response({"status": "ok", "count": len(rated), "results": [_rated_json(one) for one in rated]})


def _rated_json(rated: Rated) -> dict[str, Any]:
    return {
        "trace_id": rated.trace_id,
        "grain_id": rated.grain_id,
        "action": rated.action,
        "signal": rated.signal,
    }
