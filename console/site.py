"""The console's site: Django's admin, for people with both factors, inside the door of the namespaces in view.

Every page is one transaction over those namespaces (accounts.door.wide), so PostgreSQL itself hides the rest, and
leaves a deed in each of them.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.paginator import InvalidPage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.http import urlencode
from redis.exceptions import RedisError
from structlog.contextvars import get_contextvars
from unfold.sites import UnfoldAdminSite

from accounts.deeds import deed_append
from accounts.door import wide
from console.viewer import Viewer, viewer_of

View = Callable[..., Any]


class ConsoleSite(UnfoldAdminSite):  # type: ignore[misc] # unfold ships no types
    """The admin site of Garner. Models are registered on `site`, below."""

    site_title = site_header = "Garner"
    index_title = "Console"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff with both factors."""
        user: Any = request.user
        return bool(user.is_active and user.is_staff and user.is_verified())

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """The view inside the door, rendered there, and written down."""
        inner: View = super().admin_view(view, cacheable)

        def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not self.has_permission(request):
                return redirect(f"{settings.LOGIN_URL}?{urlencode({'next': request.get_full_path()})}")
            _refuse_nul(request)
            viewer = viewer_of(request)
            with wide(viewer.callers):
                response: Any = inner(request, *args, **kwargs)
                if hasattr(response, "render"):
                    response = response.render()
                if not cacheable:
                    _write_down(request, viewer)
            return response  # type: ignore[no-any-return]

        opened.csrf_exempt = True  # type: ignore[attr-defined] # `inner` checks it
        return opened

    def get_urls(self) -> list[Any]:
        """Ours, then the admin's."""
        from console.pages import chain, chooser, health, review, settings_in_force  # noqa: PLC0415 (they need the site)

        own = [
            path("namespaces-in-view/", self.admin_view(chooser), name="namespaces_in_view"),
            path("review/", self.admin_view(review), name="review"),
            path("health/", self.admin_view(health), name="health"),
            path("chain/", self.admin_view(chain), name="chain"),
            path("settings-in-force/", self.admin_view(settings_in_force), name="settings_in_force"),
        ]
        return [*own, *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The namespaces in view at a glance."""
        from console.pages import index  # noqa: PLC0415 (as above)

        request.current_app = self.name
        return index(request)

    def search(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The menu's own search; nothing is found on a page that is none, or without the cache that it needs."""
        try:
            return super().search(request, extra_context)
        except (InvalidPage, ValueError, RedisError):
            return HttpResponse()

    def login(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The one sign-in page there is."""
        return redirect(f"{settings.LOGIN_URL}?{urlencode({'next': '/admin/'})}")

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """As /logout."""
        from console.signin.views import leave  # noqa: PLC0415 (its pages need no site)

        return leave(request)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Everybody's own account has a page of its own."""
        return redirect("account")


def _refuse_nul(request: HttpRequest) -> None:
    """400 for what PostgreSQL cannot hold, before anything is asked of it."""
    values = [request.path, *request.GET.values(), *(one for key in request.POST for one in request.POST.getlist(key))]
    if any("\0" in one for one in values):
        raise SuspiciousOperation("NUL in a request")


def _write_down(request: HttpRequest, viewer: Viewer) -> None:
    """A deed in each namespace in view: who had which page open. What the page showed is not repeated."""
    match = request.resolver_match
    seen: dict[str, object] = {
        "page": match.url_name or match.route if match else "",
        "method": request.method or "",
        "request": get_contextvars().get("request_id", ""),
    }
    if match and "object_id" in match.kwargs:
        seen["object"] = str(match.kwargs["object_id"])[:64]
    for caller in viewer.callers:
        deed_append(caller=caller, verb="console.view", subjects=[], detail=seen)


site = ConsoleSite(name="admin")
