"""memoryOSS's call for merging near repeats."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.fields import Flag, Number, Text, Whole
from accounts.api.idempotency import idempotent
from accounts.api.views import MemoryView, parsed
from accounts.errors import Invalid
from accounts.scopes import Scope
from learning.consolidation.asking import Consolidated, consolidate_now
from learning.consolidation.merging import MOST_GROUPS


class BadThreshold(Invalid):
    """A threshold that is no cosine of near repeats; memoryOSS's status."""

    status = 400


class ConsolidateIn(serializers.Serializer[Any]):
    """How alike, and how many groups."""

    namespace = Text(required=False)
    threshold = Number(required=False, help_text="0 to 1; 0.9 unless said otherwise.")
    max_clusters = Whole(required=False, min_value=1, max_value=100, help_text="50 unless said otherwise.")
    dry_run = Flag(required=False)


class GroupOut(serializers.Serializer[Any]):
    """A memory that stays, and those that it stands for from now on."""

    kept = serializers.UUIDField()
    merged = serializers.ListField(child=serializers.UUIDField())
    avg_similarity = serializers.FloatField()
    derived_id = serializers.UUIDField(help_text="The same as `kept`: no text is made.")
    source_ids = serializers.ListField(child=serializers.UUIDField())


class ConsolidatedOut(serializers.Serializer[Any]):
    """What was merged; with dry_run, what would be."""

    groups = GroupOut(many=True)
    total_merged = serializers.IntegerField()
    dry_run = serializers.BooleanField()
    derived_created = serializers.IntegerField()
    active_before = serializers.IntegerField()
    active_after = serializers.IntegerField()
    active_reduction = serializers.IntegerField()
    duplicate_rate_before = serializers.FloatField()
    duplicate_rate_after = serializers.FloatField(allow_null=True, help_text="null unless complete.")
    complete = serializers.BooleanField(help_text="false: time or max_clusters ran out, there may be more.")


class ConsolidateView(MemoryView):
    """Merge near repeats."""

    scope = Scope.ADMIN

    @extend_schema(request=ConsolidateIn, responses=ConsolidatedOut)
    @idempotent
    def post(self, request: Request) -> Response:
        """Archive memories whose words stand in another one of the same agent, user and author; undo by the journal."""
        wanted = parsed(ConsolidateIn, request)
        self.caller.require_namespace(wanted.get("namespace"))
        threshold, most = wanted.get("threshold", 0.9), wanted.get("max_clusters", MOST_GROUPS)
        if not 0 <= threshold <= 1:
            raise BadThreshold("threshold must be from 0 to 1.", field="threshold")
        dry_run = bool(wanted.get("dry_run"))
        done = consolidate_now(caller=self.caller, threshold=threshold, max_clusters=most, dry_run=dry_run)
        return Response({**_told(done, most), "dry_run": dry_run})


def _told(done: Consolidated, most: int) -> dict[str, Any]:
    before, merged = done.active_before, done.total_merged
    complete = done.complete and len(done.groups) < most
    return {
        "groups": list(done.groups),
        "total_merged": merged,
        "derived_created": 0,
        "active_before": before,
        "active_after": before - merged,
        "active_reduction": merged,
        "duplicate_rate_before": round(merged / before, 4) if before else 0.0,
        "duplicate_rate_after": 0.0 if complete else None,
        "complete": complete,
    }
