"""`manage.py mcp_config`: what to paste into an agent's configuration."""

import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError
from psycopg_pool import PoolTimeout

from accounts.errors import GarnerError
from mcp_bridge.agent_key import client_key_file, key_in
from mcp_bridge.profiles import Profile
from mcp_bridge.snippets import Client, Http, Snippet, Stdio, snippet
from runtime.state import read_state

NO_KEY = "YOUR_KEY"


class Command(BaseCommand):
    help = "Print the configuration for agents' programs, and write it under GARNER_HOME/integrations."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--client", choices=[client.value for client in Client], help="left out: all of them")
        ways = parser.add_mutually_exclusive_group()
        ways.add_argument("--stdio", action="store_true", help="the client starts the memory itself (the default)")
        ways.add_argument("--http", action="store_true", help="the client asks the running server")
        parser.add_argument("--profile", choices=[profile.value for profile in Profile], default=Profile.GARNER.value)

    def handle(self, *_: Any, **options: Any) -> None:
        profile, http = Profile(options["profile"]), options["http"]
        wanted = [Client(options["client"])] if options["client"] else list(Client)
        for client in wanted:
            try:
                made = snippet(client, self._http(client, profile) if http else self._stdio(client, profile), profile)
            except GarnerError as error:
                if options["client"]:
                    raise CommandError(error.message) from error
                continue  # this one does not speak HTTP
            path = _written(made)
            self.stdout.write(f"# {client}: paste into {made.target}\n# (also in {path})\n{made.text}")

    def _stdio(self, client: Client, profile: Profile) -> Stdio:
        """The command for this home. Its key is named by its file, so that it stands in no configuration."""
        environment = {"GARNER_HOME": str(settings.HOME.root)}
        if self._key(client) is not None:
            environment["GARNER_API_KEY_FILE"] = str(client_key_file(settings.HOME, client))
        arguments = [str(settings.BASE_DIR / "manage.py"), "mcp"]
        if profile is not Profile.GARNER:
            arguments += ["--profile", profile]
        return Stdio(sys.executable, arguments, environment)

    def _http(self, client: Client, profile: Profile) -> Http:
        address = f"{_url()}/mcp" + (f"?profile={profile}" if profile is not Profile.GARNER else "")
        return Http(address, self._key(client) or NO_KEY)

    def _key(self, client: Client) -> str | None:
        """This client's own key, made now where there is none; None while the database is down."""
        try:
            return key_in(client_key_file(settings.HOME, client), f"{client} on this machine")
        except (OperationalError, InterfaceError, PoolTimeout):
            self.stderr.write(f"The memory is not running, so {client} gets no key of its own yet.")
            return None


def _url() -> str:
    state = read_state(settings.HOME)
    running = state.url if state else ""
    return settings.PUBLIC_URL.rstrip("/") or running or f"http://{settings.GARNER_HOST}:{settings.GARNER_PORT}"


def _written(made: Snippet) -> Path:
    """The file, readable by its owner only: it may hold a key."""
    folder = settings.HOME.root / "integrations"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / made.file_name
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(made.text)
    return Path(os.path.abspath(path))  # noqa: PTH100 - keeps symbolic links
