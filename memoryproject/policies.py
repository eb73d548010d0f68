"""What a page of ours may load and do (Content-Security-Policy). No page runs a script that stands in it.

Directives of django-csp. A view or renderer that needs more than PAGES sets it on its response, as django-csp's
decorators do; CONTENT_POLICIES in the settings widens whole folders.
"""

from typing import Any, cast

from csp.constants import HEADER, NONE, SELF, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

PAGES: dict[str, Any] = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": [SELF, "data:"],
    "font-src": [SELF],
    "connect-src": [SELF],
    "form-action": [SELF],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
}
# Swagger UI and Redoc style elements in place; Redoc searches in a worker made from a blob.
API_DOCS: dict[str, Any] = {
    "style-src": [UNSAFE_INLINE],
    "img-src": ["blob:"],
    "font-src": ["data:"],
    "worker-src": ["blob:"],
}
DATA = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"  # what JSON, shown by a browser, may do: nothing

_DOCUMENT_HEADERS = {
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), clipboard-write=(self)",
}


class ContentPolicy(CSPMiddleware):
    """django-csp's middleware, which costs an answer in JSON next to nothing."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request; its answer gets a policy, and a page the headers that tell browsers to be careful."""
        self.process_request(request)
        response = cast("HttpResponse", self.get_response(request))
        if response.headers.get("Content-Type", "").startswith("application/json"):
            response.headers.setdefault(HEADER, DATA)
            response.headers.setdefault("Cache-Control", "no-store")
            return response
        for name, value in _DOCUMENT_HEADERS.items():
            response.headers.setdefault(name, value)
        self.process_response(request, response)
        return response

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        """As django-csp, with the folder's own directives where it has some."""
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and parts.update is None:
            parts.update = next(
                (more for folder, more in settings.CONTENT_POLICIES.items() if request.path_info.startswith(folder)),
                None,
            )
        return parts
