"""The key of an agent that talks over stdio: the one it was given, or the home's own."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from accounts.errors import Unauthenticated
from accounts.scopes import Scope
from accounts.services.keys import key_create
from accounts.services.namespaces import namespace_obtain
from runtime.paths import Home

FILE = "agent-key"  # in the home's secrets
NAMESPACE = "default"
SCOPES = frozenset({Scope.RECALL, Scope.STORE, Scope.UPDATE, Scope.FEEDBACK})  # nothing that deletes


def agent_key(home: Home, given: str) -> str:
    """`given`, or the home's own key, which is made on first use. Raises Unauthenticated when its file is empty."""
    return given or key_in(home.secrets / FILE, "this machine's agents")


def client_key_file(home: Home, client: str) -> Path:
    """Where the key of one client program of this machine is kept."""
    return home.secrets / f"{FILE}-{client}"


def key_in(path: Path, name: str) -> str:
    """The key in a file; without the file, a new one of this name in the default namespace.

    A key that was revoked is not replaced: whoever revoked it meant it. Raises Unauthenticated when the file is empty.
    """
    with suppress(FileNotFoundError):
        if secret := path.read_text().strip():
            return secret
        raise Unauthenticated(f"{path} is empty: delete it for a new key, or set GARNER_API_KEY.")
    return _made(path, name)


def _made(path: Path, name: str) -> str:
    """A new key, in its file before anybody can use it; of two sessions at once, the first one's key is the key."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        new = key_create(namespace=namespace_obtain(name=NAMESPACE), scopes=SCOPES, name=name)
        file.write(new.secret)
    try:
        path.hardlink_to(fresh)
    except FileExistsError:
        pass  # another session was first; the key made here has no holder
    finally:
        fresh.unlink()
    return path.read_text().strip()
