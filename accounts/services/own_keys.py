"""Keys of a namespace, managed by its own admins with a key: none outlives or outreaches the one that made it."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

import clock
from accounts.deeds import deed_append
from accounts.door import Caller, tenant
from accounts.errors import Conflict, Forbidden, Invalid, NotFound
from accounts.models import ApiKey
from accounts.scopes import Scope
from accounts.services.keys import PREFIX, NewKey, checked_networks, digest_of
from accounts.services.tokens import scoped_token

MOST = 1000  # usable keys and tokens of a namespace
GRACE, GRACE_MOST = timedelta(days=1), timedelta(days=30)  # for which a rotated key goes on working: memoryOSS's day
TOKEN_SECONDS, TOKEN_SECONDS_MOST = 86_400, 366 * 86_400
LIMITS = ("grains_per_minute", "requests_per_second")
COPIED = ("namespace_id", "user_id", "name", "scopes", *LIMITS, "mcp_profile", "profile", "networks", "expires_at")


@dataclass(frozen=True, slots=True)
class NewToken:
    """A scoped token that was just made; its text is shown once."""

    key: ApiKey
    token: str


def keys_list(*, caller: Caller, tokens: bool = False) -> list[ApiKey]:
    """The namespace's keys, or the scoped tokens made with them, newest first."""
    return list(_own(caller).filter(parent__isnull=not tokens).order_by("-created_at", "-id")[:MOST])


def key_find(*, caller: Caller, id: str) -> ApiKey:
    """A key or token of the namespace, by its id or its label. Raises NotFound."""
    try:
        found = _own(caller).filter(pk=UUID(id)).first()
    except ValueError:
        found = next((key for key in _own(caller) if key.label == id), None)
    if found is None:
        raise NotFound("There is no such key.", field="id")
    return found


def key_make(*, caller: Caller, scopes: frozenset[Scope], **wishes: Any) -> NewKey:
    """Make a key. Raises Forbidden for a right, limit, network or time that the caller's own key has not.

    `wishes` are name, expires_at, networks, grains_per_minute, requests_per_second, mcp_profile and profile.
    """
    _may_hand_on(caller, scopes)
    fields = _within(_maker(caller), wishes)
    secret = PREFIX + secrets.token_urlsafe(32)
    with tenant(caller):
        _room(caller)
        key = ApiKey.objects.create(
            namespace_id=caller.namespace_id, digest=digest_of(secret), scopes=sorted(scopes), **fields
        )
        deed_append(caller=caller, verb="key.create", subjects=[key.pk], detail={"scopes": sorted(scopes)})
    return NewKey(key, secret)


def key_change(*, caller: Caller, id: str, **changes: Any) -> ApiKey:
    """Change what a key may do and from where, within what the caller's own key may."""
    key = key_find(caller=caller, id=id)
    _may_hand_on(caller, frozenset(Scope(scope) for scope in key.scopes))
    if "scopes" in changes:
        _may_hand_on(caller, changes["scopes"])
        changes["scopes"] = sorted(changes["scopes"])
    fields = _within(_maker(caller), changes, only=set(changes))
    with tenant(caller):
        for name, value in fields.items():
            setattr(key, name, value)
        key.save(update_fields=list(fields))
        deed_append(caller=caller, verb="key.change", subjects=[key.pk], detail={"changed": sorted(fields)})
    return key


def key_rotate(*, caller: Caller, id: str | None, grace: timedelta) -> NewKey:
    """Replace a key, by default the caller's own, with a new one like it; the old one ends after `grace`."""
    if not timedelta(0) <= grace <= GRACE_MOST:
        raise Invalid(f"The grace period is 0 to {GRACE_MOST.days} days.", field="grace_period_secs")
    old = key_find(caller=caller, id=id or str(caller.key_id))
    _may_hand_on(caller, frozenset(Scope(scope) for scope in old.scopes))
    if old.parent_id or not _is_usable(old):
        raise Conflict("Only a key that works can be rotated; make tokens anew instead.")
    secret, now = PREFIX + secrets.token_urlsafe(32), clock.now()
    with tenant(caller):
        new = ApiKey.objects.create(digest=digest_of(secret), **{name: getattr(old, name) for name in COPIED})
        old.replaced_by, old.replaced_at = new, now
        old.expires_at = min(old.expires_at or now + grace, now + grace)
        old.save(update_fields=["replaced_by", "replaced_at", "expires_at"])
        deed_append(caller=caller, verb="key.rotate", subjects=[old.pk, new.pk])
    return NewKey(new, secret)


def key_end(*, caller: Caller, id: str) -> ApiKey:
    """Revoke a key with its tokens, or one token; every process forgets it within seconds."""
    key = key_find(caller=caller, id=id)
    with tenant(caller):
        key.revoked_at = key.revoked_at or clock.now()
        key.save(update_fields=["revoked_at"])
        deed_append(caller=caller, verb="key.revoke", subjects=[key.pk])
    return key


def token_make(*, caller: Caller, scopes: frozenset[Scope], seconds: int, name: str = "") -> NewToken:
    """A JWT with some of the caller's rights that ends by itself, with its key, or when it is revoked by its id."""
    _may_hand_on(caller, scopes)
    maker = _maker(caller)
    if maker is None:
        raise Forbidden("A token is made with a key: it ends with it.")
    wished = clock.now() + timedelta(seconds=seconds)
    with tenant(caller):
        _room(caller)
        key = ApiKey.objects.create(
            **{name: getattr(maker, name) for name in COPIED} | {"scopes": sorted(scopes), "name": name},
            parent=maker.parent or maker,
            digest=secrets.token_bytes(32),
        )
        key.expires_at = min(maker.expires_at or wished, wished)
        key.save(update_fields=["expires_at"])
        deed_append(caller=caller, verb="token.create", subjects=[key.pk], detail={"scopes": sorted(scopes)})
    return NewToken(key, scoped_token(key=key, namespace=caller.namespace))


def _own(caller: Caller) -> QuerySet[ApiKey]:
    """Keys stand before the door, so the namespace is named here."""
    return ApiKey.objects.filter(namespace_id=caller.namespace_id)


def _maker(caller: Caller) -> ApiKey | None:
    """The caller's own key; people have none."""
    return _own(caller).select_related("parent").filter(pk=caller.key_id).first() if caller.key_id else None


def _may_hand_on(caller: Caller, scopes: frozenset[Scope]) -> None:
    if not scopes <= caller.scopes:
        beyond = ", ".join(sorted(scopes - caller.scopes))
        raise Forbidden(f"Your key may not give what it has not: {beyond}.", field="scopes")


def _within(maker: ApiKey | None, wishes: Mapping[str, Any], only: set[str] | None = None) -> dict[str, Any]:
    """The wishes with the maker's own bounds where nothing was wished. Raises Forbidden beyond them."""
    fields = dict(wishes)
    if "networks" in fields:
        fields["networks"] = checked_networks(fields["networks"])
    if maker is not None:
        bounded = {
            "networks": _networks_within(maker, fields.get("networks")),
            "expires_at": _end_within(maker, fields.get("expires_at")),
            **{name: _limit_within(maker, name, fields.get(name)) for name in LIMITS},
        }
        fields |= {name: value for name, value in bounded.items() if only is None or name in only}
    return fields


def _networks_within(maker: ApiKey, wished: Sequence[str] | None) -> list[str]:
    if not maker.networks or not wished:
        return list(wished or maker.networks)
    outer = [ip_network(network) for network in maker.networks]
    for text in wished:
        inner = ip_network(text)
        if not any(inner.version == one.version and inner.subnet_of(one) for one in outer):  # type: ignore[arg-type]
            raise Forbidden("Your own key may not be used from there.", field="networks")
    return list(wished)


def _end_within(maker: ApiKey, wished: datetime | None) -> datetime | None:
    if maker.expires_at is None or wished is None:
        return wished or maker.expires_at
    if wished > maker.expires_at:
        raise Forbidden("A key cannot outlive the one that made it.", field="expires_at")
    return wished


def _limit_within(maker: ApiKey, name: str, wished: int | None) -> int | None:
    own = getattr(maker, name)
    if not own or wished is None:  # 0: no limit; none of its own: the instance's
        return own if wished is None and own else wished
    if wished == 0 or wished > own:
        raise Forbidden("A key cannot have a higher limit than the one that made it.", field=name)
    return wished


def _is_usable(key: ApiKey) -> bool:
    return key.revoked_at is None and (key.expires_at is None or key.expires_at > clock.now())


def _room(caller: Caller) -> None:
    usable = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=clock.now()))
    if _own(caller).filter(usable).count() >= MOST:
        raise Conflict(f"A namespace has at most {MOST} keys and tokens that work: revoke some.")
