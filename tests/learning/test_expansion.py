"""A recall that found little brings other memories of the clusters that it touched, beside its results."""

from typing import Any

import pytest

from learning.clusters.expansion import MOST, beside
from learning.jobs import job_perform
from tests.learning.test_clusters import COOKING, SAILING
from tests.people import Person

MORE = [
    "Rye bread stays in the oven longest.",
    "The baker's oven bakes forty loaves of bread.",
    "Bread in the oven smells good.",
]


def retrieved(person: Person, query: str) -> Any:
    return person.call("post", "/retrieve", {"query": query})


@pytest.fixture
def clustered(alice: Person) -> Person:
    alice.store_batch(*({"content": content} for content in [*COOKING, *SAILING, *MORE]))
    job_perform(name="cluster", namespace=alice.namespace)
    return alice


def test_an_unsure_recall_shows_others_of_the_same_cluster(clustered: Person) -> None:
    found = retrieved(clustered, "Who repaired my grandmother's piano?")
    assert found["confidence"] < 0.4
    shown = found["expansion_candidates"]
    results = {grain["id"] for grain in found["grains"]}
    assert 1 <= len(shown) <= MOST
    assert results.isdisjoint(one["id"] for one in shown)
    assert {one["source"] for one in shown} == {"expansion"}
    assert all(0 < one["score"] <= 0.5 for one in shown)
    assert [one["score"] for one in shown] == sorted((one["score"] for one in shown), reverse=True)


def test_a_sure_recall_is_not_expanded(clustered: Person) -> None:
    found = retrieved(clustered, "How long does the bread bake in the hot oven?")
    assert found["confidence"] >= 0.4
    assert found["expansion_candidates"] == []


def test_what_was_archived_is_not_shown(clustered: Person) -> None:
    from accounts.door import tenant
    from grains.models import Grain, Status

    with tenant(clustered.caller):
        first = Grain.objects.order_by("number").first()
        assert first is not None
        before = beside(caller=clustered.caller, numbers=[first.number])
        Grain.objects.exclude(number=first.number).update(status=Status.ARCHIVED)
    assert len(before) == 2
    assert beside(caller=clustered.caller, numbers=[first.number]) == []


def test_without_clusters_and_across_namespaces_there_is_nothing(clustered: Person, bob: Person) -> None:
    bob.store("Bob's bread is in the oven.")
    assert retrieved(bob, "Who repaired my grandmother's piano?")["expansion_candidates"] == []
