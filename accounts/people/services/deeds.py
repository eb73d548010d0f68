"""Deeds about people: one in every namespace that they belong to."""

from collections.abc import Iterator
from contextlib import contextmanager

from accounts.deeds import deed_append
from accounts.door import Caller, wide
from accounts.models import Membership, User
from accounts.scopes import Role

MOST = 100  # memberships that are written to: a person has a few


def subject_of(user: User) -> str:
    """How deeds name a person: by number, so that they stay true when the name changes."""
    return f"user:{user.pk}"


def callers_of(user: User, actor: str | None = None) -> list[Caller]:
    """The person as a caller in each of their namespaces; `actor` is who acts, by default they."""
    memberships = Membership.objects.select_related("namespace").filter(user=user).order_by("namespace_id")[:MOST]
    return [
        Caller(one.namespace_id, one.namespace.name, actor or subject_of(user), Role(one.role).scopes)
        for one in memberships
    ]


@contextmanager
def changing(user: User, verb: str, *, actor: str | None = None) -> Iterator[None]:
    """A transaction that changes a person's account and logs it, in every namespace of theirs, as `actor`'s deed."""
    callers = callers_of(user, actor)
    with wide(callers):
        yield
        for caller in callers:
            deed_append(caller=caller, verb=verb, subjects=[], detail={"person": user.pk})
