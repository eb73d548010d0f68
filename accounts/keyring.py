"""The keyring: master secrets, from which every other secret of an instance is derived (HKDF-SHA256).

The file is {"version": 1, "active": "k1", "keys": {"k1": {"secret": <base64, 32 bytes>, "created": <ISO 8601>}}},
mode 0600. Losing it makes the stored postings, credentials and tokens of the instance useless: back it up.

`active` is the key of everything that cannot be made anew (fingerprints, term hashes) and stays what it is. A rotation
adds a key and names it `sealing`: stored credentials and new seals of the log are made with that one, and the older
ones stay in the file, because seals that they have made must still verify.
"""

import base64
import json
import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

import clock
from accounts.errors import KeyringUnusable


@dataclass(frozen=True, slots=True)
class Keyring:
    """A loaded keyring; `master` is 32 random bytes, and so is each of `others`, the keys by their ids."""

    key_id: str
    master: bytes
    sealing_id: str = ""  # of the key that seals what is written from now on; empty: the active one
    others: tuple[tuple[str, bytes], ...] = ()

    def derive(self, purpose: str, size: int = 32, key_id: str = "") -> bytes:
        """`size` bytes that depend on a key (the active one) and on `purpose`, and tell nothing of either.

        Raises KeyringUnusable when the key is not in the keyring.
        """
        secret = self.master if key_id in {"", self.key_id} else dict(self.others).get(key_id)
        if secret is None:
            raise KeyringUnusable(f"The keyring has no key '{key_id}': put back the copy that has it.")
        return HKDF(algorithm=SHA256(), length=size, salt=None, info=f"garner/{purpose}".encode()).derive(secret)

    @property
    def sealing(self) -> str:
        """The id of the key that seals what is written from now on."""
        return self.sealing_id or self.key_id

    @property
    def key_ids(self) -> list[str]:
        """The ids of every key, the active one first."""
        return [self.key_id, *(key_id for key_id, _ in self.others)]

    def derive_text(self, purpose: str) -> str:
        """`derive` as 64 hexadecimal digits."""
        return self.derive(purpose).hex()

    @staticmethod
    def throwaway() -> str:
        """A secret that lives as long as this process."""
        return secrets.token_hex(32)

    @classmethod
    def read(cls, path: Path) -> "Keyring":
        """Load the active key. Raises KeyringUnusable when the file is missing, open to others or damaged."""
        try:
            if path.stat().st_mode & 0o077:
                raise KeyringUnusable(f"{path} must be readable by its owner only: chmod 600 it.")
            document = json.loads(path.read_text())
            key_id = document["active"]
            secrets_ = {name: base64.b64decode(key["secret"], validate=True) for name, key in document["keys"].items()}
            master, sealing = secrets_.pop(key_id), document.get("sealing", "")
        except OSError as error:
            raise KeyringUnusable(f"{path} cannot be read: {error.strerror}.") from error
        except (ValueError, KeyError, TypeError) as error:
            raise KeyringUnusable(f"{path} is damaged: restore it from a backup.") from error
        if len(master) != 32 or any(len(secret) != 32 for secret in secrets_.values()):
            raise KeyringUnusable(f"{path} is damaged: a key has not 32 bytes.")
        if sealing not in {"", key_id, *secrets_}:
            raise KeyringUnusable(f"{path} is damaged: it names a key '{sealing}' that it has not.")
        return cls(key_id, master, sealing, tuple(secrets_.items()))

    @classmethod
    def read_if_present(cls, path: Path) -> "Keyring | None":
        """Like `read`, but None when there is no file yet."""
        return cls.read(path) if path.exists() else None

    @classmethod
    def create_if_missing(cls, path: Path) -> "Keyring":
        """Load the keyring, making it first where there is none; safe against a second maker."""
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(json.dumps(_document(), indent=1))
                file.flush()
                os.fsync(file.fileno())
            try:
                path.hardlink_to(fresh)
            except FileExistsError:
                pass  # another process was first: its key is the key
            finally:
                fresh.unlink()
        return cls.read(path)


def key_add(path: Path) -> str:
    """Add a key to the keyring's file and make it the sealing one; return its id. The file is never half written."""
    Keyring.read(path)
    document = json.loads(path.read_text())
    key_id = f"k{1 + max(int(name[1:]) for name in document['keys'] if name[1:].isdecimal())}"
    document["keys"][key_id] = _fresh_key()
    document["sealing"] = key_id
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(json.dumps(document, indent=1))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    keyring.cache_clear()
    return key_id


def _document() -> dict[str, object]:
    return {"version": 1, "active": "k1", "keys": {"k1": _fresh_key()}}


def _fresh_key() -> dict[str, str]:
    return {"secret": base64.b64encode(secrets.token_bytes(32)).decode(), "created": clock.now().isoformat()}


@lru_cache(maxsize=1)
def keyring() -> Keyring:
    """The instance's keyring, made on first use."""
    from django.conf import settings  # noqa: PLC0415 (the settings are built from this module)

    return Keyring.create_if_missing(settings.KEYRING_PATH)


@lru_cache(maxsize=4096)
def derived(purpose: str) -> bytes:
    """A derived 32-byte key of the instance, kept in memory: HKDF costs more than the hashes made with it."""
    return keyring().derive(purpose)


@lru_cache(maxsize=4096)
def derived_by(key_id: str, purpose: str) -> bytes:
    """`derived` from the key with this id. A key that was added since the keyring was read is found.

    Raises KeyringUnusable when there is none.
    """
    if key_id not in keyring().key_ids:
        keyring.cache_clear()
    return keyring().derive(purpose, key_id=key_id)
