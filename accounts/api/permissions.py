"""Each view names one scope; a view without one is open."""

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.door import NAMESPACE_HEADER, Caller
from accounts.errors import Unauthenticated
from accounts.services.backpressure import backlog_check
from accounts.services.quotas import request_spend

if TYPE_CHECKING:  # DRF's views import this module while they are being made
    from rest_framework.views import APIView


class HasScope(BasePermission):
    """Lets a caller in who has the view's scope; `scopes` maps methods, `scope = None` opens the view."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """True, or Unauthenticated or Forbidden with a sentence."""
        scope = getattr(view, "scopes", {}).get(request.method, getattr(view, "scope", None))
        if getattr(view, "is_open", False):
            return True
        if not isinstance(request.auth, Caller):
            raise Unauthenticated("missing Authorization header")
        _named(request, request.auth)
        if scope is not None:
            request.auth.require(scope)
        if request.method != "DELETE":  # erasing must always be possible, whatever scope a dialect asks for it
            backlog_check(caller=request.auth, scope=scope)
        request_spend(caller=request.auth)
        return True


def _named(request: Request, caller: Caller) -> None:
    """Raise Forbidden when the address or X-Namespace names another namespace: ours is not the answer."""
    caller.require_namespace(request.META.get(NAMESPACE_HEADER))
    if "namespace" in request.META.get("QUERY_STRING", ""):
        caller.require_namespace(request.query_params.get("namespace"))
