"""Pages of the console that belong to no model."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from accounts.models import Namespace
from console.in_force import in_force
from console.site import site
from console.viewer import MOST, namespaces_choose, viewer_of


def chooser(request: HttpRequest) -> HttpResponse:
    """Which namespaces are in view: an operator names them, a member may look at fewer than all of their own."""
    offered = _offered(request)
    if request.method == "POST":
        wanted = {int(one) for one in request.POST.getlist("namespace") if one.isdigit()}
        namespaces_choose(request, [one.pk for one in offered if one.pk in wanted])
        messages.success(request, "These namespaces are in view now.")
        return redirect("admin:namespaces_in_view")
    context = {
        **site.each_context(request),
        "title": "Namespaces in view",
        "offered": offered,
        "in_view": set(viewer_of(request).namespaces),
        "most": MOST,
    }
    return TemplateResponse(request, "console/chooser.html", context)


def settings_in_force(request: HttpRequest) -> HttpResponse:
    """The instance's settings with their values; what is secret is masked. For operators."""
    if not viewer_of(request).operates:
        raise PermissionDenied
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": "Settings in force",
        "settings": in_force(settings),
    }
    return TemplateResponse(request, "console/settings.html", context)


def _offered(request: HttpRequest) -> list[Namespace]:
    everything = Namespace.objects.order_by("name")
    user = viewer_of(request).user
    return list(everything if user.is_superuser else everything.filter(memberships__user=user))
