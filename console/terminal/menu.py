"""The menu of `manage.py admin_console`: search, purge, restore, look closely, audit, change password, dashboard."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.conf import settings

from accounts.deeds import deed_append
from accounts.door import Caller, tenant
from accounts.errors import GarnerError, NotFound
from accounts.models import Deed, Namespace
from accounts.people.services.accounts import password_change
from accounts.people.services.deeds import callers_of, subject_of
from accounts.scopes import Scope
from console.admin.dossier import dossier
from console.terminal.entrance import Guest
from console.terminal.talk import HungUp, Talk
from grains.models import Grain
from grains.services.forget import grain_forget
from learning.lifecycle.moving import grains_take_back
from retrieval.recall import recall
from retrieval.search import Search

FOUND = 20  # results of a search: Flux's number
AUDITED = 50  # deeds of the log: Flux's number
REASON = 200  # characters of a reason that the deed keeps


@dataclass(slots=True)
class Menu:
    """One person at one terminal, in one namespace at a time."""

    talk: Talk
    guest: Guest
    caller: Caller

    def run(self) -> None:
        """Ask what to do until there is nothing more to do."""
        while True:
            lines = (f"  {key}  {name}" for key, (name, _) in MENU.items())
            self.talk.say("", f"Namespace {self.caller.namespace}", *lines)
            try:
                choice = self.talk.ask("Choose")
                if choice == "0":
                    return
                _, act = MENU.get(choice, ("", Menu.unknown))
                act(self)
            except HungUp:
                return
            except GarnerError as error:
                self.talk.say(error.message)

    def unknown(self) -> None:
        """Not a line of the menu."""
        self.talk.say("There is no such line.")

    def search(self) -> None:
        """Ask as an agent would; ids are whole, for what follows."""
        self.caller.require(Scope.RECALL)
        query = self.talk.ask("Question")
        self._looked("search")
        found = recall(caller=self.caller, search=Search(query=query, limit=FOUND))
        for result in found.results:
            content = " ".join(result.memory.content.split())
            self.talk.say(f"{result.memory.grain.id}  {result.score:.2f}  {content[:160]}")
        self.talk.say(f"{len(found.results)} found; advice: {found.verdict.decision}.")

    def purge(self) -> None:
        """Erase a memory, after a look at it, a reason, a yes and a fresh code."""
        self.caller.require(Scope.FORGET)
        id_ = self._id()
        self._show(id_)
        reason = self.talk.ask("Reason")
        if self.talk.ask("Erase it for good? (yes/no)") != "yes" or not self.guest.prove(self.talk):
            self.talk.say("Nothing was erased.")
            return
        with tenant(self.caller):
            gone = grain_forget(caller=self.caller, ids=[id_])
            detail = {"reason": reason[:REASON]}
            deed_append(caller=self.caller, verb="console.purge", subjects=[id_], detail=detail)
        self.talk.say(f"{gone} erased.")

    def restore(self) -> None:
        """Make a memory active again."""
        count = grains_take_back(caller=self.caller, ids=[self._id()])
        self.talk.say("It is active again." if count else "It was active already, or there is no such memory.")

    def details(self) -> None:
        """All that is known about a memory, as JSON."""
        self._show(self._id())

    def audit(self) -> None:
        """The newest deeds."""
        self.caller.require(Scope.ADMIN)
        self._looked("audit")
        with tenant(self.caller):
            lines = list(Deed.objects.filter(namespace_id=self.caller.namespace_id).order_by("-at")[:AUDITED])
        for line in lines:
            subjects = " ".join(str(one) for one in line.subjects[:3])
            self.talk.say(f"{line.at:%Y-%m-%d %H:%M:%S}  {line.actor}  {line.verb}  {subjects}")

    def change_password(self) -> None:
        """A new password; sessions in browsers end."""
        if not self.guest.user.check_password(self.talk.ask_secret("Your password now")):
            self.talk.say("That is not your password.")
            return
        first = self.talk.ask_secret("New password (12 characters or more)")
        if self.talk.ask_secret("The same again") != first:
            self.talk.say("The two passwords differ.")
            return
        password_change(user=self.guest.user, password=first)
        self.talk.say("It is changed.")

    def dashboard(self) -> None:
        """Where the console's pages are."""
        local = f"http://{settings.GARNER_HOST}:{settings.GARNER_PORT}"
        self.talk.say(f"{settings.PUBLIC_URL.rstrip('/') or local}/admin/")

    def change_namespace(self) -> None:
        """Work in another namespace."""
        self.caller = chosen(self.talk, self.guest)

    def _id(self) -> UUID:
        try:
            return UUID(self.talk.ask("Id of the memory"))
        except ValueError as error:
            raise NotFound("An id has 32 hexadecimal digits.", field="id") from error

    def _show(self, id_: UUID) -> None:
        self.caller.require(Scope.RECALL)
        self._looked("details", id_)
        with tenant(self.caller):
            grain = Grain.objects.filter(namespace_id=self.caller.namespace_id, pk=id_).first()
            if grain is None:
                raise NotFound("There is no such memory here.", field="id")
            self.talk.say(json.dumps(_told(grain), indent=2, ensure_ascii=False, default=str))

    def _looked(self, page: str, *subjects: UUID) -> None:
        """A deed: who looked at what from a terminal."""
        with tenant(self.caller):
            detail = {"page": f"terminal.{page}"}
            deed_append(caller=self.caller, verb="console.view", subjects=subjects, detail=detail)


MENU: dict[str, tuple[str, Callable[[Menu], None]]] = {
    "1": ("Search", Menu.search),
    "2": ("Purge", Menu.purge),
    "3": ("Restore", Menu.restore),
    "4": ("Details of a memory", Menu.details),
    "5": ("Audit log", Menu.audit),
    "6": ("Change password", Menu.change_password),
    "7": ("Open dashboard", Menu.dashboard),
    "8": ("Another namespace", Menu.change_namespace),
    "0": ("Leave", Menu.unknown),
}


def chosen(talk: Talk, guest: Guest) -> Caller:
    """The person in the namespace that they name; the only one need not be named. Raises NotFound."""
    own = {caller.namespace: caller for caller in callers_of(guest.user)}
    if guest.user.is_superuser:
        name = talk.ask("Namespace [default]") or "default"
        found = Namespace.objects.filter(name=name).first()
        if found is None:
            raise NotFound(f"There is no namespace '{name}'.", field="namespace")
        return Caller(found.pk, found.name, subject_of(guest.user), frozenset(Scope), grains_per_minute=0)
    if len(own) == 1:
        return next(iter(own.values()))
    name = talk.ask(f"Namespace ({', '.join(own)})") if own else ""
    if name not in own:
        raise NotFound("You belong to no such namespace.", field="namespace")
    return own[name]


def _told(grain: Grain) -> dict[str, Any]:
    """A grain's row and its dossier, for reading."""
    whole = dossier(grain)
    row = {name: value for name, value in vars(grain).items() if not name.startswith("_") and name != "content_mac"}
    return {
        **row,
        "versions": [{"n": one.n, "content": one.content, "since": one.created_at} for one in whole.versions],
        "vitals": dict(whole.vitals),
        "passages": whole.passages,
        "recalls": [asdict(one) for one in whole.recalls],
    }
