"""Whether the keyring is the one that this database was written with: found out at the start, not at the first loss."""

from django.conf import settings
from django.db import connections

from accounts.errors import KeyringUnusable
from accounts.keyring import keyring

KNOWN_SQL = "SELECT key_id, mark FROM accounts_keycheck"
NOTE_SQL = "INSERT INTO accounts_keycheck (key_id, mark) VALUES (%s, %s) ON CONFLICT (key_id) DO NOTHING"


def keys_check(*, using: str) -> None:
    """Compare the keyring with the marks in the database, and leave a mark of each new key.

    Raises KeyringUnusable, with what to do, when a key is missing or another one has its name; with
    GARNER_ACCEPT_KEY_LOSS its mark is forgotten instead.
    """
    ours = keyring()
    marks = {key_id: ours.derive("key check", key_id=key_id) for key_id in ours.key_ids}
    with connections[using].cursor() as cursor:
        cursor.execute(KNOWN_SQL)
        lost = [key_id for key_id, mark in cursor.fetchall() if marks.get(key_id) != bytes(mark)]
        if lost and not settings.ACCEPT_KEY_LOSS:
            raise KeyringUnusable(_lost(lost[0]))
        cursor.execute("DELETE FROM accounts_keycheck WHERE key_id = ANY(%s)", [lost])
        for key_id, mark in marks.items():
            cursor.execute(NOTE_SQL, [key_id, mark])


def _lost(key_id: str) -> str:
    return (
        f"This database was written with another keyring: its key '{key_id}' is not the one in the keyring's file. "
        "Put the file back from its backup. Without it the words of memories cannot be searched, fingerprints and "
        "seals cannot be checked, and stored credentials cannot be opened; to go on all the same, start "
        "once with GARNER_ACCEPT_KEY_LOSS=1."
    )
