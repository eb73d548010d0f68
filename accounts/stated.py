"""What software says of itself: names that are written down beside a caller and decide nothing but a quota's share."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from accounts.door import Caller

NAME_CHARS, ROLE_CHARS = 64, 32
NOBODY = "default"  # Flux's caller id that names nobody
# Flux's.
ROLES = frozenset({"chat", "memory_writer", "background_lookup", "system", "admin", "test", "legacy", "other"})
_UNPRINTABLE = re.compile(r"[^\w.+:/@ -]")
_HEADERS = ("HTTP_X_FLUX_CLIENT", "HTTP_X_FLUX_ROLE", "HTTP_X_CALLER_ID")


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


def named(caller: Caller, *, caller_id: str = "", client: str = "", role: str = "") -> Caller:
    """The caller under Flux's names: `client` and `role`, else `caller_id`, client:role or a client alone.

    A role that Flux does not know is `other`.
    """
    if caller_id and caller_id != NOBODY and not client:
        client, _, said = caller_id.partition(":")
        role = role or said or ("legacy" if client == "anonymous" else "chat")
    role = role.strip().lower()
    role = role if role in ROLES or not role else "other"
    return stated(caller, client, role) if client or role else caller


def named_by_headers(caller: Caller, meta: Mapping[str, Any]) -> Caller:
    """The caller under the names in X-Flux-Client, X-Flux-Role and X-Caller-Id; itself where there are none."""
    if not any(header in meta for header in _HEADERS):
        return caller
    client, role, caller_id = (str(meta.get(header, "")) for header in _HEADERS)
    return named(caller, caller_id=caller_id, client=client, role=role)
