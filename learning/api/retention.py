"""A namespace's retention policy for its admins: read it, set it, see beforehand what it would do."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.fields import Flag, Text, Whole
from accounts.api.idempotency import idempotent
from accounts.api.views import MemoryView, parsed
from accounts.namespace_settings import setting_of
from accounts.scopes import Scope
from grains.models import MemoryType
from learning.models import RetentionAction
from learning.retention.decay import grain_decay
from learning.retention.policy import Due, retention_preview, retention_rules, retention_set
from learning.retention.rules import MOST_DAYS, MOST_RULES, Rule
from learning.retention.settings import RETENTION


class RuleShape(serializers.Serializer[Any]):
    """One rule. Without memory_type and tag it fits every memory; `keep` has no after_days."""

    action = serializers.ChoiceField(RetentionAction.choices)
    after_days = Whole(required=False, min_value=1, max_value=MOST_DAYS)
    memory_type = serializers.ChoiceField(MemoryType.choices, required=False)
    tag = Text(required=False, max_length=256)


class PolicyIn(serializers.Serializer[Any]):
    """The rules in order: the first that fits a memory decides."""

    rules = serializers.ListField(child=RuleShape(), max_length=MOST_RULES)


class PolicyOut(PolicyIn):
    """The policy, and whether it is carried out."""

    namespace = serializers.CharField()
    enabled = serializers.BooleanField()


class PreviewIn(serializers.Serializer[Any]):
    """A policy to try; without one, that of the namespace."""

    rules = serializers.ListField(child=RuleShape(), max_length=MOST_RULES, required=False)


class DueOut(serializers.Serializer[Any]):
    """What one rule would do now, to how many; the first 200 of them by id."""

    rule = RuleShape()
    count = serializers.IntegerField()
    ids = serializers.ListField(child=serializers.UUIDField())


class PreviewOut(serializers.Serializer[Any]):
    """What the policy would do now."""

    namespace = serializers.CharField()
    due = DueOut(many=True)


class DecayIn(serializers.Serializer[Any]):
    """Archive what was not used for so many days."""

    after_days = Whole(min_value=1, max_value=MOST_DAYS)
    dry_run = Flag(required=False)
    namespace = Text(required=False, max_length=128)


class DecayOut(serializers.Serializer[Any]):
    """How many were, or would be, archived; the first 200 of them by id."""

    namespace = serializers.CharField()
    after_days = serializers.IntegerField()
    dry_run = serializers.BooleanField()
    archived = serializers.IntegerField()
    ids = serializers.ListField(child=serializers.UUIDField())


class RetentionView(MemoryView):
    """The namespace's retention policy."""

    scope = Scope.ADMIN

    @extend_schema(responses=PolicyOut)
    def get(self, request: Request) -> Response:
        """The rules in order; none: everything is kept."""
        return Response(self._policy(retention_rules(caller=self.caller)))

    @extend_schema(request=PolicyIn, responses=PolicyOut)
    @idempotent
    def put(self, request: Request) -> Response:
        """Replace the rules. Nothing happens to a memory before the job's next run."""
        rules = _rules(parsed(PolicyIn, request)["rules"])
        return Response(self._policy(retention_set(caller=self.caller, rules=rules)))

    def _policy(self, rules: Sequence[Rule]) -> dict[str, Any]:
        enabled = setting_of(self.caller.namespace_id, RETENTION)
        return {"namespace": self.caller.namespace, "enabled": enabled, "rules": [_rule_json(rule) for rule in rules]}


class RetentionPreviewView(MemoryView):
    """What a policy would do."""

    scope = Scope.ADMIN

    @extend_schema(request=PreviewIn, responses=PreviewOut)
    def post(self, request: Request) -> Response:
        """Counts and ids, rule by rule, as of now. Changes nothing."""
        wanted = parsed(PreviewIn, request)
        rules = _rules(wanted["rules"]) if "rules" in wanted else None
        due = retention_preview(caller=self.caller, rules=rules)
        return Response({"namespace": self.caller.namespace, "due": [_due_json(one) for one in due]})


class DecayView(MemoryView):
    """memoryOSS's decay, by hand."""

    scope = Scope.ADMIN

    @extend_schema(request=DecayIn, responses=DecayOut)
    @idempotent
    def post(self, request: Request) -> Response:
        """Archive what was neither recalled nor changed for so many days, except what the policy keeps."""
        wanted = parsed(DecayIn, request)
        self.caller.require_namespace(wanted.pop("namespace", None))
        decayed = grain_decay(caller=self.caller, **wanted)
        told = {"archived": decayed.count, "ids": [str(id_) for id_ in decayed.ids]}
        return Response({"namespace": self.caller.namespace, "dry_run": False, **wanted, **told})


def _rules(shapes: Sequence[dict[str, Any]]) -> list[Rule]:
    return [Rule(**{name: value for name, value in shape.items() if value is not None}) for shape in shapes]


def _rule_json(rule: Rule) -> dict[str, Any]:
    named = {"after_days": rule.after_days, "memory_type": rule.memory_type, "tag": rule.tag}
    return {"action": rule.action, **{name: value for name, value in named.items() if value}}


def _due_json(due: Due) -> dict[str, Any]:
    return {"rule": _rule_json(due.rule), "count": due.count, "ids": [str(id_) for id_ in due.ids]}
