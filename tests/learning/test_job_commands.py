"""Jobs and the journal by hand."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

import clock
from learning.jobs.runs import run_claim
from learning.journal.selectors import journal_page
from learning.models import JournalEntry
from tests.learning.archiving import NAME, old_memories, statuses
from tests.people import Person


def said(command: str, *arguments: Any) -> list[str]:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue().splitlines()


def entry_of(person: Person) -> JournalEntry:
    return journal_page(caller=person.caller)[0]


def test_a_job_is_done_by_hand(alice: Person) -> None:
    old_memories(alice, 2)
    told = said("job", NAME, "--namespace", alice.namespace.name)
    assert told == ['done: {"archive": 1, "lost": 2}']
    assert statuses(alice) == ["archived"] * 2


def test_a_dry_run_tells_every_change_as_json_and_makes_none(alice: Person) -> None:
    ids = old_memories(alice, 2)
    change, total = said("job", NAME, "--namespace", alice.namespace.name, "--dry-run")
    assert json.loads(change)["subjects"] == ids
    assert total.startswith("preview:")
    assert statuses(alice) == ["active"] * 2


def test_without_a_name_the_jobs_are_listed() -> None:
    listed = said("job")
    assert any(line.startswith("summarise ") and "episodic" in line for line in listed)
    assert any(line.startswith("cluster ") for line in listed)


def test_a_job_that_another_process_does_says_so(alice: Person) -> None:
    assert run_claim(caller=alice.caller, job=NAME, now=clock.now()) is not None
    with pytest.raises(CommandError, match="busy"):
        said("job", NAME, "--namespace", alice.namespace.name)


def test_a_job_that_stops_says_why_and_fails(alice: Person, settings: Any) -> None:
    settings.JOB_LOSS_BUDGET = 0.0
    old_memories(alice, 30)
    with pytest.raises(CommandError, match="stopped"):
        said("job", NAME, "--namespace", alice.namespace.name)


@pytest.mark.parametrize("arguments", [("nonsense",), (NAME, "--namespace", "nobodys")])
def test_what_is_not_there_is_an_error_in_words(db: None, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match="There is no"):
        said("job", *arguments, *(() if "--namespace" in arguments else ("--namespace", "default")))


def test_the_journal_is_listed_and_undone_by_hand(alice: Person) -> None:
    old_memories(alice, 2)
    said("job", NAME, "--namespace", alice.namespace.name)
    (line,) = said("journal", "list", "--namespace", alice.namespace.name, "--kind", "archive")
    entry = json.loads(line)["id"]
    assert said("journal", "undo", entry, "--namespace", alice.namespace.name, "--dry-run") == [
        f"{entry}: 2 put back, 0 gone"
    ]
    assert statuses(alice) == ["archived"] * 2
    assert said("journal", "undo", entry, "--namespace", alice.namespace.name) == [f"{entry}: 2 put back, 0 gone"]
    assert said("journal", "undo", entry, "--namespace", alice.namespace.name) == [f"{entry}: was undone before"]
    assert statuses(alice) == ["active"] * 2


def test_all_of_a_run_is_undone_at_once(alice: Person) -> None:
    old_memories(alice, 6)
    said("job", NAME, "--namespace", alice.namespace.name)
    run = str(entry_of(alice).run)
    assert len(said("journal", "undo", run, "--run", "--namespace", alice.namespace.name)) == 3
    assert statuses(alice) == ["active"] * 6


def test_another_namespaces_entry_is_not_found(alice: Person, bob: Person) -> None:
    old_memories(alice, 1)
    said("job", NAME, "--namespace", alice.namespace.name)
    with pytest.raises(CommandError, match="no such entry"):
        said("journal", "undo", str(entry_of(alice).pk), "--namespace", bob.namespace.name)


def test_clustering_is_measured() -> None:
    (line,) = said("measure_clusters", "--nodes", "500", "--edges", "3000")
    assert "communities in" in line
    assert "recognised" in line
