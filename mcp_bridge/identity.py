"""Who is at the other end: the key's caller, with the name that the client's software gives itself."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

from accounts.door import Caller
from accounts.stated import NAME_CHARS, printable, stated
from mcp_bridge.profiles import Profile


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


def software(name: str, version: str) -> str:
    """A program's name and version as one word: "claude-code/2.1.0"."""
    return printable(f"{name}/{version}" if version else name, NAME_CHARS)
