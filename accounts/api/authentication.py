"""`Authorization: Bearer <API key>`: who asks."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.door import Caller
from accounts.errors import Unauthenticated
from accounts.services.keys import admitted
from accounts.services.tokens import caller_of
from accounts.stated import named_by_headers


class ApiKeyAuthentication(BaseAuthentication):
    """The bearer of a key is a Caller, found as `request.auth`."""

    def authenticate(self, request: Request) -> tuple[None, Caller] | None:
        """Read the header; None when there is none, so that open endpoints stay open."""
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        scheme, _, secret = header.partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise Unauthenticated("The Authorization header must be 'Bearer <API key>'.")
        caller = admitted(caller_of(secret.strip()), str(request.META.get("REMOTE_ADDR", "")))
        return None, named_by_headers(caller, request.META)

    def authenticate_header(self, request: Request) -> str:
        """What a 401 tells clients to use."""
        return 'Bearer realm="garner"'


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The same, in the OpenAPI schema."""

    target_class = "accounts.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A bearer scheme."""
        return {"type": "http", "scheme": "bearer", "description": "An API key (`manage.py create_api_key`)."}
