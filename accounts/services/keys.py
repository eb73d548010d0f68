"""Make, find and revoke API keys."""

import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from threading import Lock

from cachetools import TTLCache
from django.db import OperationalError
from django.db.models import Q

import clock
from accounts.deeds import deed_append
from accounts.door import Caller, tenant
from accounts.errors import Forbidden, Invalid, NotFound, Unauthenticated
from accounts.models import ApiKey, Namespace
from accounts.namespace_settings import NamespaceSetting, OneOf, register, setting_of
from accounts.scopes import Role, Scope
from accounts.services.namespaces import as_operator, namespace_obtain
from accounts.storage import disk_is_full

PREFIX = "gk_"
REMEMBER_SECONDS = 2.0  # how long a process trusts a key it has checked; revocation is promised within 5 s
LAST_USE_EVERY = timedelta(minutes=1)  # `last_used_at` is written at most this often
DEFAULT_PROFILE = register(
    NamespaceSetting(
        "default_profile",
        str,
        lambda: "",
        OneOf(("", "garner", "memoryoss", "memex", "flux")),
        "Whose formula ranks, unless a request or the key names one; empty: the dialect's own.",
    )
)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made; `secret` is shown once and stored nowhere."""

    key: ApiKey
    secret: str


def digest_of(secret: str) -> bytes:
    """SHA-256 of a key: what is stored and looked up. Keys are random, so no salt is needed."""
    return hashlib.sha256(secret.encode()).digest()


def key_create(
    *,
    namespace: Namespace,
    scopes: frozenset[Scope],
    name: str = "",
    grains_per_minute: int | None = None,
    expires_at: datetime | None = None,
    mcp_profile: str = "",
    profile: str = "",
    requests_per_second: int | None = None,
) -> NewKey:
    """Make a key of `namespace`. Of the two rates None is the instance's default and 0 no limit.

    A key without a limit of grains has none of requests either, unless it is given one.
    """
    secret = PREFIX + secrets.token_urlsafe(32)
    caller = as_operator(namespace)
    with tenant(caller):
        key = ApiKey.objects.create(
            namespace=namespace,
            name=name,
            digest=digest_of(secret),
            scopes=sorted(scopes),
            grains_per_minute=grains_per_minute,
            expires_at=expires_at,
            mcp_profile=mcp_profile,
            profile=profile,
            requests_per_second=requests_per_second,
        )
        deed_append(caller=caller, verb="key.create", subjects=[key.pk], detail={"scopes": sorted(scopes)})
    return NewKey(key, secret)


def first_key() -> NewKey | None:
    """The first key of an instance, an admin of `default`; None when somebody administers it already."""
    if ApiKey.objects.filter(scopes__contains=[Scope.ADMIN]).exists():  # an agent's own key is none
        return None
    return key_create(namespace=namespace_obtain(name="default"), scopes=Role.ADMIN.scopes, name="first key")


def key_revoke(*, label: str) -> ApiKey:
    """Revoke the key with this label; every process forgets it within REMEMBER_SECONDS. Raises NotFound."""
    matches = [key for key in ApiKey.objects.select_related("namespace") if key.label == label]
    if len(matches) != 1:
        raise NotFound(f"There is no key '{label}'.", field="key")
    (key,) = matches
    caller = as_operator(key.namespace)
    with tenant(caller):
        key.revoked_at = clock.now()
        key.save(update_fields=["revoked_at"])
        deed_append(caller=caller, verb="key.revoke", subjects=[key.pk])
    return key


_known: TTLCache[bytes, Caller] = TTLCache(maxsize=10_000, ttl=REMEMBER_SECONDS, timer=time.monotonic)
_lock = Lock()


def caller_of(secret: str) -> Caller:
    """Who holds this key. Raises Unauthenticated when it is unknown, expired or revoked."""
    return caller_of_digest(digest_of(secret))


def caller_of_digest(digest: bytes) -> Caller:
    """Who holds the key with this digest. Raises Unauthenticated."""
    with _lock:
        caller = _known.get(digest)
    if caller is None:
        caller = _caller_from_table(digest)
        with _lock:
            _known[digest] = caller
    return caller


def _note_use(key: ApiKey, moment: datetime) -> None:
    """Write `last_used_at`; on a full disk go without it, so that reading goes on."""
    try:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=moment)
    except OperationalError as error:
        if not disk_is_full(error):
            raise


def _caller_from_table(digest: bytes) -> Caller:
    moment = clock.now()
    usable = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=moment))
    usable &= Q(parent=None) | Q(parent__revoked_at=None) & (
        Q(parent__expires_at=None) | Q(parent__expires_at__gt=moment)
    )
    key = ApiKey.objects.select_related("namespace").filter(usable, digest=digest).first()
    if key is None or not secrets.compare_digest(bytes(key.digest), digest):
        raise Unauthenticated("invalid or expired token")
    if key.last_used_at is None or moment - key.last_used_at > LAST_USE_EVERY:
        _note_use(key, moment)
    return Caller(
        namespace_id=key.namespace_id,
        namespace=key.namespace.name,
        subject=f"key:{key.label}",
        scopes=frozenset(Scope(s) for s in key.scopes),
        key_id=key.pk,
        grains_per_minute=key.grains_per_minute,
        mcp_profile=key.mcp_profile,
        profile=key.profile or setting_of(key.namespace_id, DEFAULT_PROFILE),
        requests_per_second=key.requests_per_second,
        networks=tuple(key.networks),
    )


def admitted(caller: Caller, address: str) -> Caller:
    """The caller, if its key may be used from this address. Raises Forbidden; an unknown address is in no network."""
    if not caller.networks:
        return caller
    try:
        found = ip_address(address.partition("%")[0])
        plain = (isinstance(found, IPv6Address) and found.ipv4_mapped) or found
        if any(plain in ip_network(network) for network in caller.networks):
            return caller
    except ValueError:
        pass  # a Unix socket's peer has none
    raise Forbidden("This key may not be used from your address.")


def checked_networks(networks: Sequence[str]) -> list[str]:
    """Networks in their normal form. Raises Invalid for what is none."""
    try:
        return [str(ip_network(network.strip())) for network in networks]
    except ValueError as error:
        raise Invalid("A network is an address or a range such as 10.0.0.0/8.", field="networks") from error
