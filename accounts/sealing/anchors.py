"""Anchors: signed lists of chain heads, for keeping elsewhere: even who has the keyring is held to them."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from accounts.errors import Invalid
from accounts.keyring import derived

VERSION = 1


def anchor_make(seals: Mapping[int, tuple[int, bytes]], now: datetime) -> dict[str, Any]:
    """A signed statement that these are the last seals of these namespaces now."""
    said = {
        "version": VERSION,
        "made_at": now.isoformat(),
        "heads": {str(ns): {"seal": n, "mac": mac.hex()} for ns, (n, mac) in sorted(seals.items())},
        "public_key": _key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex(),
    }
    return {**said, "signature": _key().sign(_text(said)).hex()}


def anchor_read(anchor: Any) -> dict[int, tuple[int, bytes]]:
    """The heads that an anchor names. Raises Invalid unless this instance has signed it."""
    try:
        said = {name: anchor[name] for name in ("version", "made_at", "heads", "public_key")}
        ours = _key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
        if said["public_key"] != ours:
            raise Invalid("The anchor was signed by another instance, or under another keyring.")
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(ours)).verify(bytes.fromhex(anchor["signature"]), _text(said))
        return {int(ns): (int(head["seal"]), bytes.fromhex(head["mac"])) for ns, head in said["heads"].items()}
    except (KeyError, TypeError, ValueError, AttributeError, InvalidSignature) as error:
        raise Invalid("This is no anchor, or it was changed.") from error


def _text(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def _key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(derived("anchors"))
