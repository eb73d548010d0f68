"""Every job, killed at each of its steps in turn, ends where it would have ended: nothing is lost or done twice.

Alice's job dies (as by SIGKILL: nothing is written after it) inside its first step, then after its first, inside its
second and so on, each time resumed. Bob's namespace is the same, and his job is left in peace. Processes that are
really killed are in test_killed_in_the_middle.py and test_real_processes.py.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine

import clock
from accounts.door import tenant
from grains.models import Grain, Version, Vitals
from learning.constants import GRAIN_FAN
from learning.contradiction import queue as unexamined
from learning.jobs import Work, job_perform, jobs
from learning.jobs.runs import LEASE
from learning.models import (
    Cluster,
    ClusterMember,
    Conduit,
    Dispute,
    Entry,
    EntryKind,
    FoldedTo,
    HealthSample,
    HealthSignal,
    JournalEntry,
    Run,
    Unexamined,
    Unwired,
)
from learning.use import folding
from learning.wiring import job as wiring
from learning.wiring import queue as unwired
from tests.learning.archiving import NAME as JOB_OF_TESTS
from tests.learning.facts_at_hand import episodic, fact
from tests.learning.graphs import taught
from tests.learning.test_clusters import COOKING, SAILING
from tests.learning.test_graph_use import GROUPS, broad, praise
from tests.outbox import drain_all
from tests.people import Person

pytestmark = pytest.mark.usefixtures("owner")
AT = clock.now() + timedelta(hours=1)
MOST_ROUNDS = 60


class Killed(BaseException):
    """As SIGKILL."""


@contextmanager
def killed_at(monkeypatch: pytest.MonkeyPatch, kill: int) -> Iterator[None]:
    """Die at the `kill`-th point of the run: inside its first step, after it, inside its second, after it, ..."""
    step, points = Work.step, iter(range(1, 1_000))

    @contextmanager
    def deadly(work: Work, **progress: object) -> Iterator[None]:
        with step(work, **progress):
            yield
            if next(points) == kill:
                raise Killed
        if next(points) == kill:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Work, "step", deadly)
        yield


def killed_again_and_again(person: Person, job: str, most: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Do a job that is killed at one point after the other, `most` times; how often it was when it came to its end."""
    for kill in range(1, MOST_ROUNDS):
        try:
            with killed_at(monkeypatch, kill if kill <= most else 0):
                outcome = job_perform(name=job, namespace=person.namespace, now=AT + kill * 2 * LEASE)
        except Killed:
            continue
        assert outcome.state == "done", outcome
        return kill - 1
    raise AssertionError("the job never comes to its end")


@dataclass(frozen=True)
class Case:
    """A namespace in which a job has something to do, and how often it can be killed on the way."""

    prepare: Callable[[Person], Any]
    least_kills: int
    most_kills: int = MOST_ROUNDS


def contents() -> dict[int, str]:
    """Grain number -> content, inside the open door."""
    texts = dict(Version.objects.filter(ended_at=None).values_list("grain_id", "content"))
    return {number: texts[id_] for id_, number in Grain.objects.values_list("id", "number")}


def ended(person: Person) -> dict[str, Any]:
    """All that jobs change, told without ids, so that two namespaces can be compared."""
    with tenant(person.caller):
        content = contents()
        kinds = {key: EntryKind(kind).label for key, kind in Entry.objects.values_list("key", "kind")}
        by_id = {str(id_): content[number] for id_, number in Grain.objects.values_list("id", "number")}
        named = dict(Cluster.objects.values_list("id", "name"))
        return {
            "memories": sorted(
                (content[g.number], g.status, by_id.get(str(g.superseded_by))) for g in Grain.objects.all()
            ),
            "vitals": sorted((content[v.grain_number], v.uses, v.core) for v in Vitals.objects.all()),
            "conduits": sorted(
                (
                    kinds[one.entry] if one.entry is not None else content[one.source or 0],
                    content[one.target],
                    one.relation,
                    one.provenance,
                    one.decay_class,
                    round(one.weight, 4),
                )
                for one in Conduit.objects.all()
            ),
            "entries": sorted(kinds.values()),
            "clusters": sorted((named[m.cluster_id], content[m.grain_number]) for m in ClusterMember.objects.all()),
            "disputes": sorted((by_id[str(d.older)], by_id[str(d.newer)], d.state) for d in Dispute.objects.all()),
            "journal": sorted(
                (entry.kind, sorted(by_id.get(str(subject), "") for subject in entry.subjects))
                for entry in JournalEntry.objects.all()
            ),
            "waiting": (Unwired.objects.count(), Unexamined.objects.count()),
            "folded": FoldedTo.objects.count(),
            "health": sorted((one.name, round(one.value, 4), one.fires) for one in HealthSignal.objects.all()),
            "samples": HealthSample.objects.count(),
            "counted": sum((Counter(run.result) for run in Run.objects.all()), Counter[str]()),
        }


def to_wire(person: Person) -> None:
    for n in range(8):  # one by one, since they are wired in the order of their ids
        person.store(fact(n), session=f"s{n // 4}", author="Ana")
    for content in COOKING:
        person.store(content)
    drain_all(unwired.CONSUMER)


def to_fold(person: Person) -> None:
    taught(person)
    for n in range(5):
        person.recalled(f"Where is the cat, question {n}?", limit=2)


def to_tidy(person: Person) -> None:
    ids = taught(person, *(fact(n) for n in range(GRAIN_FAN + 5)))
    with tenant(person.caller):
        numbers = [Grain.objects.get(id=id_).number for id_ in ids.values()]
        own: dict[str, Any] = {"namespace_id": person.namespace.pk, "provenance": "shortcut"}
        Conduit.objects.bulk_create(
            [
                *(Conduit(**own, source=numbers[0], target=n, weight=0.2 + i / 50) for i, n in enumerate(numbers[1:])),
                *(
                    Conduit(**own, source=one, target=other, weight=0, last_used_at=AT - timedelta(days=40))
                    for one, other in pairwise(numbers[1:])
                ),
            ]
        )
        Entry.objects.create(namespace_id=person.namespace.pk, key=7, kind=EntryKind.TERM)


def to_promote(person: Person) -> None:
    broad(person)
    praise(person, list(GROUPS))
    with tenant(person.caller):
        unused = next(number for number, content in contents().items() if content == GROUPS["boat"][0])
        Vitals.objects.filter(grain_number=unused).update(core=True, last_used_at=AT - timedelta(days=400))


def to_revive(person: Person) -> None:
    ids = taught(person)
    person.call("post", "/v1/admin/lifecycle", {"ids": list(ids.values())[:4], "status": "dormant"})
    for content in list(ids)[:3]:
        person.recalled(content)


def to_cluster(person: Person) -> None:
    person.store_batch(*({"content": content} for content in [*COOKING, *SAILING]))


def to_name(person: Person) -> None:
    to_cluster(person)
    job_perform(name="cluster", namespace=person.namespace)
    with tenant(person.caller):
        Cluster.objects.update(name="")


def to_look_at(person: Person) -> None:
    person.call("patch", "/v1/admin/settings", {"health_warm_up": 0})
    to_fold(person)


def to_merge(person: Person) -> None:
    person.call("patch", "/v1/admin/settings", {"consolidation_enabled": True})
    person.store_batch(*({"content": form.format(fact(n))} for n in range(4) for form in ("{}", "Note: {}")))


def to_summarise(person: Person) -> None:
    person.call("patch", "/v1/admin/settings", {"summarization_threshold": 6, "summarization_batch_size": 5})
    episodic(person, 17)


def to_contradict(person: Person) -> None:
    for form in ("The rate limit of service {} is 100.", "The rate limit of service {} is now 250."):
        person.store_batch(*({"content": form.format(n)} for n in ("alpha", "beta", "gamma")))
    drain_all(unexamined.CONSUMER)


def to_retain(person: Person) -> None:
    with time_machine.travel(AT - timedelta(days=100)):
        person.store_batch(*({"content": fact(n), "tags": ["a" if n % 2 else "b"]} for n in range(8)))
    rules = [{"action": "archive", "after_days": 90, "tag": "a"}, {"action": "delete", "after_days": 90}]
    person.call("put", "/v1/admin/retention", {"rules": rules})


def to_sweep(person: Person) -> None:
    ids = [one["id"] for one in person.store_batch(*({"content": fact(n)} for n in range(3)))["stored"]]
    for id_ in ids:
        person.call("post", "/v1/admin/lifecycle", {"ids": [id_], "status": "dormant"})
    with tenant(person.caller):
        JournalEntry.objects.update(at=AT - timedelta(days=4_000))


CASES = {
    "wire": Case(to_wire, 3),
    "uses": Case(to_fold, 3),
    "tidy": Case(to_tidy, 6),
    "promote": Case(to_promote, 2),
    "revive": Case(to_revive, 3),
    "cluster": Case(to_cluster, 2),
    "cluster_names": Case(to_name, 1),
    "health": Case(to_look_at, 1, 1),  # a look that is durable was one: the next is another
    "consolidate": Case(to_merge, 6),
    "summarise": Case(to_summarise, 4),
    "contradiction": Case(to_contradict, 4),
    "retention": Case(to_retain, 2),
    "journal_sweep": Case(to_sweep, 1),
}


@pytest.mark.parametrize("job", list(CASES))
def test_a_job_that_is_killed_at_every_step_ends_where_it_would_have(
    alice: Person, bob: Person, job: str, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.JOB_LOSS_BUDGET = 1.0
    monkeypatch.setattr(wiring, "STEP", 5)
    monkeypatch.setattr(folding, "STEP", 2)
    for person in (alice, bob):
        CASES[job].prepare(person)
    before = ended(alice)
    kills = killed_again_and_again(alice, job, CASES[job].most_kills, monkeypatch)
    assert kills >= CASES[job].least_kills
    assert job_perform(name=job, namespace=bob.namespace, now=AT + (kills + 1) * 2 * LEASE).state == "done"
    assert ended(alice) == ended(bob)
    assert ended(alice) != before, "the job has done something"


def test_no_job_is_left_out() -> None:
    assert set(CASES) == set(jobs()) - {JOB_OF_TESTS}
