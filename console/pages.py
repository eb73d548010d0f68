"""Pages of the console that belong to no model."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

import clock
from accounts.audit import audit_verify_own
from accounts.door import Caller
from accounts.errors import GarnerError
from accounts.models import Namespace
from accounts.scopes import Scope
from console.in_force import in_force
from console.overview import overview
from console.site import site
from console.viewer import MOST, namespaces_choose, viewer_of
from learning.contradiction.reviewing import review_decide, review_queue
from learning.models import HealthSignal


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


def review(request: HttpRequest) -> HttpResponse:
    """What waits for a person's decision, in the namespaces that they administer; and deciding it."""
    callers = _administered(request)
    if request.method == "POST":
        chosen = next((one for one in callers if str(one.namespace_id) == request.POST.get("namespace")), None)
        if chosen is None:
            raise PermissionDenied
        try:
            review_decide(caller=chosen, key=request.POST.get("key", ""), action=request.POST.get("action", ""))
        except GarnerError as error:
            messages.error(request, error.message)
        return redirect("admin:review")
    items = [(one, item) for one in callers for item in review_queue(caller=one).items]
    context = {**site.each_context(request), "title": "Review queue", "items": items}
    return TemplateResponse(request, "console/review.html", context)


def chain(request: HttpRequest) -> HttpResponse:
    """Whether the logs are what was sealed, in the namespaces that the person administers."""
    found = []
    if request.method == "POST":
        found = [(one.namespace, audit_verify_own(caller=one, now=clock.now())) for one in _administered(request)]
    context = {**site.each_context(request), "title": "Check the logs", "verdicts": found}
    return TemplateResponse(request, "console/chain.html", context)


def health(request: HttpRequest) -> HttpResponse:
    """The health signals of the namespaces that the person administers, as they were looked at last."""
    found = [
        (one.namespace, HealthSignal.objects.filter(namespace_id=one.namespace_id).order_by("name"))
        for one in _administered(request)
    ]
    context = {**site.each_context(request), "title": "Health signals", "health": found}
    return TemplateResponse(request, "console/health.html", context)


def index(request: HttpRequest) -> HttpResponse:
    """The namespaces in view at a glance."""
    seen = [overview(one, clock.now()) for one in viewer_of(request).callers]
    context = {**site.each_context(request), "title": "Console", "overviews": seen}
    return TemplateResponse(request, "console/index.html", context)


def _administered(request: HttpRequest) -> list[Caller]:
    return [one for one in viewer_of(request).callers if Scope.ADMIN in one.scopes]


def _offered(request: HttpRequest) -> list[Namespace]:
    everything = Namespace.objects.order_by("name")
    user = viewer_of(request).user
    return list(everything if user.is_superuser else everything.filter(memberships__user=user))
