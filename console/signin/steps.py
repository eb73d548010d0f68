"""The steps of signing in, as the session sees them. Nobody is signed in before the last one."""

from datetime import datetime, timedelta
from typing import Any

import django_otp
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest
from django_otp.models import Device

import clock
from accounts.models import User
from accounts.people.services.deeds import changing
from accounts.people.sessions import origin_note
from accounts.services.people import may_sign_in

HALFWAY = "halfway"  # the session's key for a person whose password was right
VERIFIED = "verified_at"  # ... and for when a code was last right
PATIENCE = timedelta(minutes=10)  # to find the phone, to scan the QR code
BACKEND = "django.contrib.auth.backends.ModelBackend"


def halfway_note(request: HttpRequest, user: Any, onward: str) -> None:
    """The password was right: wait for the code. What the session held before is dropped."""
    request.session.flush()
    request.session[HALFWAY] = {
        "user": user.pk,
        "password": user.get_session_auth_hash(),
        "at": clock.now().isoformat(),
        "next": onward,
    }


def halfway_user(request: HttpRequest) -> User | None:
    """Who gave the password within the last minutes, if it is still the password."""
    noted = request.session.get(HALFWAY)
    if not noted or clock.now() - datetime.fromisoformat(noted["at"]) > PATIENCE:
        return None
    user = User.objects.filter(pk=noted["user"]).first()
    same = user is not None and noted["password"] == user.get_session_auth_hash()
    return user if same and may_sign_in(user) else None


def sign_in(request: HttpRequest, user: User, device: Device) -> str:
    """Both factors were right: the session is the person's. Returns where they wanted to go."""
    onward = str(request.session.get(HALFWAY, {}).get("next") or settings.LOGIN_REDIRECT_URL)
    request.session.pop(HALFWAY, None)
    origin_note(request)
    with changing(user, "person.sign_in"):
        login(request, user, backend=BACKEND)
    django_otp.login(request, device)
    verified_note(request)
    return onward


def verified_note(request: HttpRequest) -> None:
    """A code was right just now."""
    request.session[VERIFIED] = clock.now().isoformat()


def is_fresh(request: HttpRequest) -> bool:
    """Whether a code was right within the last GARNER_REVERIFY_MINUTES: what destroys something asks for it."""
    noted: str | None = request.session.get(VERIFIED)
    patience = timedelta(minutes=settings.REVERIFY_MINUTES)
    return noted is not None and clock.now() - datetime.fromisoformat(noted) <= patience


def failure_count(request: HttpRequest, user: User) -> bool:
    """Count a wrong code like a wrong password; whether that locks the name out here."""
    credentials = {"username": user.get_username()}
    user_login_failed.send(sender=__name__, credentials=credentials, request=request)
    return bool(getattr(request, "axes_locked_out", False))
