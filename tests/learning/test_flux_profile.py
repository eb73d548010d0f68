"""The profile `flux` is Flux's pure graph: a walk along conduits by its arithmetic, and vectors only where it fails."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import time_machine

import clock
from accounts.door import tenant
from grains.models import Grain
from learning.models import Conduit, Relation
from learning.walk import confidence
from tests.learning.graphs import FACTS, KEY, rate, switch, taught
from tests.people import Person

ASKED = "What about the flowerpot?"  # one word that only KEY has, and no other fact has any
CHAIN = FACTS[5:11]
POSTED, ATTENUATION, WEIGHT = 0.5, 0.85, 0.9


@pytest.fixture
def house(alice: Person) -> Any:
    return taught(alice)


def lead(person: Person, ids: dict[str, str], *pairs: tuple[str, str], weight: float = WEIGHT, **fields: Any) -> None:
    """Conduits between memories, by content."""
    with tenant(person.caller):
        number = {content: Grain.objects.get(id=id_).number for content, id_ in ids.items()}
        for one, other in pairs:
            ends = {"source": number[one], "target": number[other]}
            given = {"provenance": "shortcut", "weight": weight, **fields}
            Conduit.objects.create(namespace_id=person.namespace.pk, **ends, **given)


def walked(person: Person, query: str = ASKED, limit: int = 12) -> dict[str, float]:
    """Content -> score, best first."""
    found = person.recalled(query, limit=limit, profile="flux")["memories"]
    return {one["memory"]["content"]: one["score"] for one in found}


def line(person: Person, content: str, query: str = ASKED) -> dict[str, Any]:
    found = person.recalled(query, limit=12, profile="flux")["memories"]
    return next(one for one in found if one["memory"]["content"] == content)


def test_only_what_the_graph_leads_to_is_a_result(alice: Person, house: Any) -> None:
    assert walked(alice) == {KEY: POSTED}
    assert line(alice, KEY)["path"] == [{"from": "term"}]
    assert len(alice.recall(ASKED, limit=12)) > 1, "other profiles rank everything"


def test_contributions_add_up_to_one_at_the_most(alice: Person, house: Any) -> None:
    scores = walked(alice, "spare key under the blue flowerpot; boiler; cat")
    assert scores[KEY] == 1.0
    assert scores["The cat sleeps on the boiler."] == 1.0
    assert walked(alice, "boiler or flowerpot")[KEY] == POSTED


def test_the_signal_goes_on_for_five_hops_and_is_weaker_with_each(alice: Person, house: Any) -> None:
    path = [KEY, *CHAIN]
    lead(alice, house, *pairwise(path))
    scores = walked(alice)
    hop = ATTENUATION * WEIGHT
    assert list(scores) == path[:5]
    assert list(scores.values()) == pytest.approx([POSTED * hop**n for n in range(5)], abs=1e-5)
    assert [step["from"] for step in line(alice, path[2])["path"]] == ["term", "grain", "grain"]


def test_a_signal_below_the_threshold_goes_no_further(alice: Person, house: Any) -> None:
    lead(alice, house, (KEY, CHAIN[0]), weight=0.3)  # .5 x .85 x .3 = .13
    lead(alice, house, (KEY, CHAIN[1]), weight=0.4)  # .17
    assert list(walked(alice)) == [KEY, CHAIN[1]]


def test_what_arrives_by_two_paths_adds_up(alice: Person, house: Any) -> None:
    lead(alice, house, (KEY, CHAIN[0]), (KEY, CHAIN[1]), (CHAIN[0], CHAIN[2]), (CHAIN[1], CHAIN[2]))
    assert walked(alice)[CHAIN[2]] == pytest.approx(2 * POSTED * (ATTENUATION * WEIGHT) ** 2, abs=1e-5)


def test_a_circle_is_walked_once(alice: Person, house: Any) -> None:
    lead(alice, house, (KEY, CHAIN[0]), (CHAIN[0], CHAIN[1]), (CHAIN[1], KEY))
    assert walked(alice)[KEY] == POSTED


def test_contradictions_are_not_walked(alice: Person, house: Any) -> None:
    lead(alice, house, (KEY, CHAIN[0]), relation=Relation.CONTRADICTS)
    assert list(walked(alice)) == [KEY]


def test_praise_and_blame_move_it(alice: Person, house: Any) -> None:
    rate(alice, ASKED, useful=[KEY])
    praised = line(alice, KEY)["score"]
    assert praised > POSTED
    rate(alice, ASKED, useless=[KEY])
    rate(alice, ASKED, useless=[KEY])
    assert walked(alice).get(KEY, 0.0) < POSTED


def test_where_learning_is_off_what_was_taught_is_not_walked(alice: Person, house: Any) -> None:
    rate(alice, ASKED, useful=[KEY])
    lead(alice, house, (KEY, CHAIN[0]))
    lead(alice, house, (KEY, CHAIN[1]), provenance="wired")
    switch(alice, learning=False)
    assert walked(alice)[KEY] == POSTED
    assert set(walked(alice)) == {KEY, CHAIN[1]}


def test_where_propagation_is_off_it_ends_at_the_first_hop(alice: Person, house: Any) -> None:
    lead(alice, house, (KEY, CHAIN[0]))
    switch(alice, propagation=False)
    assert list(walked(alice)) == [KEY]


def test_where_nothing_is_reached_the_nearest_count_with_half_their_cosine(alice: Person, house: Any) -> None:
    asked = "How do I get indoors?"
    told = alice.call("post", "/v1/admin/query-explain", {"query": asked, "limit": 12, "profile": "flux"})
    assert 0 < len(told["final_results"]) <= 10
    for entry in told["final_results"]:
        assert entry["signals"]["fallback"] == pytest.approx(entry["raw"]["cosine"] / 2, abs=1e-6)
        assert entry["signals"]["graph"] == 0
    assert alice.call("post", "/retrieve", {"query": asked})["fallback_triggered"]


def test_an_explanation_has_signals_that_add_up_and_the_path(alice: Person, house: Any) -> None:
    lead(alice, house, (KEY, CHAIN[0]))
    told = alice.call("post", "/v1/admin/query-explain", {"query": ASKED, "limit": 12, "profile": "flux"})
    first, second = told["final_results"]
    assert first["path"] == [{"from": "term"}]
    assert second["path"] == [{"from": "term"}, {"from": "grain", "grain_id": house[KEY]}]
    assert second["signals"]["graph"] == pytest.approx(second["final_score"], abs=1e-6) == second["signal_sum"]
    assert {one["id"]: one["path"] for one in told["graph_results"]}[house[CHAIN[0]]] == second["path"]


def test_a_year_takes_the_conduits_opinion_back_and_hides_nothing(alice: Person, house: Any) -> None:
    lead(alice, house, (KEY, CHAIN[0]))
    with time_machine.travel(clock.now() + timedelta(days=365), tick=False):
        assert walked(alice) == {KEY: POSTED}


def test_a_hub_word_is_read_up_to_a_bound(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    alice.store_batch(*({"content": f"Harbour note number {n}."} for n in range(600)))
    told = alice.call("post", "/v1/admin/query-explain", {"query": "harbour", "limit": 1, "profile": "flux"})
    assert 0 < len(told["graph_results"]) <= 200


def test_bob_walks_his_own_graph(alice: Person, bob: Person, house: Any) -> None:
    assert walked(bob) == {}
    bob.store("The flowerpot is broken.")
    assert walked(bob) == {"The flowerpot is broken.": POSTED}


@pytest.mark.parametrize(
    ("signal", "weight", "expected"),
    [([0.5], [0.5], 0.25 + 0.15 + 0.2), ([0.5] * 5, [0.5] * 5, 0.25 + 0.15 + 0.04), ([3.0], [1.0], 1.0), ([], [], 0.0)],
)
def test_confidence_is_fluxs(signal: list[float], weight: list[float], expected: float) -> None:
    assert confidence(np.array(signal), np.array(weight)) == pytest.approx(expected)
