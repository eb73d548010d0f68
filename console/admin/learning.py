"""What the graph learned, what jobs did on their own, and undoing it."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.door import Caller
from accounts.scopes import Scope
from console.admin.logs import uuid_or_none
from console.base import TenantAdmin
from console.operations import Operation
from console.site import site
from grains.models import Version
from learning.journal import journal_undo
from learning.models import Cluster, ClusterMember, Conduit, JournalEntry, RetentionRule, Run

MEMBERS = 20  # of a cluster, on its page


@admin.register(Conduit, site=site)
class ConduitAdmin(TenantAdmin):
    """Edges of the graph. They are learned, never edited."""

    list_display = ("id", "namespace", "origin", "relation", "target", "weight", "uses", "decay_class", "last_used_at")
    list_filter = ("relation", "decay_class")
    list_select_related = ("namespace",)
    search_fields = ("target",)
    search_help_text = "The number of a grain"
    ordering = ("-id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Conduits that lead to the grain of this number, or come from it."""
        if not search_term:
            return queryset, False
        if not search_term.isdecimal() or int(search_term) >= 2**63:
            return queryset.none(), False
        number = int(search_term)
        return queryset.filter(target=number) | queryset.filter(source=number), False

    @admin.display(description="from")
    def origin(self, conduit: Conduit) -> str:
        """The grain or the entry that it starts at."""
        return f"grain {conduit.source}" if conduit.source is not None else f"entry {conduit.entry}"


def _undo(caller: Caller, ids: Sequence[UUID]) -> int:
    caller.require(Scope.ADMIN)
    return sum(journal_undo(caller=caller, id=id_).restored for id_ in ids)


@admin.register(JournalEntry, site=site)
class JournalAdmin(TenantAdmin):
    """What was changed automatically, why, and undoing it."""

    sees = Scope.ADMIN
    list_display = ("at", "namespace", "kind", "actor", "why", "undone_at")
    list_filter = ("kind",)
    list_select_related = ("namespace",)
    search_fields = ("id",)
    search_help_text = "The id of an entry or of a run"
    ordering = ("-at",)
    operations = (
        Operation(
            name="undo",
            label="Undo",
            question="What these entries changed is put back as it was, unless something has changed it since.",
            work=_undo,
            scope=Scope.ADMIN,
            destroys=True,
        ),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The entry with this id, or those of the run with this id."""
        id_ = uuid_or_none(search_term)
        if id_ is None:
            return (queryset.none() if search_term else queryset), False
        return queryset.filter(pk=id_) | queryset.filter(run=id_), False

    @admin.display(description="why")
    def why(self, entry: JournalEntry) -> str:
        """The cause, shortened."""
        return json.dumps(entry.cause, ensure_ascii=False)[:120]


@admin.register(Run, site=site)
class RunAdmin(TenantAdmin):
    """Runs of jobs."""

    sees = Scope.ADMIN
    list_display = ("queued_at", "namespace", "job", "state", "actor", "started_at", "finished_at", "error")
    list_filter = ("job", "state")
    list_select_related = ("namespace",)
    ordering = ("-queued_at",)
    exclude = ("claim",)


@admin.register(RetentionRule, site=site)
class RetentionAdmin(TenantAdmin):
    """What a namespace keeps, and for how long. Set by its own settings and commands."""

    sees = Scope.ADMIN
    list_display = ("namespace", "place", "memory_type", "tag", "action", "after_days")
    list_select_related = ("namespace",)
    ordering = ("namespace", "place")


@admin.register(Cluster, site=site)
class ClusterAdmin(TenantAdmin):
    """Communities of memories, as they were found."""

    list_display = ("named", "namespace", "size", "cohesion", "created_at", "updated_at")
    list_select_related = ("namespace",)
    search_fields = ("name",)
    ordering = ("-size", "id")
    fields = ("id", "namespace", "name", "size", "cohesion", "members", "created_at", "updated_at")
    readonly_fields = ("members",)

    @admin.display(description="name", ordering="name")
    def named(self, cluster: Cluster) -> str:
        """Its name, or the beginning of its id."""
        return cluster.name or str(cluster.pk)[:13]

    @admin.display(description="strongest members")
    def members(self, cluster: Cluster) -> SafeString:
        """The memories nearest to its heart."""
        numbers = list(
            ClusterMember.objects.filter(namespace_id=cluster.namespace_id, cluster_id=cluster.pk)
            .order_by("-weight")
            .values_list("grain_number", flat=True)[:MEMBERS]
        )
        of_them = {"namespace_id": cluster.namespace_id, "grain__number__in": numbers, "ended_at": None}
        versions = Version.objects.filter(**of_them).values_list("grain_id", "content")
        lines = ((reverse("admin:grains_grain_change", args=[id_]), text[:160]) for id_, text in versions)
        return format_html("<ul>{}</ul>", format_html_join("", '<li><a href="{}">{}</a></li>', lines))
