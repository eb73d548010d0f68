"""/v1/admin/keys and /v1/admin/tokens: the namespace's keys, for its admins."""

from datetime import timedelta
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.fields import Moment, Text, Whole, only_known
from accounts.api.views import MemoryView, parsed
from accounts.errors import Invalid
from accounts.models import ApiKey
from accounts.scopes import Role, Scope
from accounts.services import own_keys

MOST_NETWORKS = 50
RATE_MOST = 2**31 - 1
PROFILES = ("garner", "flux", "memoryoss", "memex")


class Exactly(serializers.Serializer[Any]):
    """Refuses what it does not know: a misspelt restriction must not make a key that is restricted by nothing."""

    def to_internal_value(self, data: Any) -> Any:
        """The fields; ValidationError for the first one that there is not."""
        only_known(self, data, otherwise="nothing was changed")
        return super().to_internal_value(data)


class RightsIn(Exactly):
    """A role, or scopes one by one."""

    role = serializers.ChoiceField(choices=[role.value for role in Role], required=False)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=[scope.value for scope in Scope]), required=False, min_length=1
    )


class KeyChangeIn(RightsIn):
    """What a key may do, and from where."""

    namespace = Text(max_length=128, required=False)
    name = Text(max_length=128, required=False, allow_blank=True)
    networks = serializers.ListField(child=Text(max_length=64), required=False, max_length=MOST_NETWORKS)
    grains_per_minute = Whole(min_value=0, max_value=RATE_MOST, required=False)
    requests_per_second = Whole(min_value=0, max_value=RATE_MOST, required=False)
    expires_at = Moment(required=False)
    profile = serializers.ChoiceField(choices=PROFILES, required=False)
    mcp_profile = serializers.ChoiceField(choices=PROFILES, required=False)


class KeyOut(serializers.ModelSerializer[ApiKey]):
    """A key, without the secret, which is stored nowhere."""

    class Meta:
        model = ApiKey
        fields = (
            *("id", "label", "name", "scopes", "networks", "grains_per_minute", "requests_per_second", "profile"),
            *("mcp_profile", "created_at", "expires_at", "revoked_at", "replaced_at", "last_used_at"),
        )


class RetiredKeyOut(serializers.Serializer[Any]):
    """A key that was rotated and works until it ends."""

    id = serializers.UUIDField()
    namespace = serializers.CharField()
    retired_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)


class KeysOut(serializers.Serializer[Any]):
    """The namespace's keys; those that were rotated once more under memoryOSS's name for them."""

    keys = KeyOut(many=True)
    retired_keys = RetiredKeyOut(many=True)


class NewKeyOut(serializers.Serializer[Any]):
    """A key and its secret, shown once."""

    key = KeyOut()
    secret = serializers.CharField()


class KeyRotateIn(Exactly):
    """Which key, by default the one that asks, and how long the old one goes on working."""

    id = Text(max_length=64, required=False)
    namespace = Text(max_length=128, required=False)
    grace_period_secs = Whole(min_value=0, max_value=int(own_keys.GRACE_MOST.total_seconds()), required=False)


class KeyRotatedOut(serializers.Serializer[Any]):
    """The new key, whose secret is shown once."""

    rotated = serializers.BooleanField()
    key_id = serializers.UUIDField()
    namespace = serializers.CharField()
    grace_period_secs = serializers.IntegerField()
    secret = serializers.CharField()


class KeyRevokedOut(serializers.Serializer[Any]):
    """A key that has ended."""

    revoked = serializers.BooleanField()
    key_id = serializers.UUIDField()


class ScopedTokenIn(RightsIn):
    """What a token may do, and for how long."""

    namespace = Text(max_length=128, required=False)
    name = Text(max_length=128, required=False, allow_blank=True)
    expires_in_secs = Whole(min_value=1, max_value=own_keys.TOKEN_SECONDS_MOST, required=False)


class ScopedTokenOut(serializers.Serializer[Any]):
    """A token, shown once, and the id by which it can be revoked."""

    token = serializers.CharField()
    jti = serializers.UUIDField()
    role = serializers.CharField(allow_blank=True)
    scopes = serializers.ListField(child=serializers.CharField())
    namespace = serializers.CharField()
    expires_in = serializers.IntegerField()


class ScopedTokensOut(serializers.Serializer[Any]):
    """The tokens of the namespace's keys."""

    tokens = KeyOut(many=True)


def rights(given: dict[str, Any]) -> frozenset[Scope] | None:
    """The scopes that `role` or `scopes` name, taken out of `given`; None when neither is there."""
    role, scopes = given.pop("role", None), given.pop("scopes", None)
    if role and scopes:
        raise Invalid("Give a role or scopes, not both.", field="scopes")
    if role:
        return Role(role).scopes
    return frozenset(Scope(scope) for scope in scopes) if scopes else None


class KeysView(MemoryView):
    """The namespace's keys."""

    scope = Scope.ADMIN

    @extend_schema(operation_id="v1_admin_keys_list", responses=KeysOut)
    def get(self, request: Request) -> Response:
        """All of them, newest first."""
        keys = own_keys.keys_list(caller=self.caller)
        name = self.caller.namespace
        retired = [
            {"id": key.pk, "namespace": name, "retired_at": key.replaced_at, "expires_at": key.expires_at}
            for key in keys
            if key.replaced_at and not key.revoked_at
        ]
        return Response(KeysOut({"keys": keys, "retired_keys": retired}).data)

    @extend_schema(request=KeyChangeIn, responses={201: NewKeyOut})
    def post(self, request: Request) -> Response:
        """Make one: with all rights of a writer unless told otherwise, and none that the caller has not."""
        given = parsed(KeyChangeIn, request)
        self.caller.require_namespace(given.pop("namespace", None))
        scopes = rights(given) or Role.WRITER.scopes
        new = own_keys.key_make(caller=self.caller, scopes=scopes, **given)
        return Response(NewKeyOut({"key": new.key, "secret": new.secret}).data, status=201)


class KeyView(MemoryView):
    """One key, by its id or its label."""

    scope = Scope.ADMIN

    @extend_schema(responses=KeyOut)
    def get(self, request: Request, id: str) -> Response:
        """What it may do."""
        return Response(KeyOut(own_keys.key_find(caller=self.caller, id=id)).data)

    @extend_schema(request=KeyChangeIn, responses=KeyOut)
    def patch(self, request: Request, id: str) -> Response:
        """Change it; holds everywhere within seconds."""
        changes = parsed(KeyChangeIn, request)
        self.caller.require_namespace(changes.pop("namespace", None))
        scopes = rights(changes)
        changes |= {"scopes": scopes} if scopes else {}
        return Response(KeyOut(own_keys.key_change(caller=self.caller, id=id, **changes)).data)

    @extend_schema(responses=KeyRevokedOut)
    def delete(self, request: Request, id: str) -> Response:
        """Revoke it; it ends everywhere within seconds, and its tokens with it."""
        key = own_keys.key_end(caller=self.caller, id=id)
        return Response({"revoked": True, "key_id": str(key.pk)})


class KeyRotateView(MemoryView):
    """A new key for an old one."""

    scope = Scope.ADMIN

    @extend_schema(request=KeyRotateIn, responses=KeyRotatedOut)
    def post(self, request: Request) -> Response:
        """Make a key like it; the old one goes on working for the grace period, by default a day."""
        asked = parsed(KeyRotateIn, request)
        self.caller.require_namespace(asked.get("namespace"))
        seconds = asked.get("grace_period_secs", int(own_keys.GRACE.total_seconds()))
        new = own_keys.key_rotate(caller=self.caller, id=asked.get("id"), grace=timedelta(seconds=seconds))
        out = {"rotated": True, "key_id": str(new.key.pk), "namespace": self.caller.namespace}
        return Response({**out, "grace_period_secs": seconds, "secret": new.secret})


class ScopedTokensView(MemoryView):
    """Tokens with some of a key's rights."""

    scope = Scope.ADMIN

    @extend_schema(operation_id="v1_admin_tokens_list", responses=ScopedTokensOut)
    def get(self, request: Request) -> Response:
        """Those of the namespace, newest first; the tokens themselves are stored nowhere."""
        return Response(ScopedTokensOut({"tokens": own_keys.keys_list(caller=self.caller, tokens=True)}).data)

    @extend_schema(request=ScopedTokenIn, responses=ScopedTokenOut)
    def post(self, request: Request) -> Response:
        """Make one, for a day unless told otherwise."""
        asked = parsed(ScopedTokenIn, request)
        self.caller.require_namespace(asked.get("namespace"))
        role, seconds = asked.get("role", ""), asked.get("expires_in_secs", own_keys.TOKEN_SECONDS)
        scopes = rights(asked) or Role.READER.scopes
        new = own_keys.token_make(caller=self.caller, scopes=scopes, seconds=seconds, name=asked.get("name", ""))
        left = round((new.key.expires_at - new.key.created_at).total_seconds()) if new.key.expires_at else seconds
        out = {"token": new.token, "jti": new.key.pk, "role": role, "scopes": new.key.scopes}
        return Response(ScopedTokenOut({**out, "namespace": self.caller.namespace, "expires_in": left}).data)


class ScopedTokenView(MemoryView):
    """One token, by its jti."""

    scope = Scope.ADMIN

    @extend_schema(responses=KeyRevokedOut)
    def delete(self, request: Request, id: str) -> Response:
        """Revoke it; it ends everywhere within seconds."""
        key = own_keys.key_end(caller=self.caller, id=id)
        return Response({"revoked": True, "key_id": str(key.pk)})
