"""GET /v1/inspect/{id}: a memory with all that is known of it, how far it is to be believed included."""

from typing import Any

import numpy as np
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

import clock
from accounts.api.views import MemoryView
from accounts.door import Caller, tenant
from accounts.scopes import Scope
from grains.api.render import inspected_json
from grains.api.serializers import InspectOut
from grains.api.views import uuid_of
from grains.selectors import grain_inspect
from retrieval.known import trusts_of
from retrieval.trust import LOW


class TrustedInspectOut(InspectOut):
    """A memory with its inner life, and its trust."""

    trust_score = serializers.FloatField()
    low_trust = serializers.BooleanField()


class InspectView(MemoryView):
    """Look at one memory."""

    scope = Scope.RECALL

    @extend_schema(responses=TrustedInspectOut)
    def get(self, request: Request, id: str) -> Response:
        """Everything about one memory of the key's namespace."""
        found, moment = grain_inspect(caller=self.caller, id=uuid_of(id)), clock.now()
        grain = found.memory.grain
        told = inspected_json(found, self.caller.namespace, moment) | _trust_json(self.caller, grain.number)
        return Response(told, headers={"ETag": f'"{grain.version}"'})


def _trust_json(caller: Caller, number: int) -> dict[str, Any]:
    with tenant(caller, durable=False):
        trust = trusts_of(caller, np.array([number], np.int64), clock.now()).get(number, 0.0)
    return {"trust_score": round(trust, 6), "low_trust": trust < LOW}
