"""What a key may do. A role is a named bundle of scopes (memoryOSS's three roles)."""

from enum import StrEnum


class Scope(StrEnum):
    """One right; each endpoint, tool and command asks for exactly one."""

    RECALL = "recall"
    STORE = "store"
    UPDATE = "update"
    FEEDBACK = "feedback"
    FORGET = "forget"
    ADMIN = "admin"


class Role(StrEnum):
    """The bundles that people name."""

    READER = "reader"
    WRITER = "writer"
    ADMIN = "admin"

    @property
    def scopes(self) -> frozenset[Scope]:
        """The scopes of this role."""
        return _BUNDLES[self]


_READER = frozenset({Scope.RECALL})
_WRITER = _READER | {Scope.STORE, Scope.UPDATE, Scope.FEEDBACK}
_BUNDLES = {Role.READER: _READER, Role.WRITER: _WRITER, Role.ADMIN: frozenset(Scope)}
