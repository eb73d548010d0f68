"""From what a question leads to, the walk goes on to what that is wired to, and the answer tells the path."""

from itertools import pairwise

import pytest
from pgvector import HalfVector

from accounts.door import tenant
from grains.models import DIMENSION, Grain
from learning.constants import GRAIN_FAN
from learning.models import Conduit, Entry, EntryKind, Relation, Wording
from tests.learning.graphs import ASKED, FACTS, KEY, found, place, rate, switch, taught
from tests.people import Person

CHAIN = FACTS[5:9]


@pytest.fixture
def house(alice: Person) -> Person:
    taught(alice, provenance="user_stated")
    return alice


def wired(person: Person, pairs: list[tuple[str, str]], relation: Relation = Relation.RELATED) -> None:
    """Conduits between memories, by content."""
    lines = person.recalled(ASKED, limit=12)["memories"]
    ids = {line["memory"]["content"]: line["memory"]["id"] for line in lines}
    with tenant(person.caller):
        number = {content: Grain.objects.get(id=id_).number for content, id_ in ids.items()}
        for one, other in pairs:
            Conduit.objects.create(
                namespace_id=person.namespace.pk,
                source=number[one],
                target=number[other],
                relation=relation,
                weight=0.95,
                provenance="shortcut",
            )


def chain(person: Person) -> list[str]:
    """KEY leads to the first of CHAIN, that to the second, and so on."""
    path = [KEY, *CHAIN]
    wired(person, list(pairwise(path)))
    return path


def test_a_memory_is_reached_over_others_and_the_answer_says_over_which(house: Person) -> None:
    chain(house)
    rate(house, ASKED, useful=[KEY])
    rate(house, ASKED, useful=[KEY])
    line = found(house, ASKED, CHAIN[1])
    assert "graph" in line["provenance"]
    assert [step["from"] for step in line["path"]] == ["wording", "grain", "grain"]
    assert line["path"][1]["grain_id"] == found(house, ASKED, KEY)["memory"]["id"]


def test_the_signal_fades_from_hop_to_hop_until_it_is_too_weak(house: Person) -> None:
    path = chain(house)
    rate(house, ASKED, useful=[KEY])
    reached = ["path" in found(house, ASKED, content) for content in path]
    assert reached[:2] == [True, True]
    assert reached == sorted(reached, reverse=True), "once lost, it stays lost"


def test_nothing_is_walked_where_propagation_is_off(house: Person) -> None:
    chain(house)
    rate(house, ASKED, useful=[KEY])
    switch(house, propagation=False)
    assert "path" in found(house, ASKED, KEY)
    assert "path" not in found(house, ASKED, CHAIN[0])


@pytest.mark.parametrize("relation", [Relation.SUPERSEDES, Relation.CONTRADICTS])
def test_a_contradiction_pulls_nothing_in(house: Person, relation: Relation) -> None:
    wired(house, [(KEY, CHAIN[0])], relation)
    rate(house, ASKED, useful=[KEY])
    assert "path" not in found(house, ASKED, CHAIN[0])


def test_a_circle_ends(house: Person) -> None:
    path = chain(house)
    wired(house, [(CHAIN[-1], KEY), (CHAIN[0], KEY)])
    rate(house, ASKED, useful=[KEY])
    assert place(house, ASKED, KEY) == 0
    assert len(house.recall(ASKED, limit=12)) == len(FACTS) >= len(path)


def test_a_hub_is_read_up_to_a_bound(alice: Person) -> None:
    contents = [f"The harbour master wrote note {n}." for n in range(3 * GRAIN_FAN)]
    ids = taught(alice, KEY, *contents, provenance="user_stated")
    with tenant(alice.caller):
        number = {content: Grain.objects.get(id=id_).number for content, id_ in ids.items()}
        own = {"namespace_id": alice.namespace.pk}
        Entry.objects.create(**own, key=7, kind=EntryKind.WORDING)
        Wording.objects.create(**own, entry=7, embedding=HalfVector([0.0] * DIMENSION))
        Conduit.objects.bulk_create(
            Conduit(**own, source=number[KEY], target=number[content], weight=0.9, provenance="shortcut")
            for content in contents
        )
    rate(alice, ASKED, useful=[KEY])
    lines = alice.recalled(ASKED, limit=100)["memories"]
    assert 1 < sum("path" in line for line in lines) <= GRAIN_FAN + 1


def test_flux_is_told_how_many_hops_it_took(house: Person) -> None:
    chain(house)
    assert house.call("post", "/retrieve", {"query": ASKED})["hop_count"] == 0
    rate(house, ASKED, useful=[KEY])
    assert house.call("post", "/retrieve", {"query": ASKED})["hop_count"] >= 1
