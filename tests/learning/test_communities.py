"""Louvain finds what belongs together, and what was a cluster yesterday is the same one today."""

import numpy as np
import pytest

from learning.clusters.communities import Communities, Edges, communities, inherited
from learning.clusters.naming import cluster_names


def graph(*edges: tuple[int, int, float]) -> Edges:
    columns = np.array(edges, np.float64).reshape(-1, 3).T
    return Edges(columns[0].astype(np.int64), columns[1].astype(np.int64), columns[2])


def clique(*numbers: int) -> list[tuple[int, int, float]]:
    return [(one, other, 0.9) for one in numbers for other in numbers if one < other]


def members(found: Communities) -> set[frozenset[int]]:
    return {frozenset(found.number[found.label == label].tolist()) for label in set(found.label.tolist())}


def test_two_cliques_with_a_bridge_are_two_communities() -> None:
    found = communities(graph(*clique(10, 11, 12, 13), *clique(20, 21, 22), (13, 20, 0.1)))
    assert members(found) == {frozenset({10, 11, 12, 13}), frozenset({20, 21, 22})}
    assert found.number.tolist() == sorted(found.number.tolist())
    assert found.inside[found.number == 10] == pytest.approx(1.0)
    assert found.inside[found.number == 13] == pytest.approx(2.7 / 2.8)
    assert 0.9 < found.cohesion.min() < 1


def test_pairs_are_no_community_and_no_edges_are_none() -> None:
    assert members(communities(graph(*clique(1, 2), *clique(5, 6, 7)))) == {frozenset({5, 6, 7})}
    assert communities(graph()).number.tolist() == []


def test_the_same_graph_gives_the_same_communities() -> None:
    rng = np.random.default_rng(3)
    ends = rng.integers(0, 300, (2, 2000))
    edges = Edges(ends[0], ends[1], rng.random(2000))
    one, other = communities(edges), communities(edges)
    assert (one.label == other.label).all()


def relabelled(**groups: list[int]) -> Communities:
    numbers = sorted(number for group in groups.values() for number in group)
    place = {number: label for label, group in enumerate(groups.values()) for number in group}
    return Communities(
        np.array(numbers), np.array([place[number] for number in numbers]), np.ones(len(numbers)), np.ones(len(groups))
    )


OLD = {1: 7, 2: 7, 3: 7, 4: 7, 5: 8, 6: 8, 7: 8}


def test_a_cluster_that_hardly_changed_is_the_same_whatever_its_label() -> None:
    assert inherited(OLD, relabelled(a=[5, 6, 7], b=[1, 2, 3, 9])) == {0: 8, 1: 7}


def test_what_was_stored_since_does_not_make_it_another() -> None:
    assert inherited(OLD, relabelled(a=[1, 2, 3, 4, *range(100, 150)])) == {0: 7}


def test_a_cluster_that_split_lives_on_in_its_larger_part() -> None:
    assert inherited(dict.fromkeys(range(10), 7), relabelled(a=[0, 1, 2], b=[3, 4, 5, 6, 7, 8, 9])) == {1: 7}


def test_two_that_became_one_live_on_as_the_larger_one() -> None:
    assert inherited(OLD, relabelled(a=[1, 2, 3, 4, 5, 6, 7])) == {0: 7}


def test_what_has_little_in_common_with_any_is_new() -> None:
    assert inherited({n: n // 10 for n in range(40)}, relabelled(a=[0, 10, 20, 30])) == {}
    assert inherited({}, relabelled(a=[1, 2, 3])) == {}


COOKING = ["Bake the bread in the oven.", "The oven bakes bread slowly.", "Bread needs a hot oven."]
SAILING = ["The boat sails at dawn.", "Boats sail with the wind.", "A sailing boat needs wind, said Kim once."]


def test_a_name_is_of_words_that_tell_a_cluster_from_the_others() -> None:
    names = cluster_names({0: COOKING, 1: SAILING})
    assert set(names[0].split(", ")) >= {"bread", "oven"}
    assert {"boat", "wind"} <= set(names[1].split(", "))


def test_a_word_of_one_member_alone_is_in_no_name() -> None:
    assert "kim" not in cluster_names({1: SAILING})[1]
    assert cluster_names({0: ["The secret word is abracadabra.", "Quite another text."]})[0] == ""


def test_numbers_and_function_words_name_nothing() -> None:
    assert cluster_names({0: ["It was 4711 then.", "And it is 4711 now."]})[0] == ""
    assert cluster_names({}) == {}
