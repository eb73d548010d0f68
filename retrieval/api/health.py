"""What /health says of a key's own namespace: the fields of the three seeds."""

from typing import Any

from rest_framework import serializers

from accounts.api.fields import Moment


class HealthOut(serializers.Serializer[Any]):
    """The instance; with a key its namespace too."""

    status = serializers.CharField()
    db = serializers.CharField()
    version = serializers.CharField()
    namespace = serializers.CharField(required=False)
    total_memories = serializers.IntegerField(required=False)
    memory_mode = serializers.CharField(required=False)
    memory_status = serializers.CharField(required=False, help_text="Flux's status: healthy, warning or critical.")
    signals = serializers.DictField(required=False)
    active_warnings = serializers.ListField(child=serializers.DictField(), required=False)
    caller_feedback = serializers.ListField(child=serializers.DictField(), required=False)
    caller_provenance = serializers.ListField(child=serializers.DictField(), required=False)
    computed_at = Moment(required=False)
