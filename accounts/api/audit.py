"""GET /v1/admin/audit/verify: whether the namespace's logs are what was sealed."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

import clock
from accounts.api.views import MemoryView
from accounts.audit import audit_verify_own
from accounts.scopes import Scope


class BreakOut(serializers.Serializer[Any]):
    """Where the log is not what was sealed: the seal, and the first wrong row where one can be named."""

    kind = serializers.CharField()
    message = serializers.CharField()
    log = serializers.CharField()
    seal = serializers.IntegerField(allow_null=True)
    row = serializers.UUIDField(allow_null=True)


class VerdictOut(serializers.Serializer[Any]):
    """What the check found."""

    namespace = serializers.CharField()
    ok = serializers.BooleanField()
    seals = serializers.IntegerField()
    rows = serializers.IntegerField()
    unsealed = serializers.IntegerField()
    broken = BreakOut(allow_null=True)


class AuditVerifyView(MemoryView):
    """The evidence of the caller's namespace."""

    scope = Scope.ADMIN

    @extend_schema(responses=VerdictOut)
    def get(self, request: Request) -> Response:
        """Check every row of the namespace's logs against its seals; takes seconds for a million rows."""
        found = audit_verify_own(caller=self.caller, now=clock.now())
        out = {"namespace": self.caller.namespace, "ok": found.ok, "seals": found.seals, "rows": found.rows}
        return Response(VerdictOut({**out, "unsealed": found.unsealed, "broken": found.broken}).data)
