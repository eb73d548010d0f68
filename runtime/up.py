"""`manage.py up` without Django's command line: one `up` per home, from the bound socket to the last
stopped child.
"""

import asyncio
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runtime.claim import claim
from runtime.instance import Instance, web_mark
from runtime.journal import Journal
from runtime.listening import listen, url_of
from runtime.paths import Home
from runtime.processes import end_marked
from runtime.supervisor import Supervisor
from runtime.tls import tls_wanted

ROOT = (
    "This is root's account: PostgreSQL and Valkey run as another one, web processes and worker do not. "
    "Start Garner as an account of its own where others can reach it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the operator asked for. `code` is the folder with manage.py; `environ` holds the addresses."""

    home: Home
    code: Path
    environ: Mapping[str, str]
    host: str
    port: int
    web_processes: int
    verbose: bool = False


def run(wishes: Wishes) -> None:
    """Serve until SIGTERM or SIGINT, then stop everything.

    Raises AlreadyRunning when another `up` runs on this home, ConfigurationError when it cannot start as
    configured.
    """
    wishes.home.create()
    lock = claim(wishes.home)
    try:
        _serve(wishes)
    finally:
        lock.close()


def _serve(wishes: Wishes) -> None:
    # What a killed `up` has left would still hold the port.
    end_marked(web_mark(wishes.home))
    shutil.rmtree(wishes.home.metrics, ignore_errors=True)
    wishes.home.metrics.mkdir()
    journal = Journal(wishes.home.logs, verbose=wishes.verbose)
    with listen(wishes.host, wishes.port) as listener:
        instance = Instance(
            home=wishes.home,
            code=wishes.code,
            environ=wishes.environ,
            listener=listener,
            web_processes=wishes.web_processes,
            journal=journal,
        )
        try:
            asyncio.run(_supervise(instance, journal))
        finally:
            journal.close()


async def _supervise(instance: Instance, journal: Journal) -> None:
    url = url_of(instance.listener, secure=tls_wanted(instance.environ))
    if os.geteuid() == 0:
        journal.say(ROOT)
    journal.say(f"Garner starts on {url}; its data are in {instance.home.root}.", url=url)
    await Supervisor(instance.home, instance.plan(), journal, url).run()
    journal.say("Garner has stopped.")
