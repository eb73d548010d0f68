"""Old episodic memories become one summary that keeps every fact; undoing brings all of them back."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from accounts.door import tenant
from grains.models import Derivation, Grain
from learning import llm as asking
from learning.consolidation.summary import wanted
from learning.jobs import job_perform
from learning.jobs.perform import job_preview
from learning.models import Conduit, JournalEntry, Relation
from tests.learning.facts_at_hand import by_status, episodic, fact
from tests.learning.models_at_hand import Model, serving
from tests.people import Person


def summarise(person: Person) -> Any:
    return job_perform(name="summarise", namespace=person.namespace)


def summary_of(person: Person) -> Any:
    with tenant(person.caller):
        (entry,) = JournalEntry.objects.filter(kind="summary")
    (id_,) = [id_ for id_, status in entry.before["grain.status"].items() if status is None]
    return person.inspect(id_)


def undo(person: Person) -> Any:
    (entry,) = person.call("get", "/v1/admin/journal?kind=summary")["entries"]
    return person.call("post", f"/v1/admin/journal/{entry['id']}/undo", {})


@pytest.fixture
def small(settings: Any) -> None:
    """A summary of 5 as soon as there are more than 6."""
    settings.SUMMARIZATION_THRESHOLD, settings.SUMMARIZATION_BATCH_SIZE = 6, 5


def test_150_facts_become_100_and_one_summary_and_every_number_and_name_is_recalled(alice: Person) -> None:
    episodic(alice, 150)
    done = summarise(alice)
    assert (done.state, done.counts["summary"], done.counts["condensed"]) == ("done", 1, 50)
    assert by_status(alice) == {"archived": 50, "active": 101}
    for n in (0, 17, 21, 49, 50, 149):
        assert fact(n) in alice.recall(fact(n), limit=1)[0]
    assert summarise(alice).counts == {}, "100 are not more than 100"
    assert undo(alice)["restored"] >= 50
    assert by_status(alice) == {"active": 150, "archived": 1}
    assert alice.recall(fact(17), limit=1) == [fact(17)]
    assert summarise(alice).counts == {}, "what somebody has undone is not done again"


def test_a_summary_says_what_it_was_made_of(alice: Person, small: None) -> None:
    ids = episodic(alice, 7, tags=["home"], importance=1.5)
    summarise(alice)
    summary = summary_of(alice)
    assert all(fact(n) in summary["content"] for n in range(5))
    assert fact(5) not in summary["content"]
    assert (summary["memory_type"], summary["agent"], summary["tags"]) == ("semantic", "assistant", ["home"])
    assert alice.inspect(ids[0])["status"] == "archived"
    assert alice.inspect(ids[0])["superseded_by"] == summary["id"]
    with tenant(alice.caller):
        numbers = dict(Grain.objects.values_list("number", "id"))
        made = {str(numbers[row.source_number]) for row in Derivation.objects.all()}
        links = Conduit.objects.filter(relation=Relation.DERIVED_FROM)
        linked = {(str(numbers[c.source]), str(numbers[c.target])) for c in links if c.source}
    assert made == set(ids[:5])
    assert linked == {(summary["id"], id_) for id_ in ids[:5]}


def test_a_summary_is_no_younger_than_its_newest_source(alice: Person, small: None) -> None:
    ids = episodic(alice, 7)
    summarise(alice)
    assert summary_of(alice)["created_at"] == alice.inspect(ids[4])["created_at"]


def test_each_agent_and_user_has_a_summary_of_its_own(alice: Person, bob: Person, small: None) -> None:
    episodic(alice, 7)
    episodic(alice, 7, user="tom")
    episodic(alice, 6, user="few")
    episodic(alice, 9, memory_type="semantic", user="facts")
    episodic(bob, 7)
    assert summarise(alice).counts["summary"] == 2
    assert by_status(bob) == {"active": 7}
    with tenant(alice.caller):
        made = Grain.objects.filter(memory_type="semantic", metadata__has_key="summary_of")
        assert sorted(made.values_list("user", flat=True)) == ["sam", "tom"]


def test_a_pair_far_over_the_threshold_is_condensed_in_one_run(alice: Person, small: None) -> None:
    episodic(alice, 21)
    assert summarise(alice).counts["summary"] == 3
    assert by_status(alice) == {"archived": 15, "active": 9}


def test_memories_that_expire_or_are_ciphertext_are_left_alone(alice: Person, small: None) -> None:
    episodic(alice, 7, valid_to="2099-01-01T00:00:00Z")
    assert summarise(alice).counts == {}


def test_it_can_be_switched_off_and_set_for_a_namespace(alice: Person, small: None) -> None:
    episodic(alice, 7)
    assert wanted(alice.caller, alice.namespace.created_at)
    alice.call("patch", "/v1/admin/settings", {"summarization_enabled": False})
    assert not wanted(alice.caller, alice.namespace.created_at)
    assert summarise(alice).counts == {}
    alice.call("patch", "/v1/admin/settings", {"summarization_enabled": True, "summarization_threshold": 7})
    assert not wanted(alice.caller, alice.namespace.created_at)


def test_a_preview_shows_the_summaries_sources_and_stores_none(alice: Person, small: None) -> None:
    ids = episodic(alice, 12)
    shown = job_preview(name="summarise", caller=alice.caller)
    assert shown.counts["summary"] == 2
    assert {str(subject) for entry in shown.changes for subject in entry.subjects} >= set(ids[:10])
    assert by_status(alice) == {"active": 12}


def test_forgetting_a_source_erases_the_summary_and_frees_the_others(alice: Person, small: None) -> None:
    ids = episodic(alice, 7)
    summarise(alice)
    alice.forget(ids=[ids[2]])
    assert by_status(alice) == {"active": 6}
    assert not any(str(7000 + 26) in content for content in alice.recall("What number has Carl's locker?"))
    assert alice.recall(fact(1), limit=1) == [fact(1)]


def test_a_source_that_changed_while_the_summary_was_made_stops_it(
    alice: Person, small: None, monkeypatch: Any
) -> None:
    from learning.consolidation import summary

    ids = episodic(alice, 7)
    checked = summary._checked

    def slow(*args: Any, **kwargs: Any) -> Any:
        made = checked(*args, **kwargs)
        alice.update(id=ids[0], content="Ana has moved to Oslo.")
        return made

    monkeypatch.setattr(summary, "_checked", slow)
    assert summarise(alice).counts == {"outrun": 1}
    assert by_status(alice) == {"active": 7}


@pytest.fixture
def worded(settings: Any, monkeypatch: Any) -> Iterator[Model]:
    monkeypatch.setattr(asking, "PAUSE", 0.001)
    model = Model(" ".join)
    with serving(model) as url:
        settings.LLM_BACKEND, settings.LLM_MODEL, settings.LLM_URL = "ollama", "small", url
        yield model


def test_a_language_models_wording_is_taken_when_it_keeps_everything(alice: Person, small: None, worded: Model) -> None:
    worded.answer = lambda notes: " ".join(note.replace("has the number", "is number") for note in notes)
    episodic(alice, 7)
    summarise(alice)
    summary = summary_of(alice)
    assert "Ana's locker is number 7000." in summary["content"]
    assert summary["provenance"] == "ai_inferred"


@pytest.mark.parametrize(
    "answer",
    [
        lambda notes: "Some people have numbers.",  # loses
        lambda notes: " ".join(notes).replace("7000", "7001"),  # bends
        lambda notes: " ".join(notes).replace("has", "has not"),  # denies
        lambda notes: " ".join([*notes, "Zoe has 9."]),  # makes up
        lambda notes: "\n".join([*notes, *notes, "x" * 2000]),  # is longer
    ],
)
def test_a_wording_that_loses_bends_or_makes_up_facts_is_refused(
    alice: Person, small: None, worded: Model, answer: Any
) -> None:
    worded.answer = answer
    episodic(alice, 7)
    summarise(alice)
    assert len(worded.bodies) == 1
    summary = summary_of(alice)
    assert all(fact(n) in summary["content"] for n in range(5)), "the extract stands in"
    assert summary["provenance"] == "ai_stated"


def test_without_an_answer_the_extract_is_taken(alice: Person, small: None, worded: Model) -> None:
    worded.failures = [500] * 9
    episodic(alice, 7)
    assert summarise(alice).counts["summary"] == 1


def test_no_transaction_is_open_while_the_model_thinks(alice: Person, small: None, worded: Model) -> None:
    ids = episodic(alice, 7)

    def meanwhile(notes: list[str]) -> str:
        assert alice.update(id=ids[6], tags=["touched"])["version"] == 2
        connection.close()  # this is the model's own thread
        return "no."

    worded.answer = meanwhile
    assert summarise(alice).counts["summary"] == 1


def test_a_summary_that_drifted_from_its_sources_is_refused(alice: Person, small: None, monkeypatch: Any) -> None:
    from learning.consolidation import summary

    monkeypatch.setattr(summary, "DRIFT", 1.01)
    episodic(alice, 7)
    assert summarise(alice).counts == {"refused": 1}
    assert by_status(alice) == {"active": 7}
