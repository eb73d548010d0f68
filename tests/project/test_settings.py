"""docs/settings.md names every setting that the code reads, and no other, with its real default."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("accounts", "console", "embedding", "grains", "mcp_bridge", "memoryproject", "retrieval", "runtime", "text")
FOREIGN = {"PROMETHEUS_MULTIPROC_DIR", "DATABASE_URL", "REDIS_URL"}  # names that are not ours alone
OTHERS = {"XDG_RUNTIME_DIR", "DJANGO_SETTINGS_MODULE", "PATH", "PGAPPNAME"}  # the system's, Django's and libpq's
NAME = re.compile(r"""["'](GARNER_[A-Z_]*[A-Z]|DATABASE_URL|REDIS_URL|PROMETHEUS_MULTIPROC_DIR)["']""")
READ = re.compile(r"""environ(?:\.get\(|\[|\.pop\()\s*["']([A-Z_]+)["']|env\.\w+\(\s*["']([A-Z_]+)["']""")
DEFAULT = re.compile(r"""env\.(\w+)\("([A-Z_]+)", default=(.+?)\)(?:\)|\s|,|\]|\.|$)""")
ROW = re.compile(r"^\| `([A-Z_]+)` \| ?(.*?) ?\| (.+) \|$", re.MULTILINE)


def sources() -> dict[Path, str]:
    files = [ROOT / "manage.py"]
    for package in PACKAGES:
        files += (ROOT / package).rglob("*.py")
    return {file: file.read_text() for file in files}


def documented() -> dict[str, str]:
    """The default of each setting as the page tells it."""
    return {name: default.strip("`") for name, default, _ in ROW.findall((ROOT / "docs/settings.md").read_text())}


def read_names() -> set[str]:
    found: set[str] = set()
    for text in sources().values():
        found |= {name for pair in READ.findall(text) for name in pair if name}
        found |= set(NAME.findall(text))
    return {name.removesuffix("_FILE") for name in found} - OTHERS


def test_every_setting_that_is_read_is_documented() -> None:
    assert len(read_names()) > 25, "the test must find the settings"
    assert read_names() - set(documented()) == set()


def test_every_setting_that_is_documented_is_read() -> None:
    assert set(documented()) - read_names() == set()


@pytest.mark.parametrize("name", sorted(documented()))
def test_the_default_that_is_told_is_the_real_one(name: str) -> None:
    (given,) = [
        (kind, default)
        for kind, setting, default in DEFAULT.findall((ROOT / "memoryproject/settings.py").read_text())
        if setting == name and "(" not in default
    ] or [("", "")]
    kind, default = given
    if not kind:
        return  # computed, or read elsewhere: the page says how
    plain = default.strip("\"'")
    told = documented()[name]
    if kind == "bool":
        assert told == {"True": "1", "False": "0"}[plain]
    elif kind == "list":
        assert told == ",".join(re.findall(r'"(.*?)"', default))
    else:
        assert told == plain


def told_by_settings(expression: str, **environ: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", f"from memoryproject import settings; print({expression})"],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_a_setting_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "limit"
    file.write_text("7")
    assert told_by_settings("settings.GRAINS_PER_MINUTE", GARNER_GRAINS_PER_MINUTE_FILE=str(file)) == "7"


def test_the_keyrings_path_may_begin_at_the_users_home(tmp_path: Path) -> None:
    told = told_by_settings("settings.KEYRING_PATH", GARNER_KEYRING="~/k.json", HOME=str(tmp_path))
    assert told == str(tmp_path / "k.json")
