"""A namespace's admins see, start and preview jobs, and undo what they did."""

from uuid import uuid4

import pytest

from accounts.scopes import Role
from learning.jobs.tasks import job_run
from tests.learning.archiving import NAME, old_memories, statuses
from tests.people import Person


def test_every_job_is_listed_with_its_last_run(alice: Person) -> None:
    old_memories(alice, 2)
    job_run(NAME, alice.namespace.pk)
    listed = {job["name"]: job for job in alice.call("get", "/v1/admin/jobs")["jobs"]}
    assert listed[NAME]["about"] == "Archives what is tagged old."
    assert listed[NAME]["every_seconds"] == 300
    assert (listed[NAME]["current"], listed[NAME]["last"]["state"]) == (None, "done")


def test_a_job_is_asked_for_and_done_by_a_worker(alice: Person) -> None:
    old_memories(alice, 2)
    asked = alice.call("post", f"/v1/admin/jobs/{NAME}", {})
    assert alice.last.status_code == 202
    assert asked["run"]["state"] == "queued"
    assert alice.call("get", f"/v1/admin/jobs/{NAME}")["current"]["id"] == asked["run"]["id"]
    job_run(NAME, alice.namespace.pk, asked["run"]["id"])
    (run,) = alice.call("get", f"/v1/admin/jobs/{NAME}")["runs"]
    assert (run["id"], run["state"], run["result"]["lost"]) == (asked["run"]["id"], "done", 2)
    assert run["actor"] == alice.caller.subject


def test_a_preview_over_http_shows_the_changes(alice: Person) -> None:
    ids = old_memories(alice, 2)
    shown = alice.call("post", f"/v1/admin/jobs/{NAME}", {"dry_run": True})
    assert (alice.last.status_code, shown["dry_run"], shown["complete"], shown["error"]) == (200, True, True, "")
    (change,) = shown["changes"]
    assert (change["kind"], change["subjects"]) == ("archive", ids)
    assert statuses(alice) == ["active"] * 2


def test_a_change_is_found_by_run_kind_and_memory_and_undone(alice: Person) -> None:
    ids = old_memories(alice, 4)
    job_run(NAME, alice.namespace.pk)
    (run,) = alice.call("get", f"/v1/admin/jobs/{NAME}")["runs"]
    entries = alice.call("get", f"/v1/admin/journal?run={run['id']}&kind=archive")["entries"]
    assert [entry["subjects"] for entry in entries] == [ids[2:], ids[:2]]
    assert alice.call("get", f"/v1/admin/journal?subject={ids[0]}")["entries"] == entries[1:]
    assert alice.call("get", f"/v1/admin/journal?limit=1&before={entries[0]['id']}")["entries"] == entries[1:]
    shown = alice.call("post", f"/v1/admin/journal/{entries[1]['id']}/undo", {"dry_run": True})
    assert (shown["restored"], shown["dry_run"]) == (2, True)
    undone = alice.call("post", f"/v1/admin/journal/{entries[1]['id']}/undo", {})
    assert (undone["restored"], undone["already"]) == (2, False)
    assert statuses(alice) == ["active"] * 2 + ["archived"] * 2


@pytest.mark.parametrize("role", [Role.READER, Role.WRITER])
def test_only_admins_may(alice: Person, role: Role) -> None:
    other = alice.with_role(role)
    for method, path in [
        ("get", "/v1/admin/jobs"),
        ("get", f"/v1/admin/jobs/{NAME}"),
        ("post", f"/v1/admin/jobs/{NAME}"),
        ("get", "/v1/admin/journal"),
        ("post", f"/v1/admin/journal/{uuid4()}/undo"),
    ]:
        other.call(method, path, {} if method == "post" else None)
        assert other.last.status_code == 403


def test_what_is_not_there_is_404_and_nonsense_is_refused(alice: Person) -> None:
    for method, path in [
        ("get", "/v1/admin/jobs/nonsense"),
        ("post", "/v1/admin/jobs/nonsense"),
        ("post", "/v1/admin/journal/nonsense/undo"),
        ("post", f"/v1/admin/journal/{uuid4()}/undo"),
    ]:
        alice.call(method, path, {} if method == "post" else None)
        assert alice.last.status_code == 404
    for query in ("limit=0", "limit=101", "limit=x", f"limit={'9' * 5000}", "run=x", "subject=1", "kind=%00"):
        alice.call("get", f"/v1/admin/journal?{query}")
        assert alice.last.status_code in {400, 422}
    alice.call("post", f"/v1/admin/jobs/{NAME}", {"dry_run": "yes"})
    assert alice.last.status_code in {400, 422}


def test_an_archived_memory_is_restored_over_http(alice: Person, bob: Person) -> None:
    ids = old_memories(alice, 2)
    job_run(NAME, alice.namespace.pk)
    assert alice.recall("fact number 1") == []
    bob.call("post", "/v1/restore", {"ids": ids})
    assert bob.last.status_code == 404
    assert alice.call("post", "/v1/restore", {"ids": ids}) == {"restored": 2}
    assert alice.recall("fact number 1")[0] == "fact number 1"
    assert alice.call("post", "/v1/restore", {"ids": ids}) == {"restored": 0}


def test_restoring_nothing_or_what_waits_for_a_verdict_is_refused(alice: Person) -> None:
    id_ = alice.store("a contested fact")["id"]
    alice.call("post", "/v1/feedback", {"id": id_, "action": "reject"})
    assert alice.call("post", "/v1/restore", {"ids": [id_]})["code"] == "conflict"
    assert alice.call("post", "/v1/restore", {"ids": []})["code"] == "empty_filter"
