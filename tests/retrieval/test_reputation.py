"""Verdicts count for the memory, and for what it came from; taking one back leaves nothing behind."""

import clock
from accounts.door import tenant
from grains.models import Grain, Vitals
from retrieval.models import Source
from retrieval.services.reputation import Rated, outcome_rated, source_rated
from tests.people import Person


def grain(person: Person, content: str = "It rained.", **fields: str) -> Grain:
    id_ = person.store(content, **fields)["id"]
    with tenant(person.caller):
        return Grain.objects.get(id=id_)


def rate(person: Person, *rated: Rated) -> None:
    with tenant(person.caller):
        source_rated(caller=person.caller, rated=rated, now=clock.now())
        outcome_rated(caller=person.caller, rated=rated)


def sources(person: Person) -> dict[tuple[str, str], tuple[float, float]]:
    with tenant(person.caller):
        return {(one.kind, one.name): (one.a, one.b) for one in Source.objects.all()}


def test_a_verdict_counts_for_author_agent_and_origin(alice: Person) -> None:
    rate(alice, Rated(grain(alice, author="Ana", agent="bot"), helped=0.5))
    expected = {("author", "Ana"), ("agent", "bot"), ("provenance", "ai_stated")}
    assert sources(alice) == dict.fromkeys(expected, (0.5, 0.0))


def test_verdicts_on_several_memories_of_one_source_add_up(alice: Person) -> None:
    one, other = grain(alice, "It rained.", author="Ana"), grain(alice, "It snowed.", author="Ana")
    rate(alice, Rated(one, helped=1.0), Rated(other, misled=0.25))
    rate(alice, Rated(one, helped=1.0))
    assert sources(alice)["author", "Ana"] == (2.0, 0.25)


def test_a_verdict_that_is_taken_back_leaves_nothing_and_never_less(alice: Person) -> None:
    one = grain(alice, author="Ana")
    rate(alice, Rated(one, helped=1.0))
    rate(alice, Rated(one, helped=-1.0, misled=1.0))
    assert sources(alice)["author", "Ana"] == (0.0, 1.0)
    rate(alice, Rated(one, misled=-7.0))
    assert sources(alice)["author", "Ana"] == (0.0, 0.0)


def test_a_memory_without_names_counts_for_its_origin_only(alice: Person) -> None:
    rate(alice, Rated(grain(alice), misled=1.0))
    assert sources(alice) == {("provenance", "ai_stated"): (0.0, 1.0)}


def test_the_memory_keeps_its_own_outcome(alice: Person) -> None:
    one, other = grain(alice, "It rained."), grain(alice, "It snowed.")
    rate(alice, Rated(one, helped=0.5), Rated(other, misled=1.0))
    rate(alice, Rated(one, helped=0.25))
    with tenant(alice.caller):
        found = {v.grain_number: (v.helped, v.misled) for v in Vitals.objects.all()}
    assert found == {one.number: (0.75, 0.0), other.number: (0.0, 1.0)}


def test_bobs_sources_are_his_own(alice: Person, bob: Person) -> None:
    rate(alice, Rated(grain(alice, author="Ana"), helped=1.0))
    assert sources(bob) == {}
