"""Where events are sent, and what became of them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from accounts.door import Caller
from accounts.scopes import Scope
from accounts.webhooks.endpoints import webhook_change, webhook_create, webhook_delete
from accounts.webhooks.models import Delivery, Webhook
from console.base import TenantAdmin
from console.operations import Operation, shown_once
from console.site import site
from console.viewer import viewer_of


def _pause(caller: Caller, ids: Sequence[UUID]) -> int:
    return len([webhook_change(caller=caller, id=id_, paused=True) for id_ in ids])


def _resume(caller: Caller, ids: Sequence[UUID]) -> int:
    return len([webhook_change(caller=caller, id=id_, paused=False) for id_ in ids])


def _delete(caller: Caller, ids: Sequence[UUID]) -> int:
    for id_ in ids:
        webhook_delete(caller=caller, id=id_)
    return len(ids)


@admin.register(Webhook, site=site)
class WebhookAdmin(TenantAdmin):
    """Endpoints. Their signing secret is shown once, when they are made."""

    sees = Scope.ADMIN
    list_display = (
        "url",
        "namespace",
        "events",
        "paused",
        "failures",
        "last_success_at",
        "last_failure_at",
        "last_error",
    )
    list_filter = ("paused",)
    list_select_related = ("namespace",)
    search_fields = ("url",)
    ordering = ("created_at",)
    exclude = ("secret", "old_secret", "claim", "claimed_until")
    addable = ("namespace", "url", "description", "events")
    operations = (
        Operation(
            name="resume",
            label="Resume",
            question="What has waited is sent at once.",
            work=_resume,
            scope=Scope.ADMIN,
        ),
        Operation(name="pause", label="Pause", question="Nothing is sent; it waits.", work=_pause, scope=Scope.ADMIN),
        Operation(
            name="delete",
            label="Delete",
            question="These endpoints go, with everything that waits for them.",
            work=_delete,
            scope=Scope.ADMIN,
            destroys=True,
        ),
    )

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Of a new one the events may be left out: then it hears of every one."""
        form = super().get_form(request, obj, change, **kwargs)
        if "events" in form.base_fields:
            form.base_fields["events"].required = False
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: forms.Form, change: bool) -> None:
        """Make the endpoint; its secret is kept until it is shown."""
        caller = viewer_of(request).caller(obj.namespace_id)
        assert caller is not None  # what is offered is in view
        caller.require(Scope.ADMIN)
        new = webhook_create(caller=caller, url=obj.url, events=obj.events or [], description=obj.description)
        obj.pk, obj.console_secret = new.webhook.pk, new.secret

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """The secret, this once."""
        return shown_once(self, request, "The endpoint's signing secret", [obj.console_secret])


@admin.register(Delivery, site=site)
class DeliveryAdmin(TenantAdmin):
    """What was sent, or could not be."""

    sees = Scope.ADMIN
    list_display = ("created_at", "namespace", "event", "state", "attempts", "status", "error", "done_at")
    list_filter = ("state",)
    list_select_related = ("namespace",)
    ordering = ("-created_at",)
