"""The settings in force, for people's eyes: the instance's own names, secrets masked."""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

SECRET = re.compile(r"SECRET|PASSWORD|TOKEN|(?<![A-Z])KEY$|_KEY$|CREDENTIAL")
LOGIN = re.compile(r"(?<=://)[^/@\s]*@")  # of an address: who logs in, with which password
MASKED = "••••••"
PLAIN = (str, int, float, bool, timedelta, Path, type(None))


@dataclass(frozen=True, slots=True)
class InForce:
    """A setting's name and its value as text."""

    name: str
    value: str


def in_force(settings: Any) -> list[InForce]:
    """The settings that Garner sets itself (Django's defaults are Django's), by name. Those of parts with a
    structure of their own, such as templates or logging, are left out: they are code, not choices.
    """
    own = sorted(name for name in dir(settings) if name.isupper() and settings.is_overridden(name))
    shown = [(name, getattr(settings, name)) for name in own]
    return [InForce(name, masked(name, value)) for name, value in shown if _is_plain(value)]


def masked(name: str, value: Any) -> str:
    """The value as text: nothing of a secret but whether there is one, no login of an address."""
    if SECRET.search(name):
        return MASKED if value else "not set"
    return LOGIN.sub("", ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value))


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(isinstance(one, PLAIN) for one in value)
    return isinstance(value, PLAIN) or hasattr(value, "limits")  # the latter: Valkey's address
