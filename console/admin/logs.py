"""Deeds and recalls: to be read, never edited."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.scopes import Scope
from console.base import TenantAdmin
from console.models import DeedLine, TraceLine
from console.site import site

SKEW = timedelta(seconds=2)  # between a line's id and its moment: both come from the same clock


def uuid_or_none(text: str) -> UUID | None:
    """The id that this text is, if it is one."""
    try:
        return UUID(text.strip())
    except ValueError:
        return None


class LogAdmin(TenantAdmin):
    """A log behind the door, newest first."""

    ordering = ("-at",)
    list_select_related = ("namespace",)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Model | None:
        """The line of this id. A UUIDv7 tells its moment, so that one partition is looked into."""
        id_ = uuid_or_none(object_id)
        if id_ is None:
            return None
        near = self.get_queryset(request).filter(id=id_)
        if id_.version == 7:
            moment = datetime.fromtimestamp((id_.int >> 80) / 1000, UTC)
            near = near.filter(at__range=(moment - SKEW, moment + SKEW))
        return near.first()

    def _namespaces_of(self, obj: Model) -> set[int]:
        return {obj.namespace_id}  # type: ignore[attr-defined] # both logs have it


@admin.register(DeedLine, site=site)
class DeedAdmin(LogAdmin):
    """Who changed what, when, and who looked at it here."""

    sees = Scope.ADMIN
    list_display = ("at", "namespace", "actor", "verb", "about")
    search_fields = ("verb",)
    search_help_text = "A verb, an actor (user:1, key:...), or the id of what it was done to"
    fields = ("at", "namespace", "actor", "verb", "subjects", "detail", "id")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Lines with this verb, by this actor, or about this id."""
        if not search_term:
            return queryset, False
        id_ = uuid_or_none(search_term)
        if id_ is not None:
            return queryset.filter(subjects__contains=[id_]), False
        return queryset.filter(Q(verb__startswith=search_term) | Q(actor=search_term)), False

    @admin.display(description="about")
    def about(self, line: DeedLine) -> str:
        """The first ids and causes, shortened."""
        ids = ", ".join(str(one) for one in line.subjects[:2]) + (" ..." if len(line.subjects) > 2 else "")
        return f"{ids} {json.dumps(line.detail, ensure_ascii=False)[:120]}".strip()


@admin.register(TraceLine, site=site)
class TraceAdmin(LogAdmin):
    """Receipts of recalls: who asked what, what they were shown and why."""

    list_display = ("at", "namespace", "actor", "query", "profile", "decision")
    search_fields = ("query",)
    fields = ("at", "namespace", "actor", "query", "profile", "decision", "ranked", "params", "id")
    readonly_fields = ("ranked",)

    @admin.display(description="ranking")
    def ranked(self, line: TraceLine) -> SafeString:
        """The results, best first, with the signals that placed them."""
        rows = format_html_join(
            "",
            '<tr><td><a href="{}">{}</a></td><td>{}</td><td>{}</td></tr>',
            (
                (_grain_page(one.get("id", "")), one.get("id", ""), one.get("score", ""), _signals(one))
                for one in line.ranking
                if isinstance(one, dict)
            ),
        )
        head = "<tr><th>Grain</th><th>Score</th><th>Signals</th></tr>"
        return format_html('<div class="garner-panel"><table>{}{}</table></div>', SafeString(head), rows)


def _signals(line: dict[str, Any]) -> str:
    signals = line.get("signals") or {}
    return ", ".join(f"{name} {value:.3f}" for name, value in signals.items() if isinstance(value, int | float))


def _grain_page(id_: str) -> str:
    return reverse("admin:grains_grain_change", args=[id_]) if uuid_or_none(str(id_)) else "#"
