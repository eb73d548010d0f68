"""The instance as `manage.py status` sees it: from the supervisor's file, and by asking the servers."""

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
import redis

from runtime.addresses import RedisAddress
from runtime.children import ChildState
from runtime.paths import Home
from runtime.state import read_state

ASK_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Status:
    """What was found. `pid` is None when no `up` runs on this home; the servers may be external and answer
    all the same.
    """

    home: str
    pid: int | None
    since: str
    url: str
    database: bool
    valkey: bool
    children: Sequence[ChildState]

    @property
    def well(self) -> bool:
        """Whether everything is up."""
        ready = bool(self.children) and all(child.state == "ready" for child in self.children)
        return self.pid is not None and ready and self.database and self.valkey

    def as_json(self) -> dict[str, object]:
        """For programs."""
        return {
            "well": self.well,
            "home": self.home,
            "pid": self.pid,
            "since": self.since,
            "url": self.url,
            "database": self.database,
            "valkey": self.valkey,
            "processes": [child.as_json() for child in self.children],
        }


def status_of(home: Home, database_url: str, valkey: RedisAddress) -> Status:
    """Look at everything now; takes at most a few seconds."""
    state = read_state(home)
    return Status(
        home=str(home.root),
        pid=state.pid if state else None,
        since=state.since if state else "",
        url=state.url if state else "",
        database=_database_answers(database_url),
        valkey=_valkey_answers(valkey),
        children=state.children if state else (),
    )


def as_text(found: Status) -> str:
    """For people."""
    if found.pid is None:
        head = [f"Nothing runs on {found.home}: start it with `manage.py up`."]
    else:
        head = [f"Garner on {found.home}: process {found.pid}, {found.url or 'starting'}"]
    row = "  {:<10} {:<9} {:>8}  {:<25} {}"
    table = [row.format("process", "state", "pid", "since (UTC)", "restarts")] if found.children else []
    for child in found.children:
        since = child.since.partition(".")[0].replace("T", " ")
        table.append(row.format(child.name, child.state, child.pid or "-", since, child.restarts))
    tail = [f"  database {_word(found.database)}, valkey {_word(found.valkey)}"]
    return "\n".join([*head, *table, *tail])


def _word(answers: bool) -> str:
    return "answers" if answers else "does not answer"


def _database_answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=ASK_SECONDS):
            return True
    except psycopg.Error:
        return False


def _valkey_answers(address: RedisAddress) -> bool:
    client = redis.Redis.from_url(address.url(), socket_timeout=ASK_SECONDS, socket_connect_timeout=ASK_SECONDS)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
