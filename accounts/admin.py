"""Namespaces, people, members, keys and invitations on the console."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.door import Caller
from accounts.models import ApiKey, Membership, Namespace, User
from accounts.people.models import OneTimeLink, Purpose
from accounts.people.services.accounts import membership_end, sessions_end
from accounts.people.services.deeds import subject_of
from accounts.people.services.factors import factors_reset, has_factor
from accounts.people.services.links import invite, reset_link
from accounts.scopes import Role, Scope
from accounts.services.namespaces import namespace_create, namespace_delete
from accounts.services.own_keys import key_end, key_make
from console.base import TenantAdmin
from console.operations import Operation, shown_once
from console.site import site
from console.viewer import CHOSEN, Viewer, namespaces_choose, viewer_of


def _namespaces_delete(viewer: Viewer, keys: Sequence[int]) -> int:
    names = list(Namespace.objects.filter(pk__in=keys).values_list("name", flat=True))
    for name in names:
        namespace_delete(name=name, confirm=name)
    return len(names)


@admin.register(Namespace, site=site)
class NamespaceAdmin(TenantAdmin):
    """Tenants. Only operators make and delete them."""

    namespace_path = "pk"
    list_display = ("name", "created_at")
    search_fields = ("name",)
    ordering = ("name",)
    fields = ("name", "created_at")
    addable = ("name",)
    operations = (
        Operation(
            name="delete_namespaces",
            label="Delete with everything in them",
            question="These namespaces go, with all their memories, keys and recalls. There is no way back.",
            work=_namespaces_delete,
            destroys=True,
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """For operators."""
        return viewer_of(request).operates

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A new namespace comes into its maker's view."""
        obj.pk = namespace_create(name=obj.name).pk
        namespaces_choose(request, [*request.session.get(CHOSEN, viewer_of(request).namespaces), obj.pk])


def _reset_links(viewer: Viewer, keys: Sequence[int]) -> list[str]:
    people = User.objects.filter(pk__in=keys)
    return [f"{one}: {reset_link(user=one, actor=subject_of(viewer.user)).path}" for one in people]


def _factors_reset(viewer: Viewer, keys: Sequence[int]) -> int:
    for one in User.objects.filter(pk__in=keys):
        factors_reset(user=one, actor=subject_of(viewer.user))
    return len(keys)


def _sessions_end(viewer: Viewer, keys: Sequence[int]) -> int:
    people = User.objects.filter(pk__in=keys)
    actor = subject_of(viewer.user)
    return sum(
        sessions_end(user=one, marks=[session.mark for session in one.browser_sessions.all()], actor=actor)
        for one in people
    )


@admin.register(User, site=site)
class UserAdmin(TenantAdmin):
    """People. A namespace's admins see its members; what concerns the whole account is for operators."""

    namespace_path = "memberships__namespace_id"
    sees = Scope.ADMIN
    list_display = ("username", "email", "roles", "is_active", "is_superuser", "has_code", "last_login")
    search_fields = ("username", "email")
    ordering = ("username",)
    fields = ("username", "email", "roles", "is_active", "is_superuser", "has_code", "date_joined", "last_login")
    readonly_fields = ("roles", "has_code")
    editable = ("email", "is_active")
    operations = (
        Operation(
            name="reset_links",
            label="Make links to set a password",
            question="Each of these people gets a link that sets a new password, once, within an hour. Hand it over.",
            work=_reset_links,
            destroys=True,
        ),
        Operation(
            name="reset_second_factor",
            label="Reset the second factor",
            question="Their authenticators and recovery codes go, their sessions end. They enrol at the next sign-in.",
            work=_factors_reset,
            destroys=True,
        ),
        Operation(
            name="end_sessions",
            label="End their sessions",
            question="They are signed out everywhere, at once.",
            work=_sessions_end,
            destroys=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Operators see everybody; others the members of namespaces that they administer."""
        if viewer_of(request).operates:
            return User.objects.order_by(*self.ordering)
        return User.objects.filter(pk__in=super().get_queryset(request).values("pk")).order_by(*self.ordering)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """As the rows shown."""
        return viewer_of(request).operates or super().has_view_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """For operators: an account may belong to several namespaces."""
        return viewer_of(request).operates

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Only the editable fields; whoever is no longer active is signed out."""
        obj.save(update_fields=["email", "is_active"])
        if not obj.is_active:
            obj.browser_sessions.all().delete()

    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        """The column of roles names only namespaces in view."""
        return [_roles_in(viewer_of(request)) if name == "roles" else name for name in self.list_display]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """As Django's; the roles shown are those in view."""
        if obj is not None:
            obj.console_roles = _roles_in(viewer_of(request))(obj)
        return super().get_form(request, obj, change, **kwargs)

    @admin.display(description="roles")
    def roles(self, person: User) -> str:
        """The person's role in each namespace in view."""
        return str(getattr(person, "console_roles", ""))

    @admin.display(description="authenticator", boolean=True)
    def has_code(self, person: User) -> bool:
        """Whether they have enrolled."""
        return has_factor(person)


def _roles_in(viewer: Viewer) -> Any:
    @admin.display(description="roles")
    def roles(person: User) -> str:
        mine = person.memberships.select_related("namespace").filter(namespace_id__in=viewer.namespaces)
        return ", ".join(f"{one.namespace}: {one.role}" for one in mine)

    return roles


def _members_remove(caller: Caller, keys: Sequence[int]) -> int:
    return membership_end(caller=caller, ids=keys)


@admin.register(Membership, site=site)
class MembershipAdmin(TenantAdmin):
    """Who belongs to a namespace, as what."""

    sees = Scope.ADMIN
    list_display = ("user", "namespace", "role", "created_at")
    list_filter = ("role",)
    search_fields = ("user__username",)
    list_select_related = ("user", "namespace")
    ordering = ("namespace", "user")
    fields = ("user", "namespace", "role", "created_at")
    editable = ("role",)
    addable = ("user", "namespace", "role")
    operations = (
        Operation(
            name="remove_members",
            label="Remove from the namespace",
            question="These people lose their role. Their accounts stay.",
            work=_members_remove,
            scope=Scope.ADMIN,
            destroys=True,
        ),
    )


def _keys_revoke(caller: Caller, keys: Sequence[Any]) -> int:
    return len([key_end(caller=caller, id=str(key)) for key in keys])


@admin.register(ApiKey, site=site)
class ApiKeyAdmin(TenantAdmin):
    """Keys of agents. The key itself is shown once, when it is made."""

    sees = Scope.ADMIN
    list_display = ("label", "name", "namespace", "scopes", "created_at", "expires_at", "revoked_at", "last_used_at")
    search_fields = ("name",)
    list_select_related = ("namespace",)
    ordering = ("-created_at",)
    exclude = ("digest",)
    addable = ("namespace", "name", "scopes", "grains_per_minute", "expires_at")
    operations = (
        Operation(
            name="revoke_keys",
            label="Revoke",
            question="Whoever uses these keys is shut out within five seconds. A revoked key never works again.",
            work=_keys_revoke,
            scope=Scope.ADMIN,
            destroys=True,
        ),
    )

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """A new key's scopes are ticked, not typed."""
        form = super().get_form(request, obj, change, **kwargs)
        if obj is None and "scopes" in form.base_fields:
            ticks = [(scope.value, scope.value) for scope in Scope]
            form.base_fields["scopes"] = forms.MultipleChoiceField(choices=ticks, widget=forms.CheckboxSelectMultiple)
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Make the key, as the person may there."""
        caller = viewer_of(request).caller(obj.namespace_id)
        assert caller is not None  # what is offered is in view
        caller.require(Scope.ADMIN)
        new = key_make(
            caller=caller,
            scopes=frozenset(Scope(one) for one in form.cleaned_data["scopes"]),
            name=obj.name,
            grains_per_minute=obj.grains_per_minute,
            expires_at=obj.expires_at,
        )
        obj.pk, obj.console_secret = new.key.pk, new.secret

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """The key, this once."""
        return shown_once(self, request, "The new key", [obj.console_secret])


@admin.register(OneTimeLink, site=site)
class InvitationAdmin(TenantAdmin):
    """Invitations. The link is shown once, to whoever makes it."""

    sees = Scope.ADMIN
    list_display = ("namespace", "role", "email", "made_by", "created_at", "expires_at", "used_at")
    list_select_related = ("namespace",)
    ordering = ("-created_at",)
    fields = ("namespace", "role", "email", "made_by", "created_at", "expires_at", "used_at")
    addable = ("namespace", "role", "email")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Invitations only: links that set a password are nobody's to look at."""
        return super().get_queryset(request).filter(purpose=Purpose.INVITE)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Make the link."""
        caller = viewer_of(request).caller(obj.namespace_id or 0)
        assert caller is not None  # what is offered is in view
        new = invite(caller=caller, role=Role(obj.role), email=obj.email)
        obj.pk, obj.console_path = new.link.pk, new.path

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """The link, this once."""
        return shown_once(self, request, "The invitation", [request.build_absolute_uri(obj.console_path)])
