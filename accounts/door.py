"""The one door to rows: `with tenant(caller):` is a transaction that sees the caller's namespaces only.

The setting lives as long as the transaction (`set_config(..., true)`), so a pooled connection carries nothing
to its next borrower, and PostgreSQL's row-level security refuses every row outside it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from accounts.errors import Forbidden
from accounts.scopes import Scope

NAMESPACE_HEADER = "HTTP_X_NAMESPACE"  # in a WSGI environment: which namespace a request is about
OPEN_SQL = "SELECT set_config('garner.namespaces', %s, true), set_config('synchronous_commit', %s, true)"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: one key of one namespace. `subject` names it in deeds and traces, never the key itself.

    `client` and `role` are what the software says of itself ("codex/1.4", "chat"). They are written down beside the
    subject and decide nothing: rights and quotas belong to the key, which a client cannot rename.
    """

    namespace_id: int
    namespace: str
    subject: str
    scopes: frozenset[Scope]
    key_id: UUID | None = None
    grains_per_minute: int | None = None
    requests_per_second: int | None = None
    mcp_profile: str = ""
    profile: str = ""
    client: str = ""
    role: str = ""
    networks: tuple[str, ...] = ()

    @property
    def stated(self) -> dict[str, str]:
        """What the software says of itself, as far as it does: for deeds and traces."""
        named = {"client": self.client, "role": self.role}
        return {name: value for name, value in named.items() if value}

    def require(self, scope: Scope) -> None:
        """Raise Forbidden unless the key has this scope."""
        if scope not in self.scopes:
            raise Forbidden(f"This key may not {scope}: it needs the scope '{scope}'.")

    def require_namespace(self, name: str | None) -> None:
        """Raise Forbidden when a request names another namespace than the key's own."""
        if name is not None and name != self.namespace:
            raise Forbidden("cannot access namespace outside your scope", field="namespace")


Opening = tuple[str, list[str]]
_opening: ContextVar[Opening | None] = ContextVar("garner_opening", default=None)
_inside: ContextVar[Caller | None] = ContextVar("garner_tenant", default=None)
_own: ContextVar[bool] = ContextVar("garner_own_transaction", default=False)  # nobody joined it, nor does it join
_wide: ContextVar[str | None] = ContextVar("garner_wide", default=None)  # the wide door's setting


@contextmanager
def tenant(caller: Caller, *, durable: bool = True, rides: bool = False) -> Iterator[None]:
    """Open the door for `caller`; commit on leaving, roll back on an exception.

    With durable=False the commit does not wait for the disk (traces). With rides=True the door opens together with the
    first pipelined statements (opening_taken), which saves a round trip: before them no row is visible. Entering again
    for the same caller joins the open transaction; entering for another one raises RuntimeError, as does an outer
    transaction that is not the door's, which would keep the setting after the door has closed.
    """
    current = _inside.get()
    if current is not None:
        if current.namespace_id != caller.namespace_id:
            raise RuntimeError("A door is open for another namespace.")
        if (waiting := opening_taken()) is not None:  # what is done inside may not go through the pipeline
            _open(waiting)
        joined = _own.set(False)
        try:
            yield
        finally:
            _own.reset(joined)
        return
    outer = _wide.get()
    opening = OPEN_SQL, [str(caller.namespace_id), "on" if durable or outer is not None else "off"]
    riding = _opening.set(opening if rides and outer is None else None)
    with transaction.atomic(durable=outer is None):
        if _opening.get() is None:
            _open(opening)
        token, own = _inside.set(caller), _own.set(outer is None)
        try:
            yield
        finally:
            _own.reset(own)
            _inside.reset(token)
            _opening.reset(riding)
        if outer is not None:  # an exception rolls back to the savepoint, and the setting with it
            _see(outer)


def _open(opening: Opening) -> None:
    with connection.cursor() as cursor:
        cursor.execute(*opening)


def opening_taken() -> Opening | None:
    """The statement that opens a door which waits for its first trip, to be run at once; None when it is open."""
    opening = _opening.get()
    if opening is not None:
        _opening.set(None)
    return opening


def closes_alone() -> bool:
    """Whether the last statements of this door may commit as well: it is one transaction's only door."""
    return _own.get() and len(connection.atomic_blocks) == 1


@contextmanager
def wide(callers: Sequence[Caller]) -> Iterator[None]:
    """Open the door for a person who looks at several namespaces at once: the console's pages.

    One transaction over the namespaces of `callers`, none when there are none. What is done to one of them goes
    through `tenant` inside, which narrows the door until it closes. Inside another wide door it stands for its own
    namespaces until it closes.
    """
    listed = ",".join(str(caller.namespace_id) for caller in callers)
    outer = _wide.get()
    with transaction.atomic(durable=outer is None):
        _see(listed)
        token = _wide.set(listed)
        try:
            yield
        finally:
            _wide.reset(token)
        if outer is not None:
            _see(outer)


def _see(listed: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(OPEN_SQL, [listed, "on"])
