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


def undone_by_api(person: Person) -> None:
    for entry in entries(person):
        told = person.call("post", f"/v1/admin/journal/{entry['id']}/undo", {"dry_run": True})
        assert person.last.status_code == 200, told
        assert person.call("post", f"/v1/admin/journal/{entry['id']}/undo", {})["restored"] == told["restored"] > 0


def undone_by_command(person: Person) -> None:
    (run,) = {str(entry["run"]) for entry in entries(person)}
    call_command("journal", "undo", run, "--run", "--namespace", person.namespace.name)


@pytest.mark.parametrize("undone", [undone_by_api, undone_by_command])
@pytest.mark.parametrize("job", list(KINDS))
def test_it_is_put_back_as_it_was(alice: Person, job: str, undone: Any, settings: Any) -> None:
    settings.JOB_LOSS_BUDGET = 1.0
    prepared(alice, job)
    known = {line[0] for line in ended(alice)["memories"]}
    before = standing(alice, known)
    assert job_perform(name=job, namespace=alice.namespace, now=AT).state == "done"
    assert {entry["kind"] for entry in entries(alice)} == KINDS[job]
    assert standing(alice, known) != before
    undone(alice)
    assert standing(alice, known) == before


@pytest.mark.parametrize("job", list(KINDS))
def test_a_preview_shows_it_and_changes_nothing(alice: Person, job: str, settings: Any) -> None:
    settings.JOB_LOSS_BUDGET = 1.0
    prepared(alice, job)
    before = ended(alice)
    told = alice.call("post", f"/v1/admin/jobs/{job}", {"dry_run": True})
    assert alice.last.status_code == 200
    assert {one["kind"] for one in told["changes"]} & KINDS[job]
    assert ended(alice) == before
