"""Whatever a job changes by itself can be seen beforehand and put back, by API and by command."""

from typing import Any

import pytest
from django.core.management import call_command

from learning.jobs import job_perform, jobs
from tests.learning.archiving import NAME as JOB_OF_TESTS
from tests.learning.test_killed_at_every_step import AT, CASES, ended
from tests.people import Person

pytestmark = pytest.mark.usefixtures("owner")

# What each job writes into the journal. The others change nothing that a recall shows: counts, clusters, samples.
KINDS = {
    "wire": {"link"},
    "tidy": {"tidy"},
    "promote": {"promote", "demote"},
    "revive": {"revive"},
    "consolidate": {"merge"},
    "summarise": {"summary"},
    "contradiction": {"supersede"},
    "retention": {"retention.archive", "retention.rest"},
}
QUIET = {"uses", "cluster", "cluster_names", "health", "journal_sweep"}


def test_no_job_is_left_out() -> None:
    assert set(KINDS) | QUIET == set(jobs()) - {JOB_OF_TESTS}


def prepared(person: Person, job: str) -> None:
    CASES[job].prepare(person)
    if job == "retention":  # what it erases is gone for good, so here it erases nothing
        rules = [{"action": "archive", "after_days": 90, "tag": "a"}, {"action": "rest", "after_days": 90}]
        person.call("put", "/v1/admin/retention", {"rules": rules})


def standing(person: Person, known: set[str]) -> dict[str, Any]:
    """What a recall can see of the memories that there were: where they stand, and what leads to them."""
    told = ended(person)
    return {
        "memories": [line for line in told["memories"] if line[0] in known],
        "core": [(content, core) for content, _, core in told["vitals"] if content in known],
        "conduits": [line for line in told["conduits"] if line[-1] and {line[0], line[1]} & known],
    }


def entries(person: Person) -> list[dict[str, Any]]:
    """What was done automatically, the newest first."""
    found = person.call("get", "/v1/admin/journal")["entries"]
    return [entry for entry in found if entry["kind"] not in {"move", "undo"}]


def undone(person: Person) -> list[str]:
    """Undo everything by API, after asking what it would put back; the entries that tell of it."""
    told = []
    for entry in entries(person):
        wanted = person.call("post", f"/v1/admin/journal/{entry['id']}/undo", {"dry_run": True})
        assert person.last.status_code == 200, wanted
        made = person.call("post", f"/v1/admin/journal/{entry['id']}/undo", {})
        assert made["restored"] == wanted["restored"] > 0
        told.append(made["undo"])
    return told


def undone_by_command(person: Person) -> None:
    (run,) = {str(entry["run"]) for entry in entries(person)}
    call_command("journal", "undo", run, "--run", "--namespace", person.namespace.name)


@pytest.mark.parametrize("job", list(KINDS))
def test_it_is_shown_beforehand_and_put_back_as_it_was(alice: Person, job: str, settings: Any) -> None:
    settings.JOB_LOSS_BUDGET = 1.0
    prepared(alice, job)
    everything = ended(alice)
    known = {line[0] for line in everything["memories"]}
    before = standing(alice, known)

    shown = alice.call("post", f"/v1/admin/jobs/{job}", {"dry_run": True})
    assert {one["kind"] for one in shown["changes"]} & KINDS[job]
    assert ended(alice) == everything, "a preview changes nothing"

    assert job_perform(name=job, namespace=alice.namespace, now=AT).state == "done"
    assert {entry["kind"] for entry in entries(alice)} == KINDS[job]
    changed = standing(alice, known)
    assert changed != before
    told = undone(alice)
    assert standing(alice, known) == before
    for id_ in reversed(told):
        alice.call("post", f"/v1/admin/journal/{id_}/undo", {})
    assert standing(alice, known) == changed, "what was undone can be done again"
    undone_by_command(alice)
    assert standing(alice, known) == before
