"""Where a language model is set it is asked about the pairs that the rules leave open; it is never believed blindly."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from tests.learning.background import contradictions_found, status_of
from tests.learning.models_at_hand import Model, serving
from tests.people import Person

pytestmark = pytest.mark.usefixtures("owner")
AT_THREE, AT_FOUR = "The meeting with Acme is at 3 pm.", "The meeting with Acme is at 4 pm."


@contextmanager
def answering(settings: Any, answer: Callable[[Sequence[str]], str]) -> Iterator[Model]:
    model = Model(answer)
    with serving(model) as address:
        settings.LLM_BACKEND, settings.LLM_MODEL, settings.LLM_URL = "ollama", "m", address
        yield model


def examined(person: Person, older: str, newer: str, **fields: Any) -> list[str]:
    ids = [person.store(text, **fields)["id"] for text in (older, newer)]
    contradictions_found(person)
    return [status_of(person, id_) for id_ in ids]


def waiting(person: Person) -> int:
    return len(person.call("get", "/v1/admin/review/queue")["items"])


def test_without_a_model_the_pair_waits_for_a_person(alice: Person) -> None:
    assert examined(alice, AT_THREE, AT_FOUR) == ["active", "active"]
    assert waiting(alice) == 1


def test_it_may_say_that_something_has_changed(alice: Person, settings: Any) -> None:
    with answering(settings, lambda _: "UPDATED") as model:
        assert examined(alice, AT_THREE, AT_FOUR) == ["stale", "active"]
    assert (waiting(alice), len(model.bodies)) == (0, 1)
    assert alice.call("get", "/v1/admin/journal")["entries"][0]["cause"]["decided_by"] == "model"


def test_it_may_see_no_contradiction(alice: Person, settings: Any) -> None:
    with answering(settings, lambda _: "independent."):
        assert examined(alice, AT_THREE, AT_FOUR) == ["active", "active"]
    assert waiting(alice) == 0


@pytest.mark.parametrize("answer", ["CONTRADICTS", "UPDATED, because", "I think so", "{}"])
def test_any_other_answer_leaves_it_to_a_person(alice: Person, settings: Any, answer: str) -> None:
    with answering(settings, lambda _: answer):
        assert examined(alice, AT_THREE, AT_FOUR) == ["active", "active"]
    assert waiting(alice) == 1


def test_it_cannot_give_a_weaker_source_the_better_of_a_stronger_one(alice: Person, settings: Any) -> None:
    older = alice.store(AT_THREE, provenance="user_stated")["id"]
    alice.store(AT_FOUR, provenance="ai_inferred")
    with answering(settings, lambda _: "UPDATED"):
        contradictions_found(alice)
    assert (status_of(alice, older), waiting(alice)) == ("active", 1)


def test_what_only_it_sees_goes_to_a_person(alice: Person, settings: Any) -> None:
    pair = "Otto likes fresh cilantro in his soup.", "Otto can't stand fresh cilantro in his soup."
    with answering(settings, lambda _: "UPDATED"):
        assert examined(alice, *pair) == ["active", "active"]
    assert waiting(alice) == 1


def test_a_model_that_fails_stops_nothing(alice: Person, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from learning import llm

    monkeypatch.setattr(llm, "PAUSE", 0.001)
    with answering(settings, lambda _: "UPDATED") as model:
        model.failures = [500] * 10
        assert examined(alice, AT_THREE, AT_FOUR) == ["active", "active"]
    assert waiting(alice) == 1
