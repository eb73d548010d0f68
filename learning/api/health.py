"""The health of a key's namespace: Flux's shape, and everything there is for its admins."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

import clock
from accounts.api.fields import Moment
from accounts.api.views import MemoryView, parsed
from accounts.door import Caller
from accounts.namespace_settings import setting_of
from accounts.scopes import Scope
from grains.selectors import grain_count
from learning.health.flux import flux_health
from learning.health.selectors import MOST_HOURS, Reading, health_history, health_now
from learning.health.settings import HEALTH


class SignalsOut(serializers.Serializer[Any]):
    """Flux's health: `signals` by name, each with value and healthy; `active_warnings` are those that fire."""

    status = serializers.CharField(help_text="healthy, warning or critical.")
    signals = serializers.DictField(child=serializers.DictField())
    active_warnings = serializers.ListField(child=serializers.DictField())
    caller_feedback = serializers.ListField(child=serializers.DictField())
    caller_provenance = serializers.ListField(child=serializers.DictField())
    computed_at = Moment()


class HealthIn(serializers.Serializer[Any]):
    """How far back the samples go."""

    hours = serializers.IntegerField(min_value=1, max_value=MOST_HOURS, required=False)


class SignalOut(serializers.Serializer[Any]):
    """One signal: its value and range, whether it fires, and since when. It is judged once it is warm."""

    name = serializers.CharField()
    value = serializers.FloatField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    healthy = serializers.BooleanField()
    warm = serializers.BooleanField()
    severity = serializers.CharField(help_text="INFO, WARNING or CRITICAL while it fires, else empty.")
    fires = serializers.IntegerField()
    fired_at = Moment(allow_null=True)
    cleared_at = Moment(allow_null=True)
    alerted_at = Moment(allow_null=True)
    advice = serializers.CharField()


class NamespaceHealthOut(serializers.Serializer[Any]):
    """All signals, what they were, and the latest alerts."""

    namespace = serializers.CharField()
    enabled = serializers.BooleanField()
    status = serializers.CharField()
    seen_at = Moment()
    signals = SignalOut(many=True)
    samples = serializers.ListField(child=serializers.DictField())
    alerts = serializers.ListField(child=serializers.DictField())


class SignalsView(MemoryView):
    """Flux's health signals."""

    scope = Scope.RECALL

    @extend_schema(responses=SignalsOut)
    def get(self, request: Request) -> Response:
        """The signals of the key's namespace as they were seen last."""
        return Response(flux_health(caller=self.caller, now=clock.now()))


class AdminHealthView(MemoryView):
    """Everything about the health of a namespace."""

    scope = Scope.ADMIN

    @extend_schema(parameters=[HealthIn], responses=NamespaceHealthOut)
    def get(self, request: Request) -> Response:
        """Signals with their ranges and states, their values over time, and the latest alerts."""
        wanted = parsed(HealthIn, {name: _whole(value) for name, value in request.query_params.dict().items()})
        health, history = health_now(caller=self.caller), health_history(caller=self.caller, **wanted)
        answer = {
            "namespace": self.caller.namespace,
            "enabled": setting_of(self.caller.namespace_id, HEALTH),
            "status": health.status,
            "seen_at": health.seen_at,
            "signals": [_signal_json(reading) for reading in health.readings],
            "samples": [{"at": sample.at, "values": sample.values} for sample in history.samples],
            "alerts": [
                {"signal": one.signal, "turn": one.turn, "severity": one.severity, "value": one.value, "at": one.at,
                 "email": one.state, "attempts": one.attempts}
                for one in history.alerts
            ],
        }  # fmt: skip
        return Response(answer)


def namespace_health(*, caller: Caller) -> dict[str, Any]:
    """What /health tells a key: memoryOSS's count, Flux's signals; nothing to a key that may not recall."""
    if Scope.RECALL not in caller.scopes:
        return {}
    flux = flux_health(caller=caller, now=clock.now())
    return {
        **flux,
        "memory_status": flux["status"],
        "memory_mode": "full",
        "namespace": caller.namespace,
        "total_memories": grain_count(caller=caller),
    }


def _signal_json(reading: Reading) -> dict[str, Any]:
    signal, row = reading.signal, reading.row
    bounds = {"low": signal.low, "high": signal.high}
    return {
        "name": signal.name,
        "value": round(row.value, 4),
        **{name: bound if abs(bound) != float("inf") else None for name, bound in bounds.items()},
        "healthy": reading.healthy,
        **{name: getattr(row, name) for name in ("warm", "severity", "fires", "fired_at", "cleared_at", "alerted_at")},
        "advice": signal.advice,
    }


def _whole(text: Any) -> Any:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) < 10 else text
