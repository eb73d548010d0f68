import os
import socket
import stat
from pathlib import Path

import pytest

from runtime.errors import ConfigurationError
from runtime.paths import SOCKET_PATH_LIMIT, Home


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def long_home(tmp_path: Path) -> Home:
    return Home(tmp_path / ("a-long-name-" * 6) / ("and-another-" * 6))


def test_building_a_home_touches_nothing(tmp_path):
    home = Home(tmp_path / "home")
    assert home.postgres_socket_dir == tmp_path / "home" / "postgres" / "socket"
    assert list(tmp_path.iterdir()) == []


def test_the_folders_of_a_home_are_private(tmp_path):
    home = Home(tmp_path / "home")
    home.create()
    assert {mode(folder) for folder in (home.root, home.run, home.logs, home.secrets)} == {0o700}


def test_a_folder_that_was_open_is_closed(tmp_path):
    home = Home(tmp_path / "home")
    home.secrets.mkdir(parents=True)
    home.secrets.chmod(0o755)
    home.create()
    assert mode(home.secrets) == 0o700


def test_a_relative_home_does_not_move_with_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    home = Home(Path("home"))
    monkeypatch.chdir("/")
    assert home.root == tmp_path / "home"


def test_a_home_that_cannot_be_made_is_named_in_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match=r"GARNER_HOME .*file/home cannot be written"):
        Home(tmp_path / "file" / "home").create()


def test_a_short_home_keeps_its_sockets_inside(tmp_path):
    home = Home(tmp_path / "h")
    home.create()
    assert home.valkey_socket == tmp_path / "h" / "valkey" / "socket" / "valkey.sock"


def test_a_long_home_gets_short_sockets_that_work(tmp_path):
    home = long_home(tmp_path)
    home.create()
    (home.valkey / "socket").mkdir(parents=True)
    assert len(os.fsencode(home.postgres_socket_dir / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(str(home.valkey_socket))
        server.listen()
        client.connect(str(home.valkey_socket))
    assert (home.valkey / "socket" / "valkey.sock").is_socket()


def test_the_short_folder_is_private_and_recorded_for_every_process(tmp_path):
    home = long_home(tmp_path)
    home.create()
    assert mode(home.valkey_socket.parent.parent) == 0o700
    again = long_home(tmp_path)
    again.create()
    assert again.valkey_socket == home.valkey_socket


def test_a_short_folder_that_was_swept_away_is_made_anew(tmp_path):
    home = long_home(tmp_path)
    home.create()
    before = home.valkey_socket.parent.parent
    for link in before.iterdir():
        link.unlink()
    before.rmdir()
    home.create()
    assert home.valkey_socket.parent.parent != before
    assert home.valkey_socket.parent.is_symlink()


def test_a_short_folder_open_to_others_is_not_trusted(tmp_path):
    home = long_home(tmp_path)
    home.create()
    squatted = home.valkey_socket.parent.parent
    squatted.chmod(0o777)
    home.create()
    assert home.valkey_socket.parent.parent != squatted


def test_two_homes_have_different_marks_and_two_names_of_one_the_same(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "one")
    assert Home(tmp_path / "one").mark == Home(tmp_path / "link").mark
    assert Home(tmp_path / "one").mark != Home(tmp_path / "two").mark
