"""Accounts: the operator's first one, those of invited people, passwords."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.deeds import deed_append
from accounts.door import Caller, tenant, wide
from accounts.errors import Conflict, Invalid
from accounts.models import Membership, User
from accounts.people.errors import LinkSpent, WeakPassword
from accounts.people.models import Purpose
from accounts.people.services.deeds import changing
from accounts.people.services.links import link_look, link_take
from accounts.scopes import Role, Scope
from accounts.services.namespaces import as_operator, namespace_obtain


def admin_create(*, name: str, password: str, email: str = "") -> User:
    """An operator: sees the namespaces that they choose, and administers `default`. Raises Conflict, WeakPassword."""
    operator = as_operator(namespace_obtain(name="default"))
    with wide([operator]):
        user = _made(name=name, password=password, email=email, is_superuser=True)
        _join(user, operator, Role.ADMIN)
    return user


def account_make(*, token: str, name: str, password: str, now: datetime | None = None) -> User:
    """The account that a link of setup or invitation is for; the link is spent. Raises LinkSpent, Conflict,
    WeakPassword.
    """
    link = link_look(token=token, now=now)
    if link.purpose == Purpose.RESET:
        raise LinkSpent("This link is for something else.")
    operates = link.purpose == Purpose.SETUP
    namespace = namespace_obtain(name="default") if operates else link.namespace
    assert namespace is not None  # of an invitation it is the namespace invited to
    maker = replace(as_operator(namespace), subject=link.made_by)
    with wide([maker]):
        link_take(token=token, purposes=(Purpose.SETUP, Purpose.INVITE), now=now)
        user = _made(name=name, password=password, email=link.email, is_superuser=operates)
        _join(user, maker, Role.ADMIN if operates else Role(link.role))
    return user


def password_reset(*, token: str, password: str, now: datetime | None = None) -> User:
    """Set the password of the person that a reset link names, and end their sessions. Their second factor stays.

    Raises LinkSpent, WeakPassword.
    """
    user = link_look(token=token, now=now).user
    if user is None:
        raise LinkSpent("This link is for something else.")
    with changing(user, "person.password"):
        link_take(token=token, purposes=(Purpose.RESET,), now=now)
        _password_set(user, password)
        user.browser_sessions.all().delete()
    return user


def password_change(*, user: User, password: str, keep_session: str = "") -> None:
    """Set a person's password; sessions other than `keep_session` end. Raises WeakPassword."""
    with changing(user, "person.password"):
        _password_set(user, password)
        user.browser_sessions.exclude(session_key=keep_session).delete()


def sessions_end(*, user: User, marks: Sequence[str], actor: str | None = None) -> int:
    """End the sessions of the person that have these marks, at once; return how many there were."""
    with changing(user, "person.sessions_end", actor=actor):
        keys = [session.session_key for session in user.browser_sessions.all() if session.mark in marks]
        ended, _ = user.browser_sessions.filter(session_key__in=keys).delete()
    return ended


def membership_end(*, caller: Caller, ids: Sequence[int]) -> int:
    """Take these memberships of the caller's namespace away; return how many there were. Raises Forbidden."""
    caller.require(Scope.ADMIN)
    with tenant(caller):
        mine = Membership.objects.filter(pk__in=ids, namespace_id=caller.namespace_id)
        people = list(mine.values_list("user_id", flat=True))
        mine.delete()
        deed_append(caller=caller, verb="person.leave", subjects=[], detail={"people": people})
    return len(people)


def _made(*, name: str, password: str, email: str, is_superuser: bool) -> User:
    user = User(username=User.normalize_username(name), email=email, is_staff=True, is_superuser=is_superuser)
    try:
        user.clean_fields(exclude=["password"])
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="name") from error
    _check(user, password)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise Conflict("This name is taken.", field="name") from error
    return user


def _password_set(user: User, password: str) -> None:
    _check(user, password)
    user.set_password(password)
    user.save(update_fields=["password"])


def _check(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise WeakPassword(" ".join(error.messages), field="password") from error


def _join(user: User, maker: Caller, role: Role) -> None:
    Membership.objects.create(user=user, namespace_id=maker.namespace_id, role=role)
    deed_append(caller=maker, verb="person.create", subjects=[], detail={"person": user.pk, "role": role})
