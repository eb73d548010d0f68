"""Jobs in processes of their own, and killing them while they work."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from django.conf import settings

from accounts.door import tenant
from learning.models import JournalEntry, Run
from tests.people import Person


def worker(person: Person, job: str, **environment: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "manage.py", "job", job, "--namespace", person.namespace.name],
        cwd=settings.BASE_DIR,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def entries(person: Person, kind: str) -> list[JournalEntry]:
    with tenant(person.caller):
        return list(JournalEntry.objects.filter(kind=kind))


def killed_once(person: Person, job: str, begun: Callable[[], object], **environment: str) -> Run:
    """Kill a worker as soon as `begun`, while it still works; its run as it was left."""
    process = worker(person, job, **environment)
    deadline = time.monotonic() + 120
    while not begun():
        assert time.monotonic() < deadline
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait(20)
    return run_of(person, job)


def run_of(person: Person, job: str) -> Run:
    with tenant(person.caller):
        return Run.objects.get(job=job)


def has_begun(person: Person, job: str) -> bool:
    with tenant(person.caller):
        return Run.objects.filter(job=job).exists()
