"""Stdio sessions as an agent's program starts them."""

import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import anyio
from django.conf import settings
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp_types import Implementation

T = TypeVar("T")


def command(profile: str = "garner") -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), "mcp", "--profile", profile]


def environment(home: Path, key: str = "") -> dict[str, str]:
    """This process's, for that home; with a key, or with the home's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GARNER_")}
    return {**kept, "GARNER_HOME": str(home), **({"GARNER_API_KEY": key} if key else {})}


def session(home: Path, key: str = "", profile: str = "garner", mode: str = "auto") -> Client:
    """The official client around a new session."""
    program, *arguments = command(profile)
    parameters = StdioServerParameters(command=program, args=arguments, env=environment(home, key))
    return Client(parameters, mode=mode, client_info=Implementation(name="scripted-agent", version="7.1"))


def talk(client: Client, work: Callable[[Client], Awaitable[T]]) -> T:
    """Connect, do the work, disconnect."""
    outcome: list[Any] = []

    async def connected() -> None:
        async with client:
            try:
                outcome.append(await work(client))
            except Exception as error:  # noqa: BLE001 - not through the task groups, which would wrap it
                outcome.append(error)

    anyio.run(connected)
    (found,) = outcome
    if isinstance(found, Exception):
        raise found
    return found  # type: ignore[no-any-return]
