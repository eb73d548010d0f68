"""A job works on one namespace at a time, goes on where it was cut off, and never loses more than it may."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

import clock
from accounts.door import tenant
from accounts.errors import NotFound
from accounts.models import Deed
from learning.jobs import Work, job, job_perform
from learning.jobs.perform import job_preview
from learning.jobs.runs import ATTEMPTS, KEEP, LEASE, run_claim, run_queue
from learning.models import JournalEntry, Run
from tests.learning.archiving import NAME, archive_old, between_steps, old_memories, statuses
from tests.people import Person


class Killed(BaseException):
    """As SIGKILL: nothing is written after it."""


def kill_before_step(number: int) -> Any:
    steps = iter(range(1, 100))

    def action(work: Work) -> None:
        if next(steps) == number:
            raise Killed

    return action


def perform(person: Person, **given: Any) -> Any:
    return job_perform(name=NAME, namespace=person.namespace, **given)


def runs(person: Person) -> list[Run]:
    with tenant(person.caller):
        return list(Run.objects.order_by("queued_at"))


def test_a_run_does_the_work_and_tells_of_it(alice: Person) -> None:
    old_memories(alice, 5)
    alice.store("a fact to keep")
    done = perform(alice)
    assert (done.state, done.counts["archive"], done.counts["lost"]) == ("done", 3, 5)
    assert statuses(alice) == ["archived"] * 5 + ["active"]
    (run,) = runs(alice)
    assert (run.state, run.result, run.attempts, run.error) == ("done", {"archive": 3, "lost": 5}, 1, "")
    assert run.finished_at is not None
    assert run.claim is None


def test_a_job_of_alices_does_not_touch_bobs(alice: Person, bob: Person) -> None:
    old_memories(alice, 2)
    old_memories(bob, 2)
    perform(alice)
    assert (statuses(alice), statuses(bob)) == (["archived"] * 2, ["active"] * 2)
    assert runs(bob) == []


def test_only_one_process_works_on_a_namespace(alice: Person) -> None:
    old_memories(alice, 2)
    seen = []
    with between_steps(lambda work: seen.append(perform(alice).state)):
        assert perform(alice).state == "done"
    assert seen == ["busy"]


def test_bobs_namespace_is_worked_on_meanwhile(alice: Person, bob: Person) -> None:
    old_memories(alice, 2)
    claim = run_claim(caller=bob.caller, job=NAME, now=clock.now())
    assert claim is not None
    assert perform(alice).state == "done"


def test_a_killed_run_is_gone_on_with_and_nothing_is_done_twice(alice: Person) -> None:
    old_memories(alice, 6)
    with pytest.raises(Killed), between_steps(kill_before_step(3)):
        perform(alice)
    assert statuses(alice) == ["archived"] * 4 + ["active"] * 2
    assert perform(alice).state == "busy", "its process may be alive"
    later = clock.now() + LEASE + timedelta(seconds=1)
    done = perform(alice, now=later)
    assert (done.state, done.resumed, done.counts["archive"], done.counts["lost"]) == ("done", True, 3, 6)
    assert statuses(alice) == ["archived"] * 6
    with tenant(alice.caller):
        told = [subject for entry in JournalEntry.objects.all() for subject in entry.subjects]
    assert len(told) == len(set(told)) == 6
    assert [run.attempts for run in runs(alice)] == [2]


def test_a_process_that_was_only_slow_finds_its_run_taken_and_changes_nothing(alice: Person) -> None:
    old_memories(alice, 4)
    later = clock.now() + LEASE + timedelta(seconds=1)

    def overtaken(work: Work) -> None:
        if work.clock() < later:
            assert perform(alice, now=later).state == "done"

    with between_steps(overtaken):
        assert perform(alice).state == "busy"
    with tenant(alice.caller):
        assert JournalEntry.objects.count() == 2
    assert [(run.state, run.result) for run in runs(alice)] == [("done", {"archive": 2, "lost": 4})]


def test_a_run_that_takes_its_process_down_again_and_again_is_given_up(alice: Person) -> None:
    old_memories(alice, 2)
    now = clock.now()
    with between_steps(kill_before_step(1)):
        for attempt in range(ATTEMPTS):
            with pytest.raises(Killed), between_steps(kill_before_step(1)):
                perform(alice, now=now + attempt * 2 * LEASE)
    assert perform(alice, now=now + ATTEMPTS * 2 * LEASE).state == "done"
    assert [run.state for run in runs(alice)] == ["failed", "done"]
    assert "Given up" in runs(alice)[0].error


def test_a_run_that_fails_says_so_without_quoting_anything(alice: Person) -> None:
    old_memories(alice, 2)

    def fail(work: Work) -> None:
        raise ValueError("alice's secret")

    with between_steps(fail):
        failed = perform(alice)
    assert (failed.state, failed.error) == ("failed", "ValueError")
    assert perform(alice).state == "done", "the next round tries again"


def test_a_run_that_would_lose_too_much_stops_before_it_does(alice: Person, settings: Any) -> None:
    settings.JOB_LOSS_BUDGET = 0.5
    old_memories(alice, 60)
    alice.store_batch(*({"content": f"kept {n}"} for n in range(20)))
    stopped = perform(alice)
    assert (stopped.state, stopped.counts["lost"]) == ("stopped", 40)
    assert "more than 40 memories" in stopped.error
    assert statuses(alice).count("archived") == 40


def test_the_budget_of_a_run_holds_across_a_kill(alice: Person, settings: Any) -> None:
    settings.JOB_LOSS_BUDGET = 0.5
    old_memories(alice, 80)
    with pytest.raises(Killed), between_steps(kill_before_step(16)):
        perform(alice)
    assert statuses(alice).count("archived") == 30
    assert perform(alice, now=clock.now() + 2 * LEASE).state == "stopped"
    assert statuses(alice).count("archived") == 40


def test_a_small_namespace_may_lose_all_it_wants(alice: Person, settings: Any) -> None:
    settings.JOB_LOSS_BUDGET = 0.0
    old_memories(alice, 25)
    assert perform(alice).state == "done"


def test_a_preview_shows_everything_and_changes_nothing(alice: Person) -> None:
    ids = old_memories(alice, 5)
    shown = job_preview(name=NAME, caller=alice.caller)
    assert (shown.state, shown.complete, shown.counts) == ("preview", True, {"archive": 3, "lost": 5})
    assert [str(subject) for entry in shown.changes for subject in entry.subjects] == ids
    assert statuses(alice) == ["active"] * 5
    assert runs(alice) == []
    with tenant(alice.caller):
        assert JournalEntry.objects.count() == 0
        assert not Deed.objects.filter(verb="archive").exists()


def test_a_preview_says_that_the_run_would_be_stopped(alice: Person, settings: Any) -> None:
    settings.JOB_LOSS_BUDGET = 0.1
    old_memories(alice, 30)
    assert "more than 25" in job_preview(name=NAME, caller=alice.caller).error


def test_quiet_runs_leave_one_row_and_loud_ones_stay(alice: Person) -> None:
    old_memories(alice, 1)
    for _ in range(3):
        perform(alice)
    assert [run.result for run in runs(alice)] == [{"archive": 1, "lost": 1}, {}]


def test_old_runs_go(alice: Person) -> None:
    old_memories(alice, 1)
    perform(alice)
    perform(alice, now=clock.now() + KEEP + timedelta(days=1))
    assert [run.result for run in runs(alice)] == [{}]


def test_asking_twice_queues_once_and_a_message_that_comes_twice_runs_once(alice: Person) -> None:
    first = run_queue(caller=alice.caller, job=NAME, now=clock.now())
    assert run_queue(caller=alice.caller, job=NAME, now=clock.now()).pk == first.pk
    assert perform(alice, run_id=first.pk).run == first.pk
    assert perform(alice, run_id=first.pk).state == "busy"
    assert perform(alice, run_id=uuid4()).state == "busy"
    assert len(runs(alice)) == 1


def test_a_round_begins_what_was_queued(alice: Person) -> None:
    queued = run_queue(caller=alice.caller, job=NAME, now=clock.now())
    assert perform(alice).run == queued.pk
    assert runs(alice)[0].actor == alice.caller.subject


def test_a_job_nobody_knows_is_not_found(alice: Person) -> None:
    with pytest.raises(NotFound):
        job_perform(name="nonsense", namespace=alice.namespace)


def test_two_jobs_cannot_have_one_name() -> None:
    with pytest.raises(ValueError, match="two jobs"):
        job(NAME, every=timedelta(1))(archive_old)
