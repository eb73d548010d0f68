"""A namespace's memories fall into clusters that keep their ids, name themselves, and forget with their members."""

from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest

from accounts.door import tenant
from grains.models import Grain
from learning.clusters.job import unnamed, wanted
from learning.jobs import job_perform
from learning.jobs.perform import job_preview
from learning.models import Cluster, Conduit, Relation
from tests.people import Person

COOKING = [
    "Bake the bread in the hot oven for an hour.",
    "Fresh bread comes out of the oven at noon.",
    "The oven is too small for two loaves of bread.",
    "Sourdough bread needs a very hot oven.",
]
SAILING = [
    "The sailing boat leaves the harbour at dawn.",
    "Our boat sails well with strong wind.",
    "The harbour is full of sailing boats in summer.",
    "Without wind no sailing boat leaves the harbour.",
]


def cluster(person: Person) -> Any:
    return job_perform(name="cluster", namespace=person.namespace)


def listed(person: Person) -> dict[str, Any]:
    return {one["id"]: one for one in person.call("get", "/v1/clusters")["clusters"]}


def contents(person: Person, id_: str) -> set[str]:
    return {member["content"] for member in person.call("get", f"/v1/clusters/{id_}")["members"]}


@pytest.fixture
def clustered(alice: Person) -> Person:
    alice.store_batch(*({"content": content} for content in [*COOKING, *SAILING]))
    assert cluster(alice).counts["clusters"] == 2
    return alice


def test_memories_about_two_things_are_two_clusters_with_telling_names(clustered: Person) -> None:
    by_content = {frozenset(contents(clustered, id_)): one for id_, one in listed(clustered).items()}
    assert set(by_content) == {frozenset(COOKING), frozenset(SAILING)}
    assert {"bread", "oven"} <= set(by_content[frozenset(COOKING)]["name"].split(", "))
    assert {"boat", "harbour"} & set(by_content[frozenset(SAILING)]["name"].split(", "))
    assert [one["size"] for one in by_content.values()] == [4, 4]


def test_a_cluster_tells_statistics_of_its_members(clustered: Person) -> None:
    id_ = next(iter(listed(clustered)))
    seen = clustered.call("get", f"/v1/clusters/{id_}")
    assert seen["statistics"]["statuses"] == {"active": 4}
    assert seen["statistics"]["memory_types"] == {"semantic": 4}
    assert (seen["statistics"]["uses"], seen["statistics"]["mean_importance"]) == (0, 1.0)
    assert 0 < seen["cohesion"] <= 1
    assert all(0 <= member["weight"] <= 1 for member in seen["members"])


def test_ids_stay_when_memories_are_added_and_clustered_again(clustered: Person) -> None:
    before = listed(clustered)
    assert cluster(clustered).counts == {}, "nothing has changed"
    clustered.store("Rye bread stays in the oven longest of all.")
    assert cluster(clustered).counts["kept"] == 2
    after = listed(clustered)
    assert set(after) == set(before)
    assert sorted(one["size"] for one in after.values()) == [4, 5]
    assert {one["created_at"] for one in after.values()} == {one["created_at"] for one in before.values()}


def test_a_name_goes_with_a_member_at_once_and_comes_back_without_its_words(clustered: Person) -> None:
    (bread,) = [id_ for id_ in listed(clustered) if contents(clustered, id_) == set(COOKING)]
    with tenant(clustered.caller):
        going = [str(id_) for id_ in Grain.objects.order_by("number").values_list("id", flat=True)[:3]]
    clustered.forget(ids=going)
    assert (listed(clustered)[bread]["name"], listed(clustered)[bread]["size"]) == ("", 1)
    assert unnamed(clustered.caller, clustered.namespace.created_at)
    job_perform(name="cluster_names", namespace=clustered.namespace)
    assert listed(clustered)[bread]["name"] == "", "one member alone has no name"
    cluster(clustered)
    assert [one["size"] for one in listed(clustered).values()] == [4]


def test_a_cluster_that_lost_one_member_is_named_anew(clustered: Person) -> None:
    with tenant(clustered.caller):
        first = str(Grain.objects.order_by("number")[0].id)
    clustered.forget(ids=[first])
    assert sorted(bool(one["name"]) for one in listed(clustered).values()) == [False, True]
    assert job_perform(name="cluster_names", namespace=clustered.namespace).counts == {"named": 1}
    assert all(one["name"] for one in listed(clustered).values())
    assert not unnamed(clustered.caller, clustered.namespace.created_at)


def test_conduits_make_clusters_where_the_graph_is_wired(alice: Person) -> None:
    ids = [one["id"] for one in alice.store_batch(*({"content": f"word{n} alone{n}"} for n in range(6)))["stored"]]
    with tenant(alice.caller):
        numbers = [Grain.objects.get(id=id_).number for id_ in ids]
        for group in (numbers[::2], numbers[1::2]):
            for one in group:
                for other in group:
                    if one != other:
                        Conduit.objects.create(
                            namespace_id=alice.namespace.pk, source=one, target=other, relation=Relation.RELATED
                        )
    cluster(alice)
    groups = {frozenset(contents(alice, id_)) for id_ in listed(alice)}
    assert groups == {frozenset(f"word{n} alone{n}" for n in range(start, 6, 2)) for start in (0, 1)}


def test_contradictions_bind_nothing_together(alice: Person) -> None:
    strangers = ["Zebras graze.", "Concrete hardens slowly.", "The vote was postponed.", "Violins are out of tune."]
    ids = [one["id"] for one in alice.store_batch(*({"content": content} for content in strangers))["stored"]]
    with tenant(alice.caller):
        numbers = [Grain.objects.get(id=id_).number for id_ in ids]
        for one, other in pairwise(numbers):
            Conduit.objects.create(
                namespace_id=alice.namespace.pk, source=one, target=other, relation=Relation.CONTRADICTS
            )
    cluster(alice)
    assert listed(alice) == {}


def test_it_can_be_switched_off(alice: Person) -> None:
    alice.store_batch(*({"content": content} for content in COOKING))
    alice.call("patch", "/v1/admin/settings", {"clusters": False})
    assert not wanted(alice.caller, alice.namespace.created_at)
    assert cluster(alice).counts == {}
    assert listed(alice) == {}


def test_a_preview_of_clustering_leaves_nothing(alice: Person) -> None:
    alice.store_batch(*({"content": content} for content in COOKING))
    assert job_preview(name="cluster", caller=alice.caller).counts["clusters"] == 1
    assert listed(alice) == {}


def test_bob_sees_none_of_alices_clusters(clustered: Person, bob: Person) -> None:
    id_ = next(iter(listed(clustered)))
    assert listed(bob) == {}
    bob.call("get", f"/v1/clusters/{id_}")
    assert bob.last.status_code == 404
    with tenant(bob.caller):
        assert Cluster.objects.count() == 0
    for strange in (str(uuid4()), "nonsense"):
        clustered.call("get", f"/v1/clusters/{strange}")
        assert clustered.last.status_code == 404
