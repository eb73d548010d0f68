"""People: who may browse the API, and as whom they act."""

from typing import Any

from django.conf import settings

from accounts.door import Caller
from accounts.errors import Forbidden
from accounts.models import Membership
from accounts.scopes import Role


def may_browse(user: Any) -> bool:
    """Whether this user may use the browsable API: GARNER_BROWSABLE_API says nobody, staff, or everybody."""
    if settings.BROWSABLE_API == "off" or not user.is_active:
        return False
    return bool(user.is_staff or settings.BROWSABLE_API == "debug")


def is_verified(user: Any) -> bool:
    """Whether this user signed in with both factors."""
    return bool(user.is_verified())


def may_sign_in(user: Any) -> bool:
    """Whether a session would be of any use to this user: staff have the console, others what they may browse."""
    return bool(user.is_active and (user.is_staff or may_browse(user)))


def caller_of_member(*, user: Any, namespace: str | None) -> Caller:
    """The user as a caller in `namespace`, by default the only one that they belong to. Raises Forbidden."""
    memberships = Membership.objects.select_related("namespace").filter(user=user).order_by("namespace__name")
    if namespace is not None:
        memberships = memberships.filter(namespace__name=namespace)
    found = list(memberships[:2])
    if not found:
        raise Forbidden("You belong to no such namespace.", field="namespace")
    if len(found) > 1:
        raise Forbidden("You belong to several namespaces: name one, as ?namespace=...", field="namespace")
    (membership,) = found
    return Caller(
        namespace_id=membership.namespace_id,
        namespace=membership.namespace.name,
        subject=f"user:{user.pk}",
        scopes=Role(membership.role).scopes,
    )
