"""Who is at the other end: the key's caller, with the name that the client's software gives itself."""

import re
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, replace

from accounts.door import Caller
from mcp_bridge.profiles import Profile

NAME_CHARS, ROLE_CHARS = 64, 32
_UNPRINTABLE = re.compile(r"[^\w.+:/@ -]")


@dataclass(frozen=True, slots=True)
class Connected:
    """One end of a transport. `ask` answers with the credential's caller, or raises Unauthenticated.

    Over HTTP it was asked already; over stdio it is asked again at every call, so that a revoked key stops. `client`
    is the name in a header, which goes before the one in the protocol; `hint` is for when there is neither.
    """

    ask: Callable[[], Caller]
    profile: Profile
    client: str = ""
    role: str = ""
    hint: str = ""

    def caller(self) -> Caller:
        """The caller of this call, under the names that it gives itself."""
        return stated(self.ask(), self.client or self.hint, self.role)


connected: ContextVar[Connected] = ContextVar("garner_mcp_connected")


def stated(caller: Caller, client: str, role: str) -> Caller:
    """The same caller with these names where they say anything."""
    return replace(
        caller,
        client=printable(client, NAME_CHARS) or caller.client,
        role=printable(role, ROLE_CHARS) or caller.role,
    )


def printable(name: str, limit: int) -> str:
    """A self-given name that may stand in a log: letters, digits and a little punctuation, cut to `limit`."""
    return _UNPRINTABLE.sub("", name).strip()[:limit]


def software(name: str, version: str) -> str:
    """A program's name and version as one word: "claude-code/2.1.0"."""
    return printable(f"{name}/{version}" if version else name, NAME_CHARS)
