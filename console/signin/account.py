"""One's own account: sessions, password, authenticator, recovery codes. And the links that lead to an account."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters

from accounts.errors import GarnerError, OverQuota
from accounts.models import User
from accounts.people.errors import LinkSpent
from accounts.people.models import OneTimeLink, Purpose
from accounts.people.services.accounts import account_make, password_change, password_reset, sessions_end
from accounts.people.services.factors import recovery_codes_left, recovery_codes_renew
from accounts.people.services.links import link_look, reset_send
from accounts.services.people import is_verified
from console.signin.forms import ChangePasswordForm, NameForm, NewAccountForm, NewPasswordForm
from console.signin.pages import attempts_count, page, refused, shown
from console.signin.steps import halfway_note, is_fresh
from console.signin.views import enrolling
from memoryproject.refusals import over_quota

Own = Callable[[HttpRequest, User], HttpResponse]


def own(view: Own) -> Callable[..., HttpResponse]:
    """A page for somebody who is signed in with both factors."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if not isinstance(user, User) or not is_verified(user):
            return redirect(f"{settings.LOGIN_URL}?next={request.path}")
        return view(request, user, *args, **kwargs)

    return page(guarded)


def fresh(view: Own) -> Own:
    """The page asks for a code first, unless one was given within the last minutes."""

    @wraps(view)
    def guarded(request: HttpRequest, user: User) -> HttpResponse:
        return view(request, user) if is_fresh(request) else redirect(f"/login/verify?next={request.path}")

    return guarded


@own
def overview(request: HttpRequest, user: User) -> HttpResponse:
    """Where one is signed in, and what can be changed."""
    sessions = user.browser_sessions.order_by("-last_seen_at")
    context: dict[str, Any] = {
        "sessions": sessions,
        "current": request.session.session_key,
        "left": recovery_codes_left(user),
    }
    return shown(request, "account", **context)


@own
def end_sessions(request: HttpRequest, user: User) -> HttpResponse:
    """End the sessions that were ticked."""
    if request.method == "POST":
        sessions_end(user=user, marks=request.POST.getlist("session"))
    return redirect("account")


@own
@sensitive_post_parameters("former", "password", "again")
def change_password(request: HttpRequest, user: User) -> HttpResponse:
    """A new password; the former one proves who asks."""
    form = ChangePasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not user.check_password(form.cleaned_data["former"]):
            form.add_error("former", "That is not your password.")
        elif _done(form, lambda: _change(request, user, form.cleaned_data["password"])):
            return redirect("account")
    return shown(request, "change_password", form)


@own
@fresh
def new_codes(request: HttpRequest, user: User) -> HttpResponse:
    """New recovery codes in place of the former ones."""
    if request.method == "POST":
        return shown(request, "recovery_codes", codes=recovery_codes_renew(user=user), next="/account")
    return shown(request, "new_codes")


@own
@fresh
def new_authenticator(request: HttpRequest, user: User) -> HttpResponse:
    """Another authenticator in place of the former one."""
    return enrolling(request, user)


@page
def forgot(request: HttpRequest) -> HttpResponse:
    """Ask for a link by mail. The answer is the same whether or not there is such a person."""
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and settings.EMAIL_URL:
        try:
            attempts_count(request, "asking for a new password", form.cleaned_data["name"])
            reset_send(name=form.cleaned_data["name"], origin=_origin(request))
            return shown(request, "forgot_sent")
        except OverQuota as error:
            return over_quota(request, error)
    return shown(request, "forgot", form, mail=bool(settings.EMAIL_URL))


@page
@sensitive_post_parameters("password", "again")
def link(request: HttpRequest, token: str) -> HttpResponse:
    """A one-time link: an account to be made, or a password to be set."""
    try:
        found = link_look(token=token)
    except LinkSpent as error:
        spent = shown(request, "link_spent", message=error.message)
        spent.status_code = 410
        return spent
    form = (NewPasswordForm if found.purpose == Purpose.RESET else NewAccountForm)(request.POST or None)
    if request.method == "POST" and form.is_valid() and _done(form, lambda: _follow(request, found, token, form)):
        return redirect("login-code" if found.purpose == Purpose.RESET else "login-enrol")
    return shown(request, "link", form, link=found)


def _follow(request: HttpRequest, found: OneTimeLink, token: str, form: NewPasswordForm) -> None:
    """Do what the link is for. The second factor follows, so nobody is signed in by a link alone."""
    secret = form.cleaned_data["password"]
    if found.purpose == Purpose.RESET:
        user = password_reset(token=token, password=secret)
    else:
        user = account_make(token=token, name=form.cleaned_data["name"], password=secret)
    halfway_note(request, user, "")


def _done(form: NewPasswordForm, deed: Callable[[], None]) -> bool:
    """Whether the deed went through; else the form says why not."""
    try:
        deed()
    except GarnerError as error:
        refused(form, error)
        return False
    return True


def _change(request: HttpRequest, user: User, secret: str) -> None:
    password_change(user=user, password=secret, keep_session=request.session.session_key or "")
    update_session_auth_hash(request, user)


def _origin(request: HttpRequest) -> str:
    """Our own address for links in mails: the configured one, or the allowed host that was asked."""
    configured = "/".join(settings.PUBLIC_URL.split("/")[:3])
    return configured or f"{request.scheme}://{request.get_host()}"
