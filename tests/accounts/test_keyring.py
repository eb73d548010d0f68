"""The keyring: made once, private, and clear about damage."""

import base64
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings

from accounts.errors import KeyringUnusable
from accounts.keyring import Keyring

GOOD = base64.b64encode(b"k" * 32).decode()


def document(secret: object = GOOD, active: object = "k1") -> str:
    return json.dumps({"version": 1, "active": active, "keys": {"k1": {"secret": secret}}})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "keyring.json"


def test_a_new_keyring_is_private_and_stays_what_it_is(path: Path) -> None:
    first = Keyring.create_if_missing(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert (len(first.master), Keyring.create_if_missing(path)) == (32, first)
    assert [file.name for file in path.parent.iterdir()] == ["keyring.json"]


def test_many_that_make_it_at_once_get_the_same_one(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: Keyring.create_if_missing(path), range(8)))
    assert len(made) == 1


def test_two_keyrings_are_never_the_same(tmp_path: Path) -> None:
    one, two = (Keyring.create_if_missing(tmp_path / name) for name in "ab")
    assert one.master != two.master


def test_derived_secrets_depend_on_the_purpose_and_the_master() -> None:
    one, two = Keyring("k1", b"a" * 32), Keyring("k1", b"b" * 32)
    derived = {one.derive("x"), one.derive("y"), two.derive("x")}
    assert len(derived) == 3
    assert one.derive("x") == one.derive("x")
    assert len(one.derive("x", 64)) == 64


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"active": "k1", "keys": {}}',
        document(active="k2"),
        document(active=["k1"]),
        document(secret="***"),
        document(secret=None),
        document(secret=GOOD[:-4]),
        document(secret=""),
        "\udcff",
    ],
)
def test_damage_is_told_with_the_file_and_the_way_out(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    path.chmod(0o600)
    with pytest.raises(KeyringUnusable, match=str(path)) as caught:
        Keyring.read(path)
    assert "damaged" in caught.value.message
    assert path.read_bytes() == text.encode("utf-8", "surrogateescape"), "a damaged keyring is never overwritten"


def test_a_keyring_that_others_may_read_is_refused(path: Path) -> None:
    Keyring.create_if_missing(path)
    path.chmod(0o640)
    with pytest.raises(KeyringUnusable, match="chmod 600"):
        Keyring.read(path)


def test_a_missing_keyring_is_told(path: Path) -> None:
    with pytest.raises(KeyringUnusable, match="cannot be read"):
        Keyring.read(path)
    assert Keyring.read_if_present(path) is None


def test_a_command_with_a_damaged_keyring_says_so_in_a_sentence(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("{")
    path.chmod(0o600)
    done = subprocess.run(
        [sys.executable, "manage.py", "namespace", "list"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "GARNER_KEYRING": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert f"{path} is damaged: restore it from a backup." in done.stderr
