"""Stored credentials: sealed with the keyring, bound to their row, sealed anew when a key is added."""

import json
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections

from accounts import keyring as keyrings
from accounts.errors import KeyringUnusable
from accounts.keycheck import keys_check
from accounts.keyring import Keyring, derived, derived_by, key_add, keyring
from accounts.models import User
from accounts.operator import owner_alias
from accounts.vault import Held, _held, hold, key_of, vault_open, vault_reseal, vault_seal
from runtime.database import prepare_database
from runtime.errors import ConfigurationError
from runtime.postgres import PostgresServer


@pytest.fixture
def ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A keyring of the test's own."""
    path = tmp_path / "keyring.json"
    Keyring.create_if_missing(path)
    monkeypatch.setattr(settings, "KEYRING_PATH", path)
    forget()
    yield path
    forget()


@pytest.fixture(autouse=True)
def _forgotten():
    yield
    forget()


def forget() -> None:
    for cache in (keyrings.keyring, keyrings.derived, keyrings.derived_by):
        cache.cache_clear()


def test_a_secret_comes_back_and_is_not_to_be_read_meanwhile(ring: Path) -> None:
    sealed = vault_seal("whsec_äöü", context="webhook/1")
    assert "whsec" not in sealed
    assert vault_open(sealed, context="webhook/1") == "whsec_äöü"
    assert vault_seal("whsec_äöü", context="webhook/1") != sealed, "two are never alike"


def test_a_secret_that_was_copied_into_another_row_does_not_open(ring: Path) -> None:
    sealed = vault_seal("s", context="webhook/1")
    with pytest.raises(KeyringUnusable):
        vault_open(sealed, context="webhook/2")


@pytest.mark.parametrize("place", [0, 5, 8, -8])
def test_a_changed_secret_does_not_open(ring: Path, place: int) -> None:
    sealed = list(vault_seal("secret", context="c"))
    sealed[place] = "A" if sealed[place] != "A" else "B"
    with pytest.raises(KeyringUnusable):
        vault_open("".join(sealed), context="c")


@pytest.mark.parametrize(
    "text", ["", "gv1", "gv1.k1", "gv1.k1.!!", "gv1.k1.", "gv2.k1.AAAA", "gv1.k9.AAAAAAAAAAAAAAAAAAAA"]
)
def test_what_was_never_sealed_does_not_open(ring: Path, text: str) -> None:
    with pytest.raises(KeyringUnusable):
        vault_open(text, context="c")


def test_another_keyring_opens_nothing(ring: Path) -> None:
    sealed = vault_seal("secret", context="c")
    ring.unlink()
    Keyring.create_if_missing(ring)
    forget()
    with pytest.raises(KeyringUnusable):
        vault_open(sealed, context="c")


def test_an_added_key_seals_what_is_new_and_the_old_one_still_opens(ring: Path) -> None:
    old = vault_seal("old", context="c")
    marks, root = derived("fingerprints"), keyring().master
    assert key_add(ring) == "k2"
    forget()
    new = vault_seal("new", context="c")
    assert (key_of(old), key_of(new)) == ("k1", "k2")
    assert [vault_open(one, context="c") for one in (old, new)] == ["old", "new"]
    assert (derived("fingerprints"), keyring().master) == (marks, root), "what cannot be made anew keeps its key"
    assert ring.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in ring.parent.iterdir()] == ["keyring.json"]


def test_a_process_finds_a_key_that_another_one_has_added(ring: Path) -> None:
    assert keyring().key_ids == ["k1"]
    document = json.loads(ring.read_text())
    document["keys"]["k2"] = document["keys"]["k1"]
    ring.write_text(json.dumps(document))
    assert derived_by("k2", "vault") == derived_by("k1", "vault")
    with pytest.raises(KeyringUnusable, match="k3"):
        derived_by("k3", "vault")


def test_a_keyring_that_names_a_missing_sealing_key_is_damaged(ring: Path) -> None:
    ring.write_text(json.dumps({**json.loads(ring.read_text()), "sealing": "k7"}))
    with pytest.raises(KeyringUnusable, match="k7"):
        Keyring.read(ring)


def test_rotation_seals_every_held_secret_anew(ring: Path, owner: PostgresServer) -> None:
    forget_marks(owner)
    user = User.objects.create(username="rotated")
    User.objects.filter(pk=user.pk).update(email=vault_seal("JBSWY3DP", context=f"totp/{user.pk}"))
    others = dict(_held)
    _held.clear()  # their rows were sealed with the tests' own keyring
    hold(Held(User, "email", lambda row: f"totp/{row.pk}", tenant=False))
    try:
        call_command("keyring", "rotate")
        user.refresh_from_db()
        assert key_of(user.email) == "k2"
        assert vault_open(user.email, context=f"totp/{user.pk}") == "JBSWY3DP"
        assert vault_reseal() == 0
    finally:
        _held.clear()
        _held.update(others)
        User.objects.filter(pk=user.pk).delete()
        forget_marks(owner)


def forget_marks(owner: PostgresServer) -> None:
    with psycopg.connect(owner.owner_dsn(), autocommit=True) as connection:
        connection.execute("DELETE FROM accounts_keycheck")


def test_another_keyring_is_noticed_at_the_start(ring: Path, owner: PostgresServer) -> None:
    forget_marks(owner)
    try:
        keys_check(using=owner_alias())
        keys_check(using=owner_alias())
        ring.unlink()
        Keyring.create_if_missing(ring)
        forget()
        with pytest.raises(ConfigurationError, match="another keyring"):
            prepare_database(owner_url=owner.owner_dsn(), app_url=settings.APP_DATABASE_URL)
    finally:
        forget_marks(owner)


def test_a_keyring_that_lost_an_older_key_is_noticed_too(ring: Path, owner: PostgresServer) -> None:
    forget_marks(owner)
    before = ring.read_text()
    try:
        key_add(ring)
        keys_check(using=owner_alias())
        ring.write_text(before)
        forget()
        with pytest.raises(KeyringUnusable, match="k2"):
            keys_check(using=owner_alias())
    finally:
        forget_marks(owner)


def test_an_operator_may_give_lost_keys_up(ring: Path, owner: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_marks(owner)
    try:
        keys_check(using=owner_alias())
        ring.unlink()
        Keyring.create_if_missing(ring)
        forget()
        monkeypatch.setattr(settings, "ACCEPT_KEY_LOSS", True)
        keys_check(using=owner_alias())
        monkeypatch.setattr(settings, "ACCEPT_KEY_LOSS", False)
        keys_check(using=owner_alias())
        with connections[owner_alias()].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM accounts_keycheck")
            assert cursor.fetchone() == (1,)
    finally:
        forget_marks(owner)


def test_the_command_says_which_keys_there_are(ring: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key_add(ring)
    call_command("keyring", "status")
    assert capsys.readouterr().out.split("\n")[:2] == ["k1", "k2 (seals what is new)"]


def test_without_the_operators_address_nothing_is_rotated(
    ring: Path, monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    monkeypatch.setattr(settings, "OWNER_DATABASE_URL", "")
    with pytest.raises(CommandError):
        call_command("keyring", "rotate")
    assert Keyring.read(ring).key_ids == ["k1"]
