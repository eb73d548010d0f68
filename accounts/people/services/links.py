"""One-time links: make one, look at it, take it."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction

import clock
from accounts.deeds import deed_append
from accounts.door import Caller, tenant
from accounts.models import Namespace, User
from accounts.people.errors import LinkSpent
from accounts.people.models import OneTimeLink, Purpose
from accounts.people.services.deeds import changing
from accounts.scopes import Role, Scope

LIVES = {
    Purpose.SETUP: timedelta(hours=1),  # whoever started Garner sits in front of it
    Purpose.INVITE: timedelta(days=3),
    Purpose.RESET: timedelta(hours=1),
}


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link that was just made; `path` is shown once and stored nowhere."""

    link: OneTimeLink
    path: str


def setup_link() -> NewLink | None:
    """A link for the first operator, in place of those made before; None when there is an operator already."""
    with transaction.atomic():
        OneTimeLink.objects.filter(purpose=Purpose.SETUP).delete()
        if User.objects.filter(is_superuser=True).exists():
            return None
        return _make(Purpose.SETUP, made_by="operator")


def invite(*, caller: Caller, role: Role, email: str = "") -> NewLink:
    """A link that makes an account with this role in the caller's namespace. Raises Forbidden without `admin`."""
    caller.require(Scope.ADMIN)
    with tenant(caller):
        namespace = Namespace.objects.get(pk=caller.namespace_id)
        new = _make(Purpose.INVITE, made_by=caller.subject, namespace=namespace, role=role, email=email)
        deed_append(caller=caller, verb="person.invite", subjects=[], detail={"role": role, "link": new.link.pk})
    return new


def reset_link(*, user: User, actor: str) -> NewLink:
    """A link that sets this person's password; the ones made before are void."""
    with changing(user, "person.reset_link", actor=actor):
        OneTimeLink.objects.filter(purpose=Purpose.RESET, user=user).delete()
        return _make(Purpose.RESET, made_by=actor, user=user)


def reset_send(*, name: str, origin: str) -> None:
    """Send a reset link to the person of this name or address, if there is one with an address. Tells nobody."""
    user = User.objects.filter(username=name, is_active=True).exclude(email="").first()
    if user is None:
        user = User.objects.filter(email__iexact=name, is_active=True).exclude(email="").first()
    if user is not None:
        new = reset_link(user=user, actor="e-mail")
        text = f"Somebody asked for a new password for {user.get_username()} on this Garner:\n\n{origin}{new.path}\n"
        send_mail("Garner: a new password", text, settings.DEFAULT_FROM_EMAIL, [user.email])


def link_look(*, token: str, now: datetime | None = None) -> OneTimeLink:
    """The link of this token, unspent. Raises LinkSpent."""
    link = OneTimeLink.objects.filter(digest=_digest(token), used_at=None, expires_at__gt=now or clock.now()).first()
    if link is None:
        raise LinkSpent("This link is used up or too old. Ask for a new one.")
    return link


def link_take(*, token: str, purposes: Sequence[Purpose], now: datetime | None = None) -> OneTimeLink:
    """Spend the link, in the open transaction, so that of two takers one gets it. Raises LinkSpent."""
    moment = now or clock.now()
    mine = OneTimeLink.objects.filter(digest=_digest(token), purpose__in=purposes)
    if not mine.filter(used_at=None, expires_at__gt=moment).update(used_at=moment):
        raise LinkSpent("This link is used up or too old. Ask for a new one.")
    return mine.select_related("namespace", "user").get()


def _make(
    purpose: Purpose,
    *,
    made_by: str,
    user: User | None = None,
    namespace: Namespace | None = None,
    role: str = "",
    email: str = "",
) -> NewLink:
    token = secrets.token_urlsafe(32)
    link = OneTimeLink.objects.create(
        purpose=purpose,
        digest=_digest(token),
        user=user,
        namespace=namespace,
        role=role,
        email=email,
        made_by=made_by,
        expires_at=clock.now() + LIVES[purpose],
    )
    return NewLink(link, f"/login/link/{token}")


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
