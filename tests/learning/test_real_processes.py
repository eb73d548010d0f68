"""Jobs in processes of their own, four at once and killed in the middle: nothing is lost and nothing is done twice."""

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from typing import Any

import httpx2
import pytest
from django.conf import settings
from django_celery_beat.models import PeriodicTask

import clock
from accounts.door import tenant
from learning.jobs import job_perform
from learning.jobs.runs import LEASE
from learning.models import Cluster, ClusterMember
from tests.learning.facts_at_hand import by_status, episodic, fact
from tests.learning.processes import entries, has_begun, killed_once, worker
from tests.people import Person

pytestmark = pytest.mark.slow


def recalled(person: Person, n: int) -> bool:
    return fact(n) in person.recall(fact(n), limit=1)[0]


def answered(person: Person, n: int) -> bool:
    """Whether a question that knows whose number of what it asks for, but not the number, is answered."""
    owner, _, rest = fact(n).partition(" has the number ")
    return any(rest in content for content in person.recall(f"Which number has {owner}?", limit=3))


def test_four_workers_make_one_summary_of_150_facts_and_undoing_it_restores_all(alice: Person) -> None:
    episodic(alice, 150)
    workers = [worker(alice, "summarise") for _ in range(4)]
    assert 0 in [one.wait(120) for one in workers]
    assert by_status(alice) == {"archived": 50, "active": 101}
    (entry,) = entries(alice, "summary")
    assert [n for n in range(150) if not (recalled(alice, n) and answered(alice, n))] == []
    alice.call("post", f"/v1/admin/journal/{entry.pk}/undo", {})
    assert by_status(alice) == {"active": 150, "archived": 1}
    assert [n for n in range(150) if not recalled(alice, n)] == []


def test_a_summariser_killed_in_the_middle_loses_and_doubles_nothing(alice: Person, settings: Any) -> None:
    settings.SUMMARIZATION_THRESHOLD = settings.SUMMARIZATION_BATCH_SIZE = 10
    settings.JOB_LOSS_BUDGET = 1.0
    episodic(alice, 100)
    small = {"GARNER_SUMMARIZATION_THRESHOLD": "10", "GARNER_SUMMARIZATION_BATCH_SIZE": "10"}
    assert killed_once(alice, "summarise", lambda: entries(alice, "summary"), **small).state == "running"
    done = len(entries(alice, "summary"))
    assert 0 < done < 9
    resumed = job_perform(name="summarise", namespace=alice.namespace, now=clock.now() + 2 * LEASE)
    assert (resumed.state, resumed.resumed, resumed.counts["summary"]) == ("done", True, 9)
    assert by_status(alice) == {"archived": 90, "active": 19}
    sources = [id_ for entry in entries(alice, "summary") for id_ in entry.before["grain.superseded_by"]]
    assert len(sources) == len(set(sources)) == 90
    assert [n for n in range(0, 100, 3) if not recalled(alice, n)] == []


def test_a_merge_killed_in_the_middle_loses_and_doubles_nothing(alice: Person, settings: Any) -> None:
    settings.JOB_LOSS_BUDGET = 1.0
    alice.store_batch(*({"content": form.format(fact(n))} for n in range(60) for form in ("{}", "Note: {}")))
    begun = partial(entries, alice, "merge")
    assert killed_once(alice, "consolidate", begun, GARNER_CONSOLIDATION_ENABLED="1").state == "running"
    assert 0 < len(entries(alice, "merge")) < 60
    resumed = job_perform(name="consolidate", namespace=alice.namespace, now=clock.now() + 2 * LEASE)
    assert (resumed.state, resumed.resumed, resumed.counts["merge"]) == ("done", True, 60)
    assert by_status(alice) == {"active": 60, "archived": 60}
    gone = [id_ for entry in entries(alice, "merge") for id_ in entry.after["grain.status"]]
    assert len(gone) == len(set(gone)) == 60
    assert [n for n in range(0, 60, 3) if not recalled(alice, n)] == []
    for entry in entries(alice, "merge"):
        alice.call("post", f"/v1/admin/journal/{entry.pk}/undo", {})
    assert by_status(alice) == {"active": 120}


def test_clustering_killed_in_the_middle_is_done_again_whole(alice: Person) -> None:
    episodic(alice, 200)
    killed_once(alice, "cluster", partial(has_begun, alice, "cluster"))
    with tenant(alice.caller):
        written = ClusterMember.objects.count()
        sizes = sum(Cluster.objects.values_list("size", flat=True))
    assert written == sizes
    done = job_perform(name="cluster", namespace=alice.namespace, now=clock.now() + 2 * LEASE)
    assert done.state == "done"
    with tenant(alice.caller):
        assert ClusterMember.objects.count() == sum(Cluster.objects.values_list("size", flat=True)) > 0


def test_a_worker_of_its_own_answers_prometheus_about_its_jobs(alice: Person, servers: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "celery", "-A", "memoryproject", "worker", "-B", "--pool", "threads", "-c", "1"]
    environment = {"GARNER_WORKER_METRICS": f"127.0.0.1:{port}", "GARNER_OWNER_DATABASE_URL": servers.owner_dsn()}
    process = subprocess.Popen(
        [*command, "--hostname", f"test{port}@%h"],
        cwd=settings.BASE_DIR,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        run = alice.call("post", "/v1/admin/jobs/cluster", {})["run"]["id"]
        told = told_by(port, 'garner_job_runs_total{job="cluster",state="done"}')
        (done,) = alice.call("get", "/v1/admin/jobs/cluster")["runs"]
        assert (done["id"], done["state"]) == (run, "done")
        assert "garner_job_seconds_bucket" in told
        assert alice.namespace.name not in told
        assert PeriodicTask.objects.filter(name="job cluster", enabled=True).exists(), "beat has made the schedules"
    finally:
        process.terminate()
        process.wait(30)
        PeriodicTask.objects.all().delete()


def told_by(port: int, line: str) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(httpx2.HTTPError):
            told = httpx2.get(f"http://127.0.0.1:{port}/metrics").text
            if line in told:
                return told
        time.sleep(0.1)
    raise AssertionError(f"the worker does not tell of {line}")
