"""What all pages for people have in common: their policy of content, where they lead, how errors are shown."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from accounts.attempts import attempt_spend
from accounts.errors import GarnerError

View = Callable[..., HttpResponse]


def page(view: View) -> View:
    """A page for people: never cached, and its forms are checked against forgery. It runs no script."""
    guarded: View = never_cache(csrf_protect(view))
    return guarded


def attempts_count(request: HttpRequest, what: str, name: str) -> None:
    """Count an attempt of the address and on the name. Raises OverQuota."""
    attempt_spend(request, what=what, per_minute=settings.SIGN_INS_PER_MINUTE)
    attempt_spend(request, what=what, per_minute=settings.SIGN_INS_PER_MINUTE, name=name)


def shown(request: HttpRequest, name: str, form: forms.Form | None = None, **context: Any) -> HttpResponse:
    """The page templates/people/<name>.html; with a form that has errors, as 200 (429 for one that came too often)."""
    codes = {error.code for error in form.non_field_errors().as_data()} if form is not None else set()
    status = 429 if codes & {"locked_out", "too_soon"} else 200
    answer = render(request, f"people/{name}.html", {"form": form, **context}, status=status)
    if "locked_out" in codes:  # over by then, or earlier
        answer["Retry-After"] = str(int(settings.AXES_COOLOFF_TIME.total_seconds()))
    return answer


def refused(form: forms.Form, error: GarnerError) -> None:
    """Show a domain's refusal in the form."""
    form.add_error(None, forms.ValidationError(error.message, code=error.code))


def destination(request: HttpRequest, default: str) -> str:
    """Where the request wants to go afterwards, when that is one of our pages."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else default
