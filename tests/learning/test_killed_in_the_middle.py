"""Jobs killed in the middle, for real: what was done stays done once, the rest is done later."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

import clock
from accounts.door import tenant
from learning.jobs import job_perform
from learning.jobs.runs import LEASE
from learning.models import Conduit, Dispute, Unexamined, Unwired
from tests.learning.processes import entries as told
from tests.learning.processes import killed_once
from tests.outbox import drain_all
from tests.people import Person

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("owner")]
PAIRS = 60


def killed_in_the_middle(person: Person, job: str, kind: str) -> int:
    """Kill a worker once the journal tells of its first change; how many it tells of then."""
    killed_once(person, job, lambda: told(person, kind), GARNER_JOB_LOSS_BUDGET="1.0")
    return len(told(person, kind))


def resumed(person: Person, job: str, settings: Any) -> None:
    settings.JOB_LOSS_BUDGET = 1.0
    outcome = job_perform(name=job, namespace=person.namespace, now=clock.now() + 2 * LEASE)
    assert (outcome.state, outcome.resumed) == ("done", True)


def test_each_pair_is_settled_once(alice: Person, settings: Any) -> None:
    older = [f"The rate limit of service {n} is 100." for n in range(PAIRS)]
    newer = [f"The rate limit of service {n} is now 250." for n in range(PAIRS)]
    stored = alice.store_batch(*({"content": text} for text in older + newer))["stored"]
    drain_all("contradiction")
    assert 0 < killed_in_the_middle(alice, "contradiction", "supersede") < PAIRS
    resumed(alice, "contradiction", settings)
    ids = [one["id"] for one in stored]
    followed = {
        str(id_): by for entry in told(alice, "supersede") for id_, by in entry.after["grain.superseded_by"].items()
    }
    assert len(told(alice, "supersede")) == PAIRS
    assert followed == dict(zip(ids[:PAIRS], ids[PAIRS:], strict=True))
    with tenant(alice.caller):
        assert (Dispute.objects.count(), Unexamined.objects.count()) == (PAIRS, 0)


def test_each_memory_is_archived_once_and_comes_back(alice: Person, settings: Any) -> None:
    with time_machine.travel(clock.now() - timedelta(days=100)):
        for start in range(0, 3000, 1000):
            alice.store_batch(*({"content": f"fact number {n}"} for n in range(start, start + 1000)))
    alice.call("put", "/v1/admin/retention", {"rules": [{"action": "archive", "after_days": 90}]})
    assert 0 < killed_in_the_middle(alice, "retention", "retention.archive") < 15
    resumed(alice, "retention", settings)
    archived = [id_ for entry in told(alice, "retention.archive") for id_ in entry.after["grain.status"]]
    assert len(archived) == len(set(archived)) == 3000
    for entry in told(alice, "retention.archive"):
        alice.call("post", f"/v1/admin/journal/{entry.pk}/undo", {})
    assert alice.call("get", "/v1/admin/lifecycle")["summary"]["active"] == 3000


def test_each_memory_is_wired_once(alice: Person, settings: Any) -> None:
    topics = ("boat", "bread", "invoice", "garden", "piano")
    texts = [f"Note {n} about the {topics[n % 5]} of house {n // 5}." for n in range(250)]
    ids = [one["id"] for one in alice.store_batch(*({"content": text} for text in texts))["stored"]]
    drain_all("wiring")
    assert 0 < killed_in_the_middle(alice, "wire", "link") < 10
    resumed(alice, "wire", settings)
    linked = [id_ for entry in told(alice, "link") for id_ in entry.after["grain.wired"]]
    assert sorted(linked) == sorted(ids), "each memory is in one entry"
    with tenant(alice.caller):
        assert not Unwired.objects.exists()
        sources = Conduit.objects.filter(provenance="wired", source__isnull=False).values("source")
        assert sources.distinct().count() == 250
