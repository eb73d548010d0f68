"""Where memories stand, and moving them by hand: memoryOSS's lifecycle page, and what it could not do."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.fields import Identity, Text
from accounts.api.idempotency import idempotent
from accounts.api.views import MemoryView, parsed
from accounts.scopes import Scope
from grains.api import serializers as grains_shape
from grains.api.render import memory_json
from grains.models import Status
from learning.lifecycle.moving import ASKABLE, MOST, grain_move, grain_restore
from learning.lifecycle.standing import PAGE, Standing, lifecycle_page

ALIASES = {"candidate": Status.QUARANTINED.value}  # memoryOSS's word


class LifecycleIn(serializers.Serializer[Any]):
    """Which memories."""

    status = serializers.ChoiceField([*Status.values, *ALIASES], required=False)
    limit = serializers.IntegerField(min_value=1, max_value=PAGE, required=False)
    include_archived = serializers.BooleanField(required=False)
    namespace = Text(required=False, max_length=128)


class LifecycleOut(serializers.Serializer[Any]):
    """Counts by status, and the memories changed last; each with trust_score and low_trust."""

    namespace = serializers.CharField()
    summary = serializers.DictField(child=serializers.IntegerField())
    filters = serializers.DictField()
    memories = serializers.ListField(child=serializers.DictField())


class MoveIn(serializers.Serializer[Any]):
    """Which memories, and where to."""

    ids = serializers.ListField(child=Identity(), max_length=MOST)
    status = serializers.ChoiceField([str(status) for status in ASKABLE])
    namespace = Text(required=False, max_length=128)


class MovedOut(serializers.Serializer[Any]):
    """How many were not there before."""

    status = serializers.CharField()
    moved = serializers.IntegerField()


class LifecycleView(MemoryView):
    """Where memories stand in their lives."""

    scope = Scope.ADMIN

    @extend_schema(parameters=[LifecycleIn], responses=LifecycleOut)
    def get(self, request: Request) -> Response:
        """Counts by status and the memories that changed last."""
        wanted = parsed(LifecycleIn, request.query_params.dict())
        self.caller.require_namespace(wanted.pop("namespace", None))
        status = wanted.get("status", "")
        page = lifecycle_page(
            caller=self.caller,
            status=ALIASES.get(status, status),
            limit=wanted.get("limit", 25),
            include_archived=wanted.get("include_archived", False),
        )
        memories = [_standing_json(one, self.caller.namespace) for one in page.memories]
        summary = {**page.counts, "candidate": page.counts[Status.QUARANTINED], "total": sum(page.counts.values())}
        return Response(
            {"namespace": self.caller.namespace, "summary": summary, "filters": wanted, "memories": memories}
        )

    @extend_schema(request=MoveIn, responses=MovedOut)
    @idempotent
    def post(self, request: Request) -> Response:
        """Put memories to sleep, archive them, or make them active again; all or none."""
        wanted = parsed(MoveIn, request)
        self.caller.require_namespace(wanted.pop("namespace", None))
        moved = grain_move(caller=self.caller, ids=wanted["ids"], to=wanted["status"])
        return Response({"status": wanted["status"], "moved": moved})


class RestoreView(MemoryView):
    """Bring put-away memories back."""

    scope = Scope.UPDATE

    @extend_schema(request=grains_shape.RestoreIn, responses=grains_shape.RestoredOut)
    @idempotent
    def post(self, request: Request) -> Response:
        """Make archived and dormant memories active again."""
        wanted = parsed(grains_shape.RestoreIn, request)
        self.caller.require_namespace(wanted.get("namespace"))
        return Response({"restored": grain_restore(caller=self.caller, ids=wanted.get("ids", []))})


def _standing_json(one: Standing, namespace: str) -> dict[str, Any]:
    grain = one.memory.grain
    return {
        **memory_json(one.memory, namespace),
        "superseded_by": str(grain.superseded_by) if grain.superseded_by else None,
        "trust_score": round(one.trust, 3),
        "low_trust": one.low_trust,
    }
