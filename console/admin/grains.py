"""Grains: searched as an agent would, read whole, and put away, brought back or erased."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, IntegerField, OuterRef, QuerySet, Subquery, UUIDField, Value
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse

from accounts.door import Caller
from accounts.errors import GarnerError
from accounts.scopes import Scope
from console.admin.dossier import dossier
from console.admin.logs import uuid_or_none
from console.base import TenantAdmin
from console.operations import Operation
from console.site import site
from console.viewer import viewer_of
from grains.models import Grain, Version
from grains.services.custody import grains_pin, grains_quarantine, grains_unpin
from grains.services.forget import grain_forget
from learning.lifecycle.moving import grains_take_back
from retrieval.recall import recall
from retrieval.search import Search

FOUND = 50  # results of a search, of each namespace in view
SNIPPET = 160  # characters of a memory in the list


def _forget(caller: Caller, ids: Sequence[UUID]) -> int:
    caller.require(Scope.FORGET)
    return grain_forget(caller=caller, ids=ids)


OPERATIONS = (
    Operation(
        name="restore",
        label="Restore",
        question="These memories become active again: agents recall them.",
        work=lambda caller, ids: grains_take_back(caller=caller, ids=ids),
        scope=Scope.UPDATE,
    ),
    Operation(
        name="quarantine",
        label="Quarantine",
        question="Nobody recalls these memories until they are restored. Nothing is lost.",
        work=lambda caller, ids: grains_quarantine(caller=caller, ids=ids),
        scope=Scope.UPDATE,
    ),
    Operation(
        name="pin",
        label="Pin",
        question="No automatic change touches pinned memories.",
        work=lambda caller, ids: grains_pin(caller=caller, ids=ids),
        scope=Scope.UPDATE,
    ),
    Operation(
        name="unpin",
        label="Unpin",
        question="Automatic changes may touch these memories again.",
        work=lambda caller, ids: grains_unpin(caller=caller, ids=ids),
        scope=Scope.UPDATE,
    ),
    Operation(
        name="purge",
        label="Purge",
        question="These memories are erased with all their versions, vectors and terms. There is no way back.",
        work=_forget,
        scope=Scope.FORGET,
        destroys=True,
    ),
)


@admin.register(Grain, site=site)
class GrainAdmin(TenantAdmin):
    """Memories. None is edited here: agents write, people judge."""

    list_display = ("snippet", "namespace", "status", "kept", "author", "tags", "memory_type", "created_at")
    list_filter = ("status", "pinned", "memory_type", "provenance")
    list_select_related = ("namespace",)
    search_fields = ("id",)
    search_help_text = "A question, as an agent would ask it; or an id"
    ordering = ("-created_at", "id")
    operations = OPERATIONS
    exclude = ("content_mac", "session_key", "author_first", "flags")
    change_form_outer_before_template = "console/grain.html"

    def told(self, row: Any) -> str:
        """Its beginning."""
        return self.snippet(row)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The grains in view, each with the beginning of its content."""
        current = Version.objects.filter(
            namespace_id=OuterRef("namespace_id"), grain_id=OuterRef("pk"), n=OuterRef("version")
        )
        beginning = Subquery(current.values(text=Left("content", SNIPPET))[:1])
        rows: QuerySet[Any] = super().get_queryset(request)
        annotated: QuerySet[Any] = rows.annotate(beginning=beginning)
        return annotated

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """What recall finds, best first (those of several namespaces one after the other); or the grain of this id."""
        if not search_term:
            return queryset, False
        if (id_ := uuid_or_none(search_term)) is not None:
            return queryset.filter(pk=id_), False
        found = [id_ for caller in viewer_of(request).callers for id_ in _recalled(caller, search_term)]
        matching = queryset.filter(pk__in=found)
        if "o" in request.GET:  # sorted by a column
            return matching, False
        places = Value(found, output_field=ArrayField(UUIDField()))
        return matching.order_by(Func(places, F("pk"), function="array_position", output_field=IntegerField())), False

    @admin.display(description="pinned", ordering="pinned")
    def kept(self, grain: Grain) -> str:
        """A word for the few that are pinned."""
        return "pinned" if grain.pinned else ""

    @admin.display(description="memory", ordering=F("created_at"))
    def snippet(self, grain: Any) -> str:
        """The beginning of its content."""
        return grain.beginning or "(gone)"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The grain with everything that belongs to it."""
        grain = self.get_object(request, object_id)
        viewer = viewer_of(request)
        extra = {} if grain is None else {"dossier": dossier(grain), "offered": _offered(viewer, grain)}
        page: HttpResponse = super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})
        return page


def _offered(viewer: Any, grain: Grain) -> list[Operation]:
    return [one for one in OPERATIONS if one.scope and viewer.may(one.scope, [grain.namespace_id])]


def _recalled(caller: Caller, query: str) -> list[UUID]:
    try:
        found = recall(caller=caller, search=Search(query=query, limit=FOUND))
    except GarnerError:  # no question at all (blank, too long): nothing answers it
        return []
    return [result.memory.grain.id for result in found.results]
