"""A recall may look at others of the clusters that it touches: candidates, hardly lifted, never forced in."""

from typing import Any

import pytest

import clock
from accounts.door import tenant
from grains.models import Grain
from learning.clusters.candidates import LIFT
from learning.models import Cluster, ClusterMember
from tests.learning.graphs import switch
from tests.people import Person

ASKED = "When does the sailing boat leave the harbour?"
BOATS = [f"The sailing boat number {n} leaves the harbour at {n} o'clock." for n in range(3, 9)]
MATE = "Grandma's piano stands in the hall."
NOISE = [f"The motor boat number {n} leaves the harbour at noon." for n in range(100)]


@pytest.fixture
def fleet(alice: Person) -> Person:
    """Boats and a piano in one cluster, among so many others that no channel finds the piano."""
    ids = [one["id"] for one in alice.store_batch(*({"content": one} for one in [MATE, *NOISE, *BOATS]))["stored"]]
    joined(alice, [ids[0], *ids[-len(BOATS) :]])
    switch(alice, cluster_candidates=True)
    return alice


def joined(person: Person, ids: list[str]) -> None:
    own = {"namespace_id": person.namespace.pk}
    with tenant(person.caller):
        cluster = Cluster.objects.create(**own, size=len(ids), name="boats")
        numbers = Grain.objects.filter(id__in=ids).values_list("number", flat=True)
        ClusterMember.objects.bulk_create(
            ClusterMember(**own, grain_number=number, cluster_id=cluster.pk, weight=0.9) for number in numbers
        )


def explained(person: Person, **fields: Any) -> Any:
    return person.call("post", "/v1/admin/query-explain", {"query": ASKED, "limit": 5, **fields})


def candidates(person: Person, **fields: Any) -> set[str]:
    told = explained(person, **fields)
    ids = [one["id"] for one in told["cut"]] + [one["memory"]["id"] for one in told["final_results"]]
    return {person.inspect(id_)["content"] for id_ in ids}


def test_others_of_a_cluster_are_candidates(fleet: Person) -> None:
    assert MATE in candidates(fleet)
    switch(fleet, cluster_candidates=False)
    assert MATE not in candidates(fleet)


def test_they_do_not_push_out_what_answers(fleet: Person) -> None:
    found = fleet.recall(ASKED, limit=5)
    assert set(found) <= set(BOATS)
    switch(fleet, cluster_candidates=False)
    assert len(set(found) & set(fleet.recall(ASKED, limit=5))) >= 4


def test_their_lift_is_bounded_and_explained(fleet: Person) -> None:
    told = fleet.recalled(ASKED, limit=5, explain=True)["explain"]["channels"]["cluster"]
    by_content = {fleet.inspect(one["id"])["content"]: one for one in told}
    assert by_content[MATE]["path"] == [{"from": "cluster"}]
    assert 0 < by_content[MATE]["lift"] <= max(one["lift"] for one in told) <= LIFT


def test_one_memory_alone_touches_no_cluster(alice: Person) -> None:
    ids = [one["id"] for one in alice.store_batch(*({"content": one} for one in [MATE, *NOISE]))["stored"]]
    stranger = alice.store("The sailing boat leaves the harbour at dawn.")["id"]
    joined(alice, [ids[0], stranger])
    switch(alice, cluster_candidates=True)
    assert MATE not in candidates(alice)


def test_where_there_are_no_clusters_nothing_changes(alice: Person) -> None:
    alice.store_batch(*({"content": one} for one in BOATS))
    before = [(one["score"], one["provenance"]) for one in alice.recalled(ASKED)["memories"]]
    switch(alice, cluster_candidates=True)
    assert [(one["score"], one["provenance"]) for one in alice.recalled(ASKED)["memories"]] == before


def test_what_was_put_away_does_not_come_and_the_past_is_not_touched(fleet: Person) -> None:
    assert MATE not in candidates(fleet, as_of=clock.now().isoformat())
    with tenant(fleet.caller):
        piano = Grain.objects.order_by("number")[0]
    fleet.call("post", "/v1/admin/lifecycle", {"ids": [str(piano.id)], "status": "archived"})
    assert MATE not in candidates(fleet)


def test_bobs_recall_brings_nothing_of_alices_cluster(fleet: Person, bob: Person) -> None:
    switch(bob, cluster_candidates=True)
    bob.store(BOATS[0])
    assert bob.recall(ASKED, limit=5) == [BOATS[0]]
