"""GET and PATCH /v1/admin/settings: what a namespace has set for itself, for its admins."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.idempotency import idempotent
from accounts.api.views import MemoryView
from accounts.door import Caller
from accounts.namespace_settings import Between, NamespaceSetting, OneOf, registered
from accounts.scopes import Scope
from accounts.services.namespace_settings import own_settings, settings_change

CHANGES_SCHEMA = {
    "type": "object",
    "description": "Values by name; null takes one back to the instance's.",
    "additionalProperties": {"oneOf": [{"type": kind} for kind in ("boolean", "number", "string")], "nullable": True},
    "minProperties": 1,
}


class SettingOut(serializers.Serializer[Any]):
    """A setting: the value that holds, whether it is the namespace's own, and what it may be."""

    name = serializers.CharField()
    value = serializers.JSONField()
    default = serializers.JSONField()
    own = serializers.BooleanField()
    operators_only = serializers.BooleanField()
    help = serializers.CharField()
    minimum = serializers.FloatField(required=False)
    maximum = serializers.FloatField(required=False)
    choices = serializers.ListField(child=serializers.CharField(), required=False)


class SettingsOut(serializers.Serializer[Any]):
    """The settings that a namespace may have of its own."""

    namespace = serializers.CharField()
    settings = SettingOut(many=True)


class SettingsView(MemoryView):
    """The namespace's own settings."""

    scope = Scope.ADMIN

    @extend_schema(responses=SettingsOut)
    def get(self, request: Request) -> Response:
        """Every setting that a namespace may have of its own, with the value that holds here."""
        return Response(_settings_json(self.caller))

    @extend_schema(request={"application/json": CHANGES_SCHEMA}, responses=SettingsOut)
    @idempotent
    def patch(self, request: Request) -> Response:
        """Set some, all or none; they hold in every process within 5 seconds."""
        if not isinstance(request.data, dict):
            raise ValidationError("The body must be a JSON object.", code="invalid")
        settings_change(caller=self.caller, changes=request.data)
        return Response(_settings_json(self.caller))


def _settings_json(caller: Caller) -> dict[str, Any]:
    own = own_settings(caller=caller)
    listed = [_setting_json(setting, own) for setting in registered().values()]
    return {"namespace": caller.namespace, "settings": listed}


def _setting_json(setting: NamespaceSetting[Any], own: dict[str, Any]) -> dict[str, Any]:
    told = {
        "name": setting.name,
        "value": own.get(setting.name, setting.default),
        "default": setting.default,
        "own": setting.name in own,
        "operators_only": setting.operators_only,
        "help": setting.help,
    }
    if isinstance(setting.bounds, Between):
        told |= {"minimum": setting.bounds.least, "maximum": setting.bounds.most}
    if isinstance(setting.bounds, OneOf):
        told |= {"choices": list(setting.bounds.choices)}
    return told
