"""garner.toml: settings in a file that nobody else may read, and the environment wins."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.errors import ConfigurationError
from runtime.settings_file import MERGED, merge_settings_file

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "garner.toml"


def written(file: Path, text: str, mode: int = 0o600) -> Path:
    file.write_text(text)
    file.chmod(mode)
    return file


def merged(file: Path, **environ: str) -> dict[str, str]:
    merge_settings_file(file, environ)
    return environ


def test_without_a_file_nothing_is_set(file):
    assert merged(file) == {}


def test_values_are_spelled_as_the_environment_spells_them(file):
    text = 'GARNER_PORT = 8001\nGARNER_DEBUG = true\nGARNER_LOG_JSON = false\nGARNER_ALLOWED_HOSTS = ["a", "b"]\n'
    assert merged(written(file, text)) == {
        "GARNER_PORT": "8001",
        "GARNER_DEBUG": "1",
        "GARNER_LOG_JSON": "0",
        "GARNER_ALLOWED_HOSTS": "a,b",
    }


def test_the_environment_wins(file):
    assert merged(written(file, "GARNER_PORT = 8001"), GARNER_PORT="9000") == {"GARNER_PORT": "9000"}


def test_the_environment_wins_when_it_names_a_file_with_the_value(file):
    environ = merged(written(file, 'DATABASE_URL = "postgresql://x/y"'), DATABASE_URL_FILE="/run/secrets/database")
    assert environ == {"DATABASE_URL_FILE": "/run/secrets/database"}


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_may_touch_is_refused(file, mode):
    with pytest.raises(ConfigurationError, match="chmod 600"):
        merged(written(file, "GARNER_PORT = 8001", mode))


@pytest.mark.parametrize("text", ["GARNER_PORT", 'PATH = "/bin"', "garner_port = 1", 'GARNER_HOME = "/x"'])
def test_what_is_no_setting_is_refused(file, text):
    with pytest.raises(ConfigurationError, match=r"garner\.toml"):
        merged(written(file, text))


@pytest.mark.parametrize("value", ["{a = 1}", "[1, 2]", "1979-05-27"])
def test_a_value_that_no_setting_has_is_refused(file, value):
    with pytest.raises(ConfigurationError, match="must be text"):
        merged(written(file, f"GARNER_PORT = {value}"))


def test_processes_of_a_running_instance_do_not_read_it_again(file):
    assert merged(written(file, "GARNER_PORT = 8001"), **{MERGED: "1"}) == {MERGED: "1"}


def test_django_reads_its_settings_from_it(tmp_path):
    written(tmp_path / "garner.toml", "GARNER_PORT = 8123\nGARNER_TRACE_RETENTION_DAYS = 3")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GARNER_")}
    program = "from memoryproject import settings as s; print(s.GARNER_PORT, s.TRACE_RETENTION_DAYS)"
    found = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**kept, "GARNER_HOME": str(tmp_path), "GARNER_TRACE_RETENTION_DAYS": "5"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.split() == ["8123", "5"]
