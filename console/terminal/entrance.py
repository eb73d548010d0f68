"""Signing in at a terminal: the same password, codes and lock-out as on the pages."""

import io
from dataclasses import dataclass
from datetime import datetime, timedelta

import segno
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.http import HttpRequest

import clock
from accounts.errors import GarnerError
from accounts.models import User
from accounts.people.services.deeds import changing
from accounts.people.services.factors import code_check, enrolment_begin, enrolment_confirm, has_factor
from accounts.services.people import may_sign_in
from console.terminal.talk import Talk


@dataclass(slots=True)
class Guest:
    """Somebody who is in, and when a code of theirs was last right."""

    user: User
    verified_at: datetime

    def prove(self, talk: Talk) -> bool:
        """Whether it is still them: a code is asked for when the last one is too old."""
        if clock.now() - self.verified_at > timedelta(minutes=settings.REVERIFY_MINUTES):
            if not _code_good(self.user, talk):
                return False
            self.verified_at = clock.now()
        return True


def enter(talk: Talk) -> Guest | None:
    """Ask for name, password and code. None when one of them is wrong, in the same words."""
    request = HttpRequest()  # what counts attempts wants one; a terminal has no address
    name = talk.ask("Name")
    user = authenticate(request, username=name, password=talk.ask_secret("Password"))
    if not isinstance(user, User) or not may_sign_in(user):
        talk.say("Name or password is wrong, or there were too many attempts.")
        return None
    good = _code_good(user, talk) if has_factor(user) else _enrolled(user, talk)
    if not good:
        return None
    with changing(user, "person.sign_in"):
        user_logged_in.send(sender=User, request=request, user=user)
    return Guest(user, clock.now())


def _code_good(user: User, talk: Talk) -> bool:
    request, credentials = HttpRequest(), {"username": user.get_username()}
    if not AxesProxyHandler.is_allowed(request, credentials):
        talk.say("Too many wrong attempts with this name from here. Try again in 15 minutes.")
        return False
    try:
        code_check(user=user, code=talk.ask_secret("Code of your authenticator, or a recovery code"))
    except GarnerError as error:
        if error.code == "wrong_code":
            user_login_failed.send(sender=__name__, credentials=credentials, request=request)
        talk.say(error.message)
        return False
    return True


def _enrolled(user: User, talk: Talk) -> bool:
    """Add an authenticator: show its secret, ask for its first code, show the recovery codes this once."""
    device = enrolment_begin(user=user)
    drawing = io.StringIO()
    segno.make(device.address, error="m").terminal(drawing, compact=True)
    talk.write.write(drawing.getvalue())
    talk.say("Scan this with an authenticator app, or enter its secret there:", device.secret)
    try:
        enrolled = enrolment_confirm(user=user, code=talk.ask("Its six digits"))
    except GarnerError as error:
        talk.say(error.message)
        return False
    talk.say("Your recovery codes, each for one sign-in, shown this once:", *enrolled.codes)
    return True
