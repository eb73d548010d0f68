"""/v1/admin/webhooks: endpoints that are told what happens in the namespace."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

import clock
from accounts.api.fields import Flag, Identity, Text
from accounts.api.idempotency import idempotent
from accounts.api.views import MemoryView, parsed
from accounts.errors import Invalid, NotFound
from accounts.scopes import Scope
from accounts.webhooks import endpoints
from accounts.webhooks.events import send_event
from accounts.webhooks.models import Delivery, DeliveryState, Webhook


class WebhookIn(serializers.Serializer[Any]):
    """An endpoint; without events it is told of everything."""

    url = Text(max_length=2048)
    events = serializers.ListField(child=Text(max_length=64), required=False, max_length=endpoints.MOST_EVENTS)
    description = Text(max_length=128, required=False, allow_blank=True)


class WebhookChangeIn(serializers.Serializer[Any]):
    """What is to change."""

    url = Text(max_length=2048, required=False)
    events = serializers.ListField(child=Text(max_length=64), required=False, max_length=endpoints.MOST_EVENTS)
    description = Text(max_length=128, required=False, allow_blank=True)
    paused = Flag(required=False)


class WebhookOut(serializers.ModelSerializer[Webhook]):
    """An endpoint and how it fares."""

    class Meta:
        model = Webhook
        fields = (
            *("id", "url", "description", "events", "paused", "paused_because", "failures", "failing_since"),
            *("last_success_at", "last_failure_at", "last_error", "created_at"),
        )


class WebhooksOut(serializers.Serializer[Any]):
    """The namespace's endpoints."""

    webhooks = WebhookOut(many=True)


class WebhookSecretOut(serializers.Serializer[Any]):
    """An endpoint with its signing secret, shown once."""

    webhook = WebhookOut()
    secret = serializers.CharField()


class DeliveryOut(serializers.ModelSerializer[Delivery]):
    """A message and what became of it."""

    class Meta:
        model = Delivery
        fields = ("id", "event", "state", "attempts", "status", "error", "created_at", "due_at", "done_at")


class DeliveriesOut(serializers.Serializer[Any]):
    """The newest messages to an endpoint."""

    deliveries = DeliveryOut(many=True)


class ReplayIn(serializers.Serializer[Any]):
    """Which dead messages to send again; all without ids."""

    ids = serializers.ListField(child=Identity(), required=False, max_length=1000)


class MessagesCountOut(serializers.Serializer[Any]):
    """How many."""

    count = serializers.IntegerField()


class WebhooksView(MemoryView):
    """The namespace's endpoints."""

    scope = Scope.ADMIN

    @extend_schema(operation_id="v1_admin_webhooks_list", responses=WebhooksOut)
    def get(self, request: Request) -> Response:
        """All of them, oldest first."""
        return Response(WebhooksOut({"webhooks": endpoints.webhooks_list(caller=self.caller)}).data)

    @extend_schema(request=WebhookIn, responses={201: WebhookSecretOut})
    def post(self, request: Request) -> Response:
        """Make one. Its secret is shown here and nowhere else."""
        new = endpoints.webhook_create(caller=self.caller, **parsed(WebhookIn, request))
        return Response(WebhookSecretOut({"webhook": new.webhook, "secret": new.secret}).data, status=201)


class WebhookView(MemoryView):
    """One endpoint."""

    scope = Scope.ADMIN

    @extend_schema(responses=WebhookOut)
    def get(self, request: Request, id: str) -> Response:
        """How it fares."""
        return Response(WebhookOut(endpoints.webhook_find(caller=self.caller, id=identity(id))).data)

    @extend_schema(request=WebhookChangeIn, responses=WebhookOut)
    @idempotent
    def patch(self, request: Request, id: str) -> Response:
        """Change it; `paused: false` sends what has waited."""
        changes = parsed(WebhookChangeIn, request)
        return Response(WebhookOut(endpoints.webhook_change(caller=self.caller, id=identity(id), **changes)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, id: str) -> Response:
        """Remove it with all that waits for it."""
        endpoints.webhook_delete(caller=self.caller, id=identity(id))
        return Response(status=204)


class WebhookSecretView(MemoryView):
    """Its signing secret."""

    scope = Scope.ADMIN

    @extend_schema(request=None, responses=WebhookSecretOut)
    def post(self, request: Request, id: str) -> Response:
        """A new one; for a day messages carry signatures of both."""
        new = endpoints.webhook_rotate(caller=self.caller, id=identity(id), now=clock.now())
        return Response(WebhookSecretOut({"webhook": new.webhook, "secret": new.secret}).data)


class WebhookTestView(MemoryView):
    """A message to try the endpoints with."""

    scope = Scope.ADMIN

    @extend_schema(request=None, responses=MessagesCountOut)
    def post(self, request: Request) -> Response:
        """Send the event `test` to every endpoint of the namespace."""
        return Response({"count": send_event(self.caller.namespace_id, "test", {"by": self.caller.subject})})


class DeliveriesView(MemoryView):
    """What was, is or could not be delivered."""

    scope = Scope.ADMIN

    @extend_schema(
        parameters=[OpenApiParameter("state", enum=DeliveryState.values)],
        responses=DeliveriesOut,
    )
    def get(self, request: Request, id: str) -> Response:
        """The newest messages to an endpoint."""
        state = request.query_params.get("state")
        if state is not None and state not in DeliveryState.values:
            raise Invalid(f"state must be one of {', '.join(DeliveryState.values)}.", field="state")
        found = endpoints.deliveries_list(caller=self.caller, id=identity(id), state=state)
        return Response(DeliveriesOut({"deliveries": found}).data)

    @extend_schema(request=ReplayIn, responses=MessagesCountOut)
    def post(self, request: Request, id: str) -> Response:
        """Send dead messages again."""
        ids = parsed(ReplayIn, request).get("ids")
        count = endpoints.deliveries_replay(caller=self.caller, id=identity(id), ids=ids, now=clock.now())
        return Response({"count": count})


def identity(text: str) -> UUID:
    """The id in a path; what is none names nothing."""
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("There is no webhook of that id.", field="id") from error
