"""Who looks at the console, and which namespaces they have before them.

A member sees the namespaces that they belong to, with the rights of their role in each. An operator (superuser) sees
those that they chose, by name, with all rights; before they choose, those that they belong to.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from accounts.door import Caller
from accounts.models import Namespace, User
from accounts.people.services.deeds import callers_of, subject_of
from accounts.scopes import Scope

CHOSEN = "console_namespaces"  # the session's key for an operator's choice: a list of ids
MOST = 50  # namespaces before somebody's eyes at once; each gets a deed for each page


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person with both factors, and a caller for each namespace in view."""

    user: User
    callers: tuple[Caller, ...]

    @property
    def operates(self) -> bool:
        """Whether they operate the instance: what belongs to no namespace is theirs to see."""
        return bool(self.user.is_superuser)

    @property
    def namespaces(self) -> list[int]:
        """The ids in view."""
        return [caller.namespace_id for caller in self.callers]

    def caller(self, namespace_id: int) -> Caller | None:
        """Them, acting in this namespace, if it is in view."""
        return next((caller for caller in self.callers if caller.namespace_id == namespace_id), None)

    def may(self, scope: Scope, namespaces: Iterable[int] | None = None) -> bool:
        """Whether they have the scope in one of these namespaces, by default in any in view."""
        wanted = None if namespaces is None else set(namespaces)
        return any(scope in one.scopes for one in self.callers if wanted is None or one.namespace_id in wanted)


def viewer_of(request: HttpRequest) -> Viewer:
    """The request's viewer; worked out once. The site has checked that somebody is signed in."""
    known: Viewer | None = getattr(request, "console_viewer", None)
    if known is None:
        user: Any = request.user
        known = Viewer(user, tuple(_in_view(user, request.session.get(CHOSEN))))
        request.console_viewer = known  # type: ignore[attr-defined] # kept where Django keeps the user
    return known


def namespaces_choose(request: HttpRequest, ids: Iterable[int]) -> None:
    """Take these namespaces into view from the next request on; of a member's choice only their own count."""
    request.session[CHOSEN] = sorted(set(ids))[:MOST]


def _in_view(user: User, chosen: list[int] | None) -> list[Caller]:
    if user.is_superuser and chosen is not None:
        found = Namespace.objects.filter(pk__in=chosen).order_by("pk")
        return [Caller(one.pk, one.name, subject_of(user), frozenset(Scope), grains_per_minute=0) for one in found]
    own = callers_of(user)[:MOST]
    return own if chosen is None else [caller for caller in own if caller.namespace_id in chosen]
