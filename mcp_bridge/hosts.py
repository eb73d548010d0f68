"""Which names a browser may have reached us by, and which pages it may ask from: DNS rebinding ends here."""

from collections.abc import Collection
from urllib.parse import urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def host_allowed(host: str, allowed: Collection[str]) -> bool:
    """Whether a Host header names one of `allowed`: "name" (any port), "name:port", ".domain" and all below it, "*"."""
    name, port = _split(f"//{host}")
    return bool(name) and any(_matches(name, port, entry) for entry in allowed)


def origin_allowed(origin: str, allowed: Collection[str]) -> bool:
    """Whether a page of this origin may ask: one of this machine, or exactly one of `allowed`; "*" is every page."""
    if not origin:
        return True  # not a browser
    name, _ = _split(origin)
    return name in LOOPBACK or origin in allowed or "*" in allowed


def _matches(name: str, port: int | None, entry: str) -> bool:
    if entry == "*":
        return True
    if entry.startswith("."):
        return name == entry[1:] or name.endswith(entry)
    wanted, wanted_port = _split(f"//{entry}")
    return name == wanted and wanted_port in {None, port}


def _split(url: str) -> tuple[str, int | None]:
    """(name, port) of a URL, lower case and without brackets; ("", None) for what is none."""
    try:
        parts = urlsplit(url)
        name, port = parts.hostname or "", parts.port
    except ValueError:
        return "", None
    more = parts.username or parts.password or parts.path.strip("/") or parts.query or parts.fragment
    return ("", None) if more else (name, port)
