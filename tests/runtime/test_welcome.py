import shlex
from pathlib import Path

from runtime.paths import Home
from runtime.welcome import banner, welcome

HOME = Home(Path("/srv/garner"))


def test_the_banner_names_url_key_and_data():
    text = banner(home=HOME, url="http://127.0.0.1:8000", secret="gk_abc")
    assert "http://127.0.0.1:8000" in text
    assert "gk_abc" in text
    assert "/srv/garner" in text


def test_the_banner_has_a_command_that_stores_and_one_that_recalls():
    text = banner(home=HOME, url="http://127.0.0.1:8000", secret="gk_abc")
    commands = [shlex.split(part) for part in text.replace("\\\n", " ").splitlines() if "curl" in part]
    assert [command[2] for command in commands] == [
        "http://127.0.0.1:8000/v1/store",
        "http://127.0.0.1:8000/v1/recall",
    ]
    assert all("Authorization: Bearer gk_abc" in command for command in commands)


def test_without_a_new_key_the_banner_shows_none():
    text = banner(home=HOME, url="http://127.0.0.1:8000", secret=None)
    assert "gk_" not in text
    assert "First API key" not in text


def test_a_key_is_made_only_for_an_instance_without_one(alice):
    assert "First API key" not in welcome(HOME, "http://127.0.0.1:8000")
