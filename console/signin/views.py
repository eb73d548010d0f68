"""The pages of signing in."""

import segno
from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.errors import GarnerError, OverQuota
from accounts.models import User
from accounts.people.models import TotpDevice
from accounts.people.services.factors import code_check, enrolment_begin, enrolment_confirm, has_factor
from accounts.services.people import is_verified
from console.signin.forms import LOCKED_OUT, CodeForm, PasswordForm
from console.signin.pages import attempts_count, destination, page, refused, shown
from console.signin.steps import failure_count, halfway_note, halfway_user, sign_in, verified_note
from memoryproject.refusals import over_quota


@page
@sensitive_post_parameters("password")
def password(request: HttpRequest) -> HttpResponse:
    """Step one: name and password. Too many attempts are refused before the password is looked at."""
    if request.method == "POST":
        try:
            attempts_count(request, "signing in", request.POST.get("username", ""))
        except OverQuota as error:
            return over_quota(request, error)
    form = PasswordForm(request, data=request.POST or None)
    onward = destination(request, "")
    if request.method == "POST" and form.is_valid():
        user = form.get_user()
        halfway_note(request, user, onward)
        return redirect("login-code" if has_factor(user) else "login-enrol")
    return shown(request, "sign_in", form, next=onward)


@page
def code(request: HttpRequest) -> HttpResponse:
    """Step two: a code of the app, or a recovery code."""
    user = halfway_user(request)
    if user is None:
        return redirect("login")
    if not has_factor(user):
        return redirect("login-enrol")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _unlocked(request, user, form):
        try:
            return redirect(sign_in(request, user, code_check(user=user, code=form.cleaned_data["code"])))
        except GarnerError as error:
            _wrong(request, user, form, error)
    return shown(request, "code", form)


@page
def enrol(request: HttpRequest) -> HttpResponse:
    """Step two for somebody without an authenticator: scan, and prove it by a first code."""
    user = halfway_user(request)
    if user is None or has_factor(user):
        return redirect("login")
    return enrolling(request, user)


def enrolling(request: HttpRequest, user: User) -> HttpResponse:
    """The page that adds an authenticator; after its first code the recovery codes, which are shown this once."""
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            enrolled = enrolment_confirm(user=user, code="".join(form.cleaned_data["code"].split()))
            onward = sign_in(request, user, enrolled.device)
            return shown(request, "recovery_codes", codes=enrolled.codes, next=onward)
        except GarnerError as error:
            refused(form, error)
    device = enrolment_begin(user=user)
    return shown(request, "enrol", form, picture=_picture(device), secret=_grouped(device.secret))


@page
def verify(request: HttpRequest) -> HttpResponse:
    """A code again, before something that destroys."""
    user = request.user
    if not isinstance(user, User) or not is_verified(user):
        return redirect("login")
    form = CodeForm(request.POST or None)
    onward = destination(request, "/admin/")
    if request.method == "POST" and form.is_valid():
        try:
            code_check(user=user, code=form.cleaned_data["code"])
            verified_note(request)
            return redirect(onward)
        except GarnerError as error:
            refused(form, error)
    return shown(request, "verify", form, next=onward)


@page
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Sign out."""
    logout(request)
    return redirect("login")


def _unlocked(request: HttpRequest, user: User, form: CodeForm) -> bool:
    """Whether this name may try here; else the form says that it may not."""
    allowed = bool(AxesProxyHandler.is_allowed(request, {"username": user.get_username()}))
    if not allowed:
        form.add_error(None, ValidationError(LOCKED_OUT, code="locked_out"))
    return allowed


def _wrong(request: HttpRequest, user: User, form: CodeForm, error: GarnerError) -> None:
    """A wrong code counts like a wrong password; one that came too soon was not looked at and does not."""
    locked_out = error.code == "wrong_code" and failure_count(request, user)
    if locked_out:
        form.add_error(None, ValidationError(LOCKED_OUT, code="locked_out"))
    else:
        refused(form, error)


def _picture(device: TotpDevice) -> str:
    """The QR code as a picture in the page."""
    return str(segno.make(device.address, error="m").svg_data_uri(scale=5, border=2))


def _grouped(secret: str) -> str:
    """The secret in groups of four, for typing."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
