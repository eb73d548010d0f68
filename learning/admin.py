"""Disputes and alerts on the console: to look at. What waits is decided on the review page."""

from django.contrib import admin

from accounts.scopes import Scope
from console.base import TenantAdmin
from console.site import site
from learning.models import Alert, Dispute


@admin.register(Dispute, site=site)
class DisputeAdmin(TenantAdmin):
    """Pairs of memories that contradict each other, and what became of them."""

    sees = Scope.ADMIN
    list_display = ("opened_at", "namespace", "relation", "rule", "state", "decided_by", "older", "newer")
    list_filter = ("state", "relation", "rule")
    list_select_related = ("namespace",)
    ordering = ("-opened_at",)


@admin.register(Alert, site=site)
class AlertAdmin(TenantAdmin):
    """Signals of health that people were told of."""

    sees = Scope.ADMIN
    list_display = ("at", "namespace", "signal", "turn", "severity", "value", "state", "attempts", "error")
    list_filter = ("signal", "severity", "state")
    list_select_related = ("namespace",)
    ordering = ("-at",)
