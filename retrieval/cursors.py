"""Cursors of a recall: (trace, offset) with a MAC, since a learned score has no stable key to page by."""

import base64
import binascii
import hmac
from hashlib import blake2b
from uuid import UUID

from accounts.door import Caller
from accounts.errors import Invalid
from accounts.keyring import derived

_MAC = 16  # bytes


def cursor_sealed(caller: Caller, trace_id: UUID, offset: int) -> str:
    """The cursor of a place in a trace, good in the caller's namespace only; 46 characters."""
    place = trace_id.bytes + offset.to_bytes(2, "big")
    return base64.urlsafe_b64encode(place + _mac(caller, place)).decode().rstrip("=")


def cursor_opened(caller: Caller, cursor: str) -> tuple[UUID, int]:
    """The trace and the offset of a cursor. Raises Invalid for one that this namespace did not hand out."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    place, mac = raw[:18], raw[18:]
    if len(raw) != 18 + _MAC or not hmac.compare_digest(mac, _mac(caller, place)):
        raise Invalid("The cursor is none of ours; start the recall again.", field="cursor")
    return UUID(bytes=place[:16]), int.from_bytes(place[16:], "big")


def _mac(caller: Caller, place: bytes) -> bytes:
    return blake2b(place, key=derived(f"cursors:{caller.namespace_id}"), digest_size=_MAC).digest()
