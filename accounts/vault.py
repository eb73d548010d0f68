"""Stored credentials: secrets that must be had back (webhook secrets, upstream keys, TOTP seeds), sealed.

AES-256-GCM under a key of the keyring. A sealed secret is text, `gv1.<key id>.<nonce and ciphertext, base64url>`, and
opens only with the context that it was sealed with: name in it the table, the row and what the secret is for, so that
a secret that was copied into another row is refused instead of used.

    sealed = vault_seal("whsec_...", context=f"webhook/{webhook.id}")
    secret = vault_open(sealed, context=f"webhook/{webhook.id}")

Register a column with `hold`, and `manage.py keyring rotate` seals it anew with the new key.
"""

import base64
import binascii
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import models

from accounts.errors import KeyringUnusable
from accounts.keyring import derived_by, key_add, keyring
from accounts.models import Namespace
from accounts.operator import operator, owner_alias

VERSION = "gv1"
NONCE_BYTES = 12  # GCM's own size; random nonces are safe far beyond the number of credentials of an instance


@dataclass(frozen=True, slots=True)
class Held:
    """A column of sealed secrets. `tenant` says whether its table has a namespace's rows, behind the door."""

    model: type[models.Model]
    field: str
    context: Callable[[Any], str]
    tenant: bool


_held: dict[tuple[str, str], Held] = {}


def hold(held: Held) -> None:
    """Have rotation seal this column anew; called in AppConfig.ready."""
    _held[held.model._meta.label, held.field] = held  # noqa: SLF001 (Django's documented meta API)


def vault_seal(secret: str, *, context: str) -> str:
    """`secret` as text that may be stored: nobody reads it without the keyring, or opens it in another context."""
    key_id, nonce = keyring().sealing, secrets.token_bytes(NONCE_BYTES)
    sealed = _cipher(key_id).encrypt(nonce, secret.encode(), _bound(key_id, context))
    return f"{VERSION}.{key_id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def vault_open(sealed: str, *, context: str) -> str:
    """The secret again. Raises KeyringUnusable when key, context or text are not those that it was sealed with."""
    try:
        key_id, text = _unversioned(sealed).split(".")
        raw = base64.b64decode(text, altchars=b"-_", validate=True)
        return _cipher(key_id).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _bound(key_id, context)).decode()
    except (ValueError, binascii.Error, InvalidTag) as error:
        raise KeyringUnusable(
            "A stored credential cannot be opened: it was changed, or sealed for another row."
        ) from error


def key_of(sealed: str) -> str:
    """The id of the key that a sealed secret needs."""
    return sealed.split(".")[1]


def vault_rotate() -> tuple[str, int]:
    """Add a key to the keyring and seal every held secret with it; return its id and how many there were.

    Interrupted, it can be run again: what still needs an older key opens, since older keys stay. As the operator.
    """
    from django.conf import settings  # noqa: PLC0415 (as in accounts.keyring)

    owner_alias()  # whoever may not finish does not begin
    key_id = key_add(settings.KEYRING_PATH)
    return key_id, vault_reseal()


def vault_reseal() -> int:
    """Seal every held secret that was sealed with an older key anew; return how many, over all namespaces."""
    namespaces = list(Namespace.objects.values_list("pk", flat=True))
    return sum(_reseal(held, scope) for held in _held.values() for scope in (namespaces if held.tenant else [None]))


def _reseal(held: Held, namespace_id: int | None) -> int:
    count = 0
    with operator([] if namespace_id is None else [namespace_id]) as alias:
        rows = held.model._default_manager.using(alias).select_for_update()  # noqa: SLF001 (documented)
        for row in rows:
            sealed = getattr(row, held.field)
            if sealed and key_of(sealed) != keyring().sealing:
                context = held.context(row)
                setattr(row, held.field, vault_seal(vault_open(sealed, context=context), context=context))
                row.save(using=alias, update_fields=[held.field])
                count += 1
    return count


def _unversioned(sealed: str) -> str:
    version, _, rest = sealed.partition(".")
    if version != VERSION:
        raise ValueError(version)
    return rest


def _cipher(key_id: str) -> AESGCM:
    return AESGCM(derived_by(key_id, "vault"))


def _bound(key_id: str, context: str) -> bytes:
    return f"{VERSION}/{key_id}/{context}".encode()
