"""GARNER_OPEN_LOOPBACK=1: programs on this machine need no key. Off by default."""

from ipaddress import ip_address
from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.door import Caller
from accounts.scopes import Role
from accounts.services.namespaces import namespace_obtain


class LoopbackAuthentication(BaseAuthentication):
    """A request without a key that certainly comes from a program here is a writer of `default`.

    Not so when a browser may have sent it for a page (Origin, or Sec-Fetch-Site), when its Host is no loopback name
    (DNS rebinding), or when a proxy has passed it on (Forwarded, X-Forwarded-*, X-Real-IP, Via): then the sender is
    somebody else than the peer.
    """

    def authenticate(self, request: Request) -> tuple[None, Caller] | None:
        """The writer, or None."""
        caller = loopback_caller(request.META)
        return None if caller is None else (None, caller)


def loopback_caller(meta: dict[str, Any]) -> Caller | None:
    """The writer of `default` for a request with this WSGI environment; None where that is not meant or not sure."""
    if not settings.OPEN_LOOPBACK or not is_local(meta):
        return None
    namespace = namespace_obtain(name="default")
    return Caller(namespace.pk, namespace.name, "loopback", Role.WRITER.scopes)


class LoopbackScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Nothing in the OpenAPI schema: it is how one instance may be set up, not a way to authenticate."""

    target_class = "accounts.api.loopback.LoopbackAuthentication"
    name = []

    def get_security_requirement(self, auto_schema: Any) -> Any:
        """None: there is no requirement that a client could meet."""
        return None

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        """None, since there is no name."""
        return []


def is_local(meta: dict[str, Any]) -> bool:
    """Whether peer and Host are loopback and no header tells of a browser's page or of a proxy."""
    if any(name in meta for name in _TELLING) or any(name.startswith("HTTP_X_FORWARDED") for name in meta):
        return False
    return _is_loopback(str(meta.get("REMOTE_ADDR", ""))) and _is_loopback_host(str(meta.get("HTTP_HOST", "")))


_TELLING = ("HTTP_ORIGIN", "HTTP_SEC_FETCH_SITE", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


def _is_loopback_host(host: str) -> bool:
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return name.lower() == "localhost" or _is_loopback(name)


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
