"""What to paste into each client's configuration, filled in for this instance."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from accounts.errors import Invalid
from mcp_bridge.profiles import Profile


class Client(StrEnum):
    """The programs that have a format of their own."""

    CLAUDE_CODE = "claude-code"
    CLAUDE_DESKTOP = "claude-desktop"
    CODEX = "codex"
    CURSOR = "cursor"
    VSCODE = "vscode"


@dataclass(frozen=True, slots=True)
class Stdio:
    """A command that the client starts."""

    command: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Http:
    """An address that the client asks, with a key."""

    url: str
    key: str

    @property
    def headers(self) -> dict[str, str]:
        """What carries the key."""
        return {"Authorization": f"Bearer {self.key}"}


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of configuration: where it goes, and its text."""

    client: Client
    transport: str
    target: str
    text: str

    @property
    def file_name(self) -> str:
        """Its name among the home's integrations."""
        return f"{self.client}-{self.transport}.{'toml' if self.client is Client.CODEX else 'json'}"


_TARGETS = {
    Client.CLAUDE_CODE: ".mcp.json in a project, or ~/.claude.json",
    Client.CLAUDE_DESKTOP: "claude_desktop_config.json (Settings, Developer, Edit Config)",
    Client.CODEX: "~/.codex/config.toml",
    Client.CURSOR: "~/.cursor/mcp.json, or .cursor/mcp.json in a project",
    Client.VSCODE: ".vscode/mcp.json in a workspace",
}


def snippet(client: Client, way: Stdio | Http, profile: Profile) -> Snippet:
    """The configuration of one client. Raises Invalid where the client does not speak the transport."""
    if client is Client.CLAUDE_DESKTOP and isinstance(way, Http):
        raise Invalid("Claude Desktop's configuration file knows stdio only: use --stdio.", field="client")
    name = "garner" if profile is Profile.GARNER else f"garner-{profile}"
    text = _toml(name, way) if client is Client.CODEX else _json(client, name, way)
    return Snippet(client, "http" if isinstance(way, Http) else "stdio", _TARGETS[client], text)


def _json(client: Client, name: str, way: Stdio | Http) -> str:
    servers = "servers" if client is Client.VSCODE else "mcpServers"
    return json.dumps({servers: {name: _entry(client, way)}}, indent=2) + "\n"


def _entry(client: Client, way: Stdio | Http) -> dict[str, Any]:
    typed = client in {Client.CLAUDE_CODE, Client.VSCODE}
    if isinstance(way, Http):
        kind = {"type": "http"} if typed else {}
        return {**kind, "url": way.url, "headers": way.headers}
    kind = {"type": "stdio"} if typed else {}
    return {**kind, "command": way.command, "args": list(way.arguments), "env": dict(way.environment)}


def _toml(name: str, way: Stdio | Http) -> str:
    lines = [f"[mcp_servers.{name}]"]
    if isinstance(way, Http):
        lines += [f"url = {_text(way.url)}", f"http_headers = {_table(way.headers)}"]
    else:
        arguments = ", ".join(_text(one) for one in way.arguments)
        lines += [f"command = {_text(way.command)}", f"args = [{arguments}]", f"env = {_table(way.environment)}"]
    return "\n".join(lines) + "\n"


def _table(values: Mapping[str, str]) -> str:
    return "{ " + ", ".join(f"{name} = {_text(value)}" for name, value in values.items()) + " }"


def _text(value: str) -> str:
    """A TOML basic string; JSON's escapes are TOML's."""
    return json.dumps(value, ensure_ascii=False)
