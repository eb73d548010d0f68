"""What is pasted into clients' configurations can be parsed by them, and works."""

import json
import tomllib
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from accounts.services.keys import caller_of
from mcp_bridge.profiles import Profile
from mcp_bridge.snippets import Client, Http, Stdio, snippet
from tests.mcp_bridge.agents import Agent

STDIO = Stdio("/opt/garner/python", ["manage.py", "mcp"], {"GARNER_HOME": '/home/a "b"'})
HTTP = Http("http://127.0.0.1:8000/mcp", "gk_x")


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command("mcp_config", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def integrations(db) -> Path:
    for key in settings.HOME.secrets.glob("agent-key-*"):
        key.unlink()  # of an earlier test session's database
    return settings.HOME.root / "integrations"


@pytest.mark.parametrize("client", [Client.CLAUDE_CODE, Client.CLAUDE_DESKTOP, Client.CURSOR])
def test_json_clients_get_their_servers(client):
    entry = json.loads(snippet(client, STDIO, Profile.GARNER).text)["mcpServers"]["garner"]
    assert entry["command"] == STDIO.command
    assert entry["args"] == STDIO.arguments
    assert entry["env"] == STDIO.environment


def test_vscode_has_a_word_of_its_own():
    entry = json.loads(snippet(Client.VSCODE, HTTP, Profile.FLUX).text)["servers"]["garner-flux"]
    assert entry == {"type": "http", "url": HTTP.url, "headers": {"Authorization": "Bearer gk_x"}}


def test_codex_reads_toml():
    entry = tomllib.loads(snippet(Client.CODEX, STDIO, Profile.GARNER).text)["mcp_servers"]["garner"]
    assert entry == {"command": STDIO.command, "args": STDIO.arguments, "env": STDIO.environment}
    entry = tomllib.loads(snippet(Client.CODEX, HTTP, Profile.GARNER).text)["mcp_servers"]["garner"]
    assert entry == {"url": HTTP.url, "http_headers": {"Authorization": "Bearer gk_x"}}


def test_claude_desktop_is_told_that_it_needs_stdio(db):
    with pytest.raises(CommandError, match="stdio"):
        printed("--client", "claude-desktop", "--http")


def test_all_clients_are_written_below_the_home_for_the_owners_eyes_only(integrations):
    told = printed()
    for client in Client:
        assert client in told
    for path in integrations.glob("*-stdio.*"):
        assert path.stat().st_mode & 0o777 == 0o600
        assert str(path) in told
    assert {path.name.rpartition("-stdio")[0] for path in integrations.glob("*-stdio.*")} == {c.value for c in Client}


def test_each_client_has_a_key_of_its_own_that_cannot_forget(integrations):
    printed("--client", "codex", "--http")
    printed("--client", "cursor", "--http", "--profile", "flux")
    codex = tomllib.loads((integrations / "codex-http.toml").read_text())["mcp_servers"]["garner"]
    cursor = json.loads((integrations / "cursor-http.json").read_text())["mcpServers"]["garner-flux"]
    keys = [entry["Authorization"].removeprefix("Bearer ") for entry in (codex["http_headers"], cursor["headers"])]
    assert keys[0] != keys[1]
    assert cursor["url"].endswith("/mcp?profile=flux")
    for key in keys:
        assert sorted(caller_of(key).scopes) == ["feedback", "recall", "store", "update"]
    assert Agent(keys[0]).ask("onboard")["namespace"] == "default"
    before = (integrations / "codex-http.toml").read_text()
    printed("--client", "codex", "--http")
    assert (integrations / "codex-http.toml").read_text() == before


def test_a_stdio_snippet_names_the_keys_file_and_not_the_key(integrations):
    printed("--client", "codex", "--stdio")
    text = (integrations / "codex-stdio.toml").read_text()
    entry = tomllib.loads(text)["mcp_servers"]["garner"]
    path = Path(entry["env"]["GARNER_API_KEY_FILE"])
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text() not in text
    assert entry["env"]["GARNER_HOME"] == str(settings.HOME.root)
    assert entry["args"][-1] == "mcp"
