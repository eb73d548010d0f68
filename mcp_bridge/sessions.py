"""The client's name between two stateless requests of the older protocol.

There a client says its name once, at `initialize`; the next request may reach another process. So the session id that
we hand out is the name itself, and comes back with each request. It proves nothing and opens nothing: the key does.
"""

import base64
import binascii
import secrets

import orjson

from accounts.stated import NAME_CHARS, printable
from mcp_bridge.identity import software


def session_for(body: bytes) -> str:
    """The session id for an `initialize` request; "" for any other body."""
    if b'"initialize"' not in body:
        return ""
    try:
        message = orjson.loads(body)
        told = message["params"]["clientInfo"] if message["method"] == "initialize" else {}
        name = software(str(told["name"]), str(told.get("version", "")))
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return ""
    return f"{secrets.token_hex(8)}.{base64.urlsafe_b64encode(name.encode()).decode()}"


def client_in(session: str) -> str:
    """The name in a session id of ours; "" in any other."""
    try:
        told = base64.urlsafe_b64decode(session.partition(".")[2].encode())
        return printable(told.decode(), NAME_CHARS)
    except (binascii.Error, UnicodeError):
        return ""
