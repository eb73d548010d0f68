"""The review queue for a namespace's admins: what the machine would not decide alone."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.fields import Text
from accounts.api.idempotency import idempotent
from accounts.api.views import MemoryView, parsed
from accounts.scopes import Scope
from grains.api.render import memory_json
from learning.contradiction.reviewing import KINDS, MOST, Item, review_decide, review_queue


class QueueIn(serializers.Serializer[Any]):
    """Which items."""

    kind = serializers.ChoiceField(KINDS, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=MOST, required=False)
    namespace = Text(required=False, max_length=128)


class ItemOut(serializers.Serializer[Any]):
    """A memory to decide about; `against` is the older one that it contradicts, for the kind `contradiction`."""

    review_key = serializers.CharField()
    queue_kind = serializers.CharField(help_text="contradiction, candidate or contested.")
    suggested_action = serializers.CharField(help_text="confirm, reject or supersede.")
    rule = serializers.CharField(help_text="What the comparison found: opposite, number_differs, became, ...")
    since = serializers.DateTimeField()
    memory = serializers.DictField()
    against = serializers.DictField(allow_null=True)


class QueueOut(serializers.Serializer[Any]):
    """The items that wait longest, and how many of each kind there are."""

    namespace = serializers.CharField()
    summary = serializers.DictField(child=serializers.IntegerField())
    items = ItemOut(many=True)


class DecideIn(serializers.Serializer[Any]):
    """Which item."""

    review_key = Text(max_length=64)
    namespace = Text(required=False, max_length=128)


class DecidedOut(serializers.Serializer[Any]):
    """What was decided."""

    review_key = serializers.CharField()
    action = serializers.CharField()
    id = serializers.UUIDField()
    against = serializers.UUIDField(allow_null=True)


class ReviewQueueView(MemoryView):
    """What waits for a person."""

    scope = Scope.ADMIN

    @extend_schema(parameters=[QueueIn], responses=QueueOut)
    def get(self, request: Request) -> Response:
        """Contradictions that were not decided, and memories that stand aside, the longest waiting first."""
        wanted = parsed(QueueIn, request.query_params.dict())
        self.caller.require_namespace(wanted.pop("namespace", None))
        queue = review_queue(caller=self.caller, **wanted)
        items = [_item_json(item, self.caller.namespace) for item in queue.items]
        return Response({"namespace": self.caller.namespace, "summary": queue.counts, "items": items})


class ReviewActionView(MemoryView):
    """Decide an item; `action` is set by the address."""

    scope = Scope.ADMIN
    action = "confirm"

    @extend_schema(request=DecideIn, responses=DecidedOut)
    @idempotent
    def post(self, request: Request) -> Response:
        """confirm: both hold. reject: this one does not. supersede: this one takes the older one's place."""
        wanted = parsed(DecideIn, request)
        self.caller.require_namespace(wanted.pop("namespace", None))
        item = review_decide(caller=self.caller, key=wanted["review_key"], action=self.action)
        against = str(item.against.grain.id) if item.against else None
        decided = {"review_key": item.key, "action": self.action, "id": str(item.memory.grain.id), "against": against}
        return Response(decided)


def _item_json(item: Item, namespace: str) -> dict[str, Any]:
    return {
        "review_key": item.key,
        "queue_kind": item.kind,
        "suggested_action": item.suggested,
        "rule": item.rule,
        "since": item.since,
        "memory": memory_json(item.memory, namespace),
        "against": memory_json(item.against, namespace) if item.against else None,
    }
