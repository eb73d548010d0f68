"""Operations: what a person may do to rows, beyond editing. An operation asks first; one that destroys asks for a code
unless one was right within the last minutes; it acts through the services, as a caller of each row's namespace, so
rights, deeds and limits are the same as for a key.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.door import Caller
from accounts.errors import GarnerError
from accounts.people.services.factors import code_check
from accounts.scopes import Scope
from console.signin.steps import failure_count, is_fresh, verified_note
from console.viewer import Viewer, viewer_of

MOST = 500  # rows of one operation; Django takes no more than 1,000 fields of a form
# Gets who acts and the primary keys of rows; returns how many it changed, or what to show this once.
Work = Callable[[Any, Sequence[Any]], int | list[str]]
Action = Callable[[Any, HttpRequest, "QuerySet[Any]"], HttpResponse | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What can be done to rows. With a `scope`, `work` is called for each namespace with a Caller in it, and the
    scope is the right it takes there; without one it is for operators, and called once with the Viewer.
    """

    name: str
    label: str
    question: str
    work: Work
    scope: Scope | None = None
    destroys: bool = False

    @property
    def action(self) -> Action:
        """The operation as an action of Django's admin."""

        def act(admin: Any, request: HttpRequest, rows: "QuerySet[Any]") -> HttpResponse | None:
            return self.perform(admin, request, rows)

        act.__name__ = self.name
        act.short_description = self.label  # type: ignore[attr-defined] # as Django reads it
        act.operation = self  # type: ignore[attr-defined]
        return act

    def offered(self, viewer: Viewer) -> bool:
        """Whether this person may do it to anything."""
        return viewer.operates if self.scope is None else viewer.may(self.scope)

    def perform(self, admin: Any, request: HttpRequest, rows: "QuerySet[Any]") -> HttpResponse | None:
        """Ask, then do. Returns the page to show, or None for the list."""
        chosen = self._chosen(admin, rows)
        if refusal := self._refusal(viewer_of(request), chosen):
            messages.error(request, refusal)
            return None
        problem = _code_problem(request) if self.destroys and request.POST.get("confirmed") else ""
        if request.POST.get("confirmed") != "yes" or problem:
            return self._ask(admin, request, rows, problem)
        once = self._carry_out(request, chosen)
        return shown_once(admin, request, self.label, once) if once else None

    def _chosen(self, admin: Any, rows: "QuerySet[Any]") -> dict[int | None, list[Any]]:
        """Primary keys by namespace, or all under None for operators' work."""
        found: dict[int | None, list[Any]] = defaultdict(list)
        names = ["pk", *([admin.namespace_path] if self.scope else [])]
        for key, *namespace in rows.values_list(*names)[: MOST + 1]:
            found[namespace[0] if namespace else None].append(key)
        return found

    def _refusal(self, viewer: Viewer, chosen: dict[int | None, list[Any]]) -> str:
        """Why these rows cannot be worked on, or nothing."""
        if not chosen:
            return "Nothing was chosen."
        if sum(map(len, chosen.values())) > MOST:
            return f"At most {MOST} at once: choose fewer."
        if self.scope is None:
            return "" if viewer.operates else "This is for operators."
        may = all(viewer.may(self.scope, [namespace]) for namespace in chosen if namespace is not None)
        return "" if may else f"Your role may not do this in every one of these namespaces: it takes '{self.scope}'."

    def _ask(self, admin: Any, request: HttpRequest, rows: "QuerySet[Any]", problem: str) -> HttpResponse:
        context = {
            **admin.admin_site.each_context(request),
            "title": self.label,
            "opts": admin.opts,
            "operation": self,
            "rows": [(row.pk, admin.told(row)) for row in rows[:MOST]],
            "problem": problem,
            "needs_code": self.destroys and not is_fresh(request),
        }
        return TemplateResponse(request, "console/confirm.html", context)

    def _carry_out(self, request: HttpRequest, chosen: dict[int | None, list[Any]]) -> list[str]:
        """Do it namespace by namespace; one that refuses keeps the others' work. Returns what to show once."""
        viewer = viewer_of(request)
        once: list[str] = []
        for namespace, keys in chosen.items():
            actor = viewer if namespace is None else viewer.caller(namespace)
            where = f"{actor.namespace}: " if isinstance(actor, Caller) else ""
            try:
                done = self.work(actor, keys)
            except GarnerError as error:
                messages.error(request, f"{where}{error.message}")
                continue
            if isinstance(done, list):
                once += done
            else:
                messages.success(request, f"{where}{self.label}: {done} done.")
        return once


def shown_once(admin: Any, request: HttpRequest, title: str, lines: list[str]) -> HttpResponse:
    """A page with what is stored nowhere: a key, a link."""
    context = {**admin.admin_site.each_context(request), "title": title, "opts": admin.opts, "lines": lines}
    return TemplateResponse(request, "console/shown_once.html", context)


def _code_problem(request: HttpRequest) -> str:
    """What is wrong with the code that came along; nothing when it is right, or a recent one was."""
    if is_fresh(request):
        return ""
    user = viewer_of(request).user
    try:
        code_check(user=user, code=request.POST.get("code", ""))
    except GarnerError as error:
        if error.code == "wrong_code":
            failure_count(request, user)
        return error.message
    verified_note(request)
    return ""
