"""What every page of the console keeps to: rights by role and namespace, deeds instead of Django's own history,
no counting of large tables, nothing editable that was not meant to be.
"""

from collections.abc import Collection, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

from accounts.deeds import deed_append
from accounts.door import Caller
from accounts.errors import GarnerError
from accounts.scopes import Scope
from console.operations import Operation
from console.viewer import Viewer, viewer_of


class ConsoleAdmin(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """The base of all: read-only unless a subclass names fields in `editable`."""

    paginator = InfinitePaginator  # no count(*): a page says only whether another follows
    show_full_result_count = False
    list_per_page = 50
    list_disable_select_all = True
    list_fullwidth = True
    operations: ClassVar[Sequence[Operation]] = ()  # what can be done to rows, besides editing
    editable: ClassVar[Collection[str]] = ()  # fields that a person may change
    addable: ClassVar[Collection[str]] = ()  # fields of a new row; none: nobody adds one here
    changes: ClassVar[Scope] = Scope.ADMIN  # the right that changing and adding ask for
    sees: ClassVar[Scope] = Scope.RECALL  # the right that looking asks for

    def told(self, row: Any) -> str:
        """A row in words, for the question whether to do something to it."""
        return str(row)

    @property
    def actions(self) -> list[Any]:
        """The operations as Django's actions."""
        return [one.action for one in self.operations]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Those that this person may do to anything."""
        viewer = viewer_of(request)
        found = super().get_actions(request).items()
        return {name: made for name, made in found if made[0].operation.offered(viewer)}

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Sequence[str]:
        """All fields but the editable ones (the addable ones of a new row)."""
        free = self.addable if obj is None else self.editable
        named = self._named(request, obj)
        return [name for name in named if name not in free]

    def _named(self, request: HttpRequest, obj: Model | None) -> list[str]:
        if self.fieldsets:
            return [name for _, options in self.fieldsets for name in _flat(options["fields"])]
        if self.fields:
            return list(_flat(self.fields))
        hidden = {*(self.exclude or ()), *(one.name for one in self.opts.concrete_fields if _is_secret(one.name))}
        concrete = [field.name for field in self.opts.concrete_fields if field.name not in hidden]
        return [*concrete, *(name for name in self.readonly_fields if name not in concrete)]

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Sequence[Any]:
        """The fields shown: of a new row only those that can be filled in."""
        if obj is None and self.addable:
            return list(self.addable)
        return self.fields or self._named(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """As declared; a new row has its addable fields only."""
        if obj is None and self.addable:
            return [(None, {"fields": list(self.addable)})]
        return super().get_fieldsets(request, obj)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new row stands in the namespace in view, where there is only one."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        viewer = viewer_of(request)
        return {"namespace": viewer.namespaces[0], **initial} if len(viewer.callers) == 1 else initial

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never by Django's form: what destroys is an operation, which asks and writes a deed."""
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Where there are addable fields, for those who may change."""
        return bool(self.addable) and self._may(viewer_of(request), self.changes, None)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Where there are editable fields, for those who may change this row."""
        return bool(self.editable) and self._may(viewer_of(request), self.changes, obj)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """For those who may look at this row."""
        return self._may(viewer_of(request), self.sees, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """As viewing."""
        return self.has_view_permission(request)

    def _may(self, viewer: Viewer, scope: Scope, obj: Model | None) -> bool:
        raise NotImplementedError

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None:
        """A deed; Django's own log knows no namespaces and stays empty."""
        self._deed(request, obj, "add", sorted(self.addable))

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None:
        """A deed with the names of the changed fields."""
        self._deed(request, obj, "change", self._changed(message))

    def _deed(self, request: HttpRequest, obj: Model, verb: str, fields: list[str]) -> None:
        subjects = [obj.pk] if isinstance(obj.pk, UUID) else []
        detail = {"model": self.opts.label_lower, "row": str(obj.pk), "fields": fields}
        for caller in self._deed_goes_to(viewer_of(request), obj):
            deed_append(caller=caller, verb=f"console.{verb}", subjects=subjects, detail=detail)

    def _deed_goes_to(self, viewer: Viewer, obj: Model) -> list[Caller]:
        """The callers whose namespaces a change of this row is logged in."""
        concerned = self._namespaces_of(obj)
        return [caller for caller in viewer.callers if caller.namespace_id in concerned]

    def _changed(self, message: Any) -> list[str]:
        changed = [part.get("changed", {}).get("fields", []) for part in message if isinstance(part, dict)]
        return sorted(str(name) for names in changed for name in names)

    def _namespaces_of(self, obj: Model) -> set[int]:
        """The namespaces that a row concerns."""
        return set()

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """As Django's; ids that are none name nothing."""
        try:
            for key in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.opts.pk.to_python(key)
        except ValidationError:
            messages.error(request, "There is no such row.")
            return redirect(request.get_full_path())
        answer: HttpResponse | None = super().response_action(request, queryset)
        return answer

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """As Django's; what a service refuses is told on the page."""
        try:
            page: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        except GarnerError as error:
            messages.error(request, error.message)
            return redirect(request.get_full_path())
        return page

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """What was done to a row is in the deeds."""
        return redirect(f"{reverse('admin:console_deedline_changelist')}?q={object_id}")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A choice offers what its own pages would show this person, nothing else."""
        related = self.admin_site._registry.get(db_field.related_model)  # noqa: SLF001 (Django's own way to it)
        empty = db_field.related_model._default_manager.none()  # noqa: SLF001 (Django's documented manager API)
        kwargs["queryset"] = related.get_queryset(request) if related else empty
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """As for foreign keys."""
        related = self.admin_site._registry.get(db_field.related_model)  # noqa: SLF001 (as above)
        empty = db_field.related_model._default_manager.none()  # noqa: SLF001 (as above)
        kwargs["queryset"] = related.get_queryset(request) if related else empty
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class TenantAdmin(ConsoleAdmin):
    """Rows of namespaces. `namespace_path` leads from a row to the id of its namespace, as in a filter."""

    namespace_path: ClassVar[str] = "namespace_id"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows of those namespaces in view where the person may look. Said here as well as by the database."""
        viewer = viewer_of(request)
        ids = [one.namespace_id for one in viewer.callers if self.sees in one.scopes]
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(**{f"{self.namespace_path}__in": ids})

    def _may(self, viewer: Viewer, scope: Scope, obj: Model | None) -> bool:
        return viewer.may(scope, None if obj is None else self._namespaces_of(obj))

    def _namespaces_of(self, obj: Model) -> set[int]:
        rows = self.model._default_manager.filter(pk=obj.pk)  # noqa: SLF001 (Django's documented manager API)
        return set(rows.values_list(self.namespace_path, flat=True))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, unless the row would stand in a namespace where the person may not change anything."""
        super().save_model(request, obj, form, change)
        viewer = viewer_of(request)
        if not all(viewer.may(self.changes, [one]) for one in self._namespaces_of(obj)):
            raise PermissionDenied


class OperatorAdmin(ConsoleAdmin):
    """Rows of the instance itself: only operators see them."""

    def _may(self, viewer: Viewer, scope: Scope, obj: Model | None) -> bool:
        return viewer.operates

    def _deed_goes_to(self, viewer: Viewer, obj: Model) -> list[Caller]:
        return list(viewer.callers)


def _is_secret(name: str) -> bool:
    """Whether a field is nobody's to see, whoever forgets to leave it out."""
    return any(word in name for word in ("secret", "digest", "sealed", "password"))


def _flat(names: Any) -> list[str]:
    """Field names out of Django's lists with pairs in them."""
    return [one for name in names for one in (name if isinstance(name, list | tuple) else [name])]
