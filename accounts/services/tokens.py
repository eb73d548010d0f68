"""Tokens: a JWT that stands for a key for an hour, as memoryOSS's clients exchange it. It dies with its key."""

import hashlib
import time
from datetime import timedelta
from threading import Lock

import jwt
from cachetools import TTLCache
from jwt.types import Options

import clock
from accounts.door import Caller
from accounts.errors import Unauthenticated
from accounts.keyring import derived
from accounts.models import ApiKey
from accounts.scopes import Role, Scope
from accounts.services import keys

LIFETIME = timedelta(hours=1)
ALGORITHM, ISSUER, AUDIENCE = "HS256", "garner", "garner"
_CHECKS: Options = {
    "require": ["sub", "exp", "iat", "iss", "aud", "key"],
    "verify_exp": False,  # judged by our clock, below
    "verify_iat": False,
}
_verified: TTLCache[bytes, tuple[bytes, float]] = TTLCache(maxsize=10_000, ttl=60, timer=time.monotonic)
_lock = Lock()


def token_issue(*, secret: str) -> str:
    """A token for the holder of a key. Raises Unauthenticated for a key that is not one, or not any more."""
    try:
        caller = keys.caller_of(secret)
    except Unauthenticated as error:
        raise Unauthenticated("invalid API key") from error
    now = clock.now()
    claims = {
        "sub": caller.subject,
        "namespace": caller.namespace,
        "role": _role(caller.scopes),
        "key": keys.digest_of(secret).hex(),
        "iat": now,
        "exp": now + LIFETIME,
        "iss": ISSUER,
        "aud": AUDIENCE,
    }
    return jwt.encode(claims, _signing_key(), algorithm=ALGORITHM)


def scoped_token(*, key: ApiKey, namespace: str) -> str:
    """The token for a key that has no secret of its own; its jti is the key's id, by which it is revoked."""
    scopes = frozenset(Scope(scope) for scope in key.scopes)
    claims = {
        "sub": f"key:{key.label}",
        "jti": str(key.pk),
        "namespace": namespace,
        "role": _role(scopes),
        "scopes": sorted(scopes),
        "key": bytes(key.digest).hex(),
        "iat": key.created_at,
        "exp": key.expires_at,
        "iss": ISSUER,
        "aud": AUDIENCE,
    }
    return jwt.encode(claims, _signing_key(), algorithm=ALGORITHM)


def caller_of(bearer: str) -> Caller:
    """Who sends this bearer: a token of ours, or else a raw key. Raises Unauthenticated.

    A token's key is asked for as if it had been sent itself, so revoking the key ends its tokens as fast.
    """
    if bearer.count(".") != 2:  # keys have no dots
        return keys.caller_of(bearer)
    return keys.caller_of_digest(_key_of(bearer))


def _key_of(token: str) -> bytes:
    """The digest of the token's key. A signature that was found good is not computed again for a minute."""
    mark = hashlib.sha256(token.encode()).digest()
    with _lock:
        digest, expires = _verified.get(mark, (b"", 0.0))
    if not digest:
        digest, expires = _decoded(token)
        with _lock:
            _verified[mark] = digest, expires
    if clock.now().timestamp() >= expires:
        raise Unauthenticated("invalid or expired token")
    return digest


def _decoded(token: str) -> tuple[bytes, float]:
    try:
        claims = jwt.decode(
            token, _signing_key(), algorithms=[ALGORITHM], issuer=ISSUER, audience=AUDIENCE, options=_CHECKS
        )
        return bytes.fromhex(claims["key"]), float(claims["exp"])
    except (jwt.InvalidTokenError, ValueError, TypeError) as error:
        raise Unauthenticated("invalid or expired token") from error


def _signing_key() -> bytes:
    return derived("tokens")


def _role(scopes: frozenset[Scope]) -> str:
    """The largest role that the key covers, for clients that read it; the key's scopes decide."""
    covered = [role for role in (Role.ADMIN, Role.WRITER, Role.READER) if role.scopes <= scopes]
    return covered[0] if covered else ""
