"""Signatures as the Standard Webhooks specification has them: HMAC-SHA256 over id, time and body."""

import base64
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

PREFIX = "whsec_"
SECRET_BYTES = 32  # the specification asks for 24 to 64


def secret_new() -> str:
    """A random signing secret, as receivers' libraries take it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed_headers(*, message_id: str, body: str, keys: Sequence[str], now: datetime) -> dict[str, str]:
    """The headers of one attempt: the time is that of sending, so that a receiver can refuse old recordings."""
    timestamp = str(int(now.timestamp()))
    said = f"{message_id}.{timestamp}.{body}".encode()
    signatures = [base64.b64encode(hmac.digest(_raw(key), said, "sha256")).decode() for key in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def _raw(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX))
