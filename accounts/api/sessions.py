"""People who signed in: a browser's session is a Caller through one of its user's memberships."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request

from accounts.door import NAMESPACE_HEADER, Caller
from accounts.services.people import caller_of_member, is_verified, may_browse


class MemberAuthentication(SessionAuthentication):
    """The signed-in user acts in one namespace, with the scopes of their role there; `request.auth` is the Caller.

    The namespace is named by the query parameter `namespace` or the header X-Namespace, and need not be named by
    members of one only. Requests that change something need Django's CSRF token.
    """

    def authenticate(self, request: Request) -> tuple[Any, Caller] | None:
        """Read the session; None when nobody is signed in, with both factors, who may browse the API."""
        user = getattr(request._request, "user", None)  # noqa: SLF001 (DRF's own way to the session's user)
        if user is None or not may_browse(user) or not is_verified(user):
            return None
        self.enforce_csrf(request)
        wanted = request.META.get(NAMESPACE_HEADER) or request.query_params.get("namespace")
        return user, caller_of_member(user=user, namespace=wanted)


class MemberScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The same, in the OpenAPI schema."""

    target_class = "accounts.api.sessions.MemberAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The session's cookie."""
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "People who signed in at /login; the namespace by ?namespace= or X-Namespace.",
        }
