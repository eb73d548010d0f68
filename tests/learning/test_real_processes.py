"""Jobs in processes of their own, four at once and killed in the middle: nothing is lost and nothing is done twice."""

import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
from django.conf import settings

import clock
from accounts.door import tenant
from learning.jobs import job_perform
from learning.jobs.runs import LEASE
from learning.models import JournalEntry, Run
from tests.learning.facts_at_hand import by_status, episodic, fact
from tests.people import Person

pytestmark = pytest.mark.slow


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


def recalled(person: Person, n: int) -> bool:
    return fact(n) in person.recall(fact(n), limit=1)[0]


def test_four_workers_make_one_summary_of_150_facts_and_undoing_it_restores_all(alice: Person) -> None:
    episodic(alice, 150)
    workers = [worker(alice, "summarise") for _ in range(4)]
    assert 0 in [one.wait(120) for one in workers]
    assert by_status(alice) == {"archived": 50, "active": 101}
    (entry,) = entries(alice, "summary")
    assert [n for n in range(150) if not recalled(alice, n)] == []
    alice.call("post", f"/v1/admin/journal/{entry.pk}/undo", {})
    assert by_status(alice) == {"active": 150, "archived": 1}


def killed_in_the_middle(person: Person, job: str, kind: str) -> Any:
    """Kill a worker once the journal tells of its first change."""
    process = worker(person, job, GARNER_SUMMARIZATION_THRESHOLD="10", GARNER_SUMMARIZATION_BATCH_SIZE="10")
    deadline = time.monotonic() + 120
    while not entries(person, kind):
        assert time.monotonic() < deadline
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait(20)
    with tenant(person.caller):
        return Run.objects.get(job=job)


def test_a_summariser_killed_in_the_middle_loses_and_doubles_nothing(alice: Person, settings: Any) -> None:
    settings.SUMMARIZATION_THRESHOLD = settings.SUMMARIZATION_BATCH_SIZE = 10
    settings.JOB_LOSS_BUDGET = 1.0
    episodic(alice, 100)
    assert killed_in_the_middle(alice, "summarise", "summary").state == "running"
    done = len(entries(alice, "summary"))
    assert 0 < done < 9
    resumed = job_perform(name="summarise", namespace=alice.namespace, now=clock.now() + 2 * LEASE)
    assert (resumed.state, resumed.resumed, resumed.counts["summary"]) == ("done", True, 9)
    assert by_status(alice) == {"archived": 90, "active": 19}
    sources = [id_ for entry in entries(alice, "summary") for id_ in entry.before["grain.superseded_by"]]
    assert len(sources) == len(set(sources)) == 90
    assert [n for n in range(100) if not recalled(alice, n)] == []
