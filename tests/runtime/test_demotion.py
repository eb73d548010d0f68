import os

import pytest

from runtime.demotion import Account, can_read, give, identity_of, server_account

STRANGER = Account(uid=54321, gid=54321)


@pytest.fixture
def open_folder(short_folder):
    """A folder that everybody may enter, and all above it (pytest's own are private)."""
    short_folder.chmod(0o755)
    return short_folder


def test_an_ordinary_account_is_not_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert server_account(tmp_path) is None
    assert identity_of(None) == {}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders away")
def test_root_gives_way_to_an_account_without_rights(tmp_path):
    account = server_account(tmp_path / "not there yet")
    assert account
    assert account.uid != 0
    assert identity_of(account) == {"user": account.uid, "group": account.gid, "extra_groups": []}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders away")
def test_data_that_belong_to_somebody_stay_theirs(tmp_path):
    folder = tmp_path / "data"
    give(folder, STRANGER)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert server_account(folder) == STRANGER


def test_what_is_open_to_all_can_be_read(open_folder):
    (open_folder / "file").write_text("")
    (open_folder / "file").chmod(0o644)
    assert can_read(open_folder / "file", STRANGER)


def test_a_closed_file_or_a_closed_folder_above_cannot(open_folder):
    inner = open_folder / "inner"
    inner.mkdir()
    (inner / "file").write_text("")
    (inner / "file").chmod(0o600)
    assert not can_read(inner / "file", STRANGER)
    (inner / "file").chmod(0o644)
    inner.chmod(0o700)
    assert not can_read(inner / "file", STRANGER)


def test_the_owner_is_judged_by_the_owners_bits(open_folder):
    (open_folder / "file").write_text("")
    (open_folder / "file").chmod(0o600)
    assert can_read(open_folder / "file", Account(os.geteuid(), os.getegid()))
