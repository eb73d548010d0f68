"""The keyring: one master secret, from which every other secret of an instance is derived (HKDF-SHA256).

The file is {"version": 1, "active": "k1", "keys": {"k1": {"secret": <base64, 32 bytes>, "created": <ISO 8601>}}},
mode 0600. Losing it makes the stored postings, credentials and tokens of the instance useless: back it up.
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
    """A loaded keyring; `master` is 32 random bytes."""

    key_id: str
    master: bytes

    def derive(self, purpose: str, size: int = 32) -> bytes:
        """`size` bytes that depend on the master secret and on `purpose`, and tell nothing of either."""
        return HKDF(algorithm=SHA256(), length=size, salt=None, info=f"garner/{purpose}".encode()).derive(self.master)

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
            master = base64.b64decode(document["keys"][key_id]["secret"], validate=True)
        except OSError as error:
            raise KeyringUnusable(f"{path} cannot be read: {error.strerror}.") from error
        except (ValueError, KeyError, TypeError) as error:
            raise KeyringUnusable(f"{path} is damaged: restore it from a backup.") from error
        if len(master) != 32:
            raise KeyringUnusable(f"{path} is damaged: the active key has not 32 bytes.")
        return cls(key_id, master)

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


def _document() -> dict[str, object]:
    secret = base64.b64encode(secrets.token_bytes(32)).decode()
    return {
        "version": 1,
        "active": "k1",
        "keys": {"k1": {"secret": secret, "created": clock.now().isoformat()}},
    }


@lru_cache(maxsize=1)
def keyring() -> Keyring:
    """The instance's keyring, made on first use."""
    from django.conf import settings  # noqa: PLC0415 (the settings are built from this module)

    return Keyring.create_if_missing(settings.KEYRING_PATH)


@lru_cache(maxsize=4096)
def derived(purpose: str) -> bytes:
    """A derived 32-byte key of the instance, kept in memory: HKDF costs more than the hashes made with it."""
    return keyring().derive(purpose)
