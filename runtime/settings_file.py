"""`$GARNER_HOME/garner.toml`: the settings of docs/settings.md in a file. The environment wins over it.

    GARNER_PORT = 8001
    GARNER_ALLOWED_HOSTS = ["memory.example.org"]
    DATABASE_URL = "postgresql://..."

Its values become the process's environment, so that every reader of a setting finds them in one place.
"""

import re
import tomllib
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

from runtime.errors import ConfigurationError

MERGED = "GARNER_SETTINGS_FILE_READ"
"""Set for the processes that `up` starts: their environment holds what each may know, so they do not read the file."""

_NAME = re.compile(r"(GARNER_[A-Z_]+|DATABASE_URL|REDIS_URL)(_FILE)?\Z")


def merge_settings_file(path: Path, environ: MutableMapping[str, str]) -> None:
    """Add the file's settings to `environ`, except those that it has already. No file is no settings.

    Raises ConfigurationError when others than its owner may read the file (it may hold passwords), when it is no
    TOML, or when a name or value can be no setting.
    """
    if environ.get(MERGED) or not path.exists():
        return
    if path.stat().st_mode & 0o077:
        raise ConfigurationError(f"{path} must be readable by its owner only: chmod 600 it.")
    try:
        document = tomllib.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}.") from error
    for name, text in [(name, _text(path, name, value)) for name, value in document.items()]:
        if not _is_set(name, environ):
            environ[name] = text


def _is_set(name: str, environ: Mapping[str, str]) -> bool:
    """Whether the environment has the setting, itself or as a file with its value."""
    plain = name.removesuffix("_FILE")
    return plain in environ or f"{plain}_FILE" in environ


def _text(path: Path, name: str, value: Any) -> str:
    """The value as the environment spells it."""
    if not _NAME.match(name) or name == "GARNER_HOME":
        raise ConfigurationError(f"{path}: {name} is no setting that can stand there.")
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    raise ConfigurationError(f"{path}: {name} must be text, a number, true, false or a list of texts.")
