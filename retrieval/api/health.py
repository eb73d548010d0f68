"""What /health says of a key's own namespace: the fields of the three seeds."""

from typing import Any

from rest_framework import serializers

import clock
from accounts.api.fields import Moment
from accounts.door import Caller
from accounts.scopes import Scope
from retrieval.dialects import flux as dialect
from retrieval.health import health_of, provenance_stored


class HealthOut(serializers.Serializer[Any]):
    """The instance; with a key its namespace too."""

    status = serializers.CharField()
    db = serializers.CharField()
    version = serializers.CharField()
    namespace = serializers.CharField(required=False)
    total_memories = serializers.IntegerField(required=False)
    memory_mode = serializers.CharField(required=False)
    memory_status = serializers.CharField(required=False, help_text="Flux's status: healthy or warning.")
    signals = serializers.DictField(required=False)
    active_warnings = serializers.ListField(child=serializers.DictField(), required=False)
    caller_feedback = serializers.ListField(child=serializers.DictField(), required=False)
    caller_provenance = serializers.ListField(child=serializers.DictField(), required=False)
    computed_at = Moment(required=False)


def namespace_health(*, caller: Caller) -> dict[str, Any]:
    """memoryOSS's count and Flux's signals of the caller's namespace; nothing for a key that may not recall."""
    if Scope.RECALL not in caller.scopes:
        return {}
    now = clock.now()
    found = health_of(caller=caller, now=now)
    stores = dialect.provenance_of(dialect.caller_name_of(caller), provenance_stored(caller=caller, now=now))
    flux = dict(dialect.health(found, stores, now))
    return {
        **flux,
        "memory_status": flux["status"],
        "memory_mode": "full",
        "namespace": caller.namespace,
        "total_memories": sum(found.by_status.values()),
    }
