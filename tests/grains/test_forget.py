"""Forgetting: what was named and nothing else; nothing never means everything."""

from datetime import timedelta
from uuid import uuid4

import pytest

import clock
from accounts.door import tenant
from accounts.errors import TooMany
from accounts.scopes import Role
from grains import limits
from grains.drafts import Draft
from grains.filters import Filter
from grains.models import Grain, Passage, Posting, Version, Vitals
from grains.selectors import grain_count
from grains.services.forget import grain_forget
from grains.services.store import grain_store
from tests.people import Person


def count(person: Person) -> int:
    return grain_count(caller=person.caller)


def test_forgetting_by_ids_erases_those_and_says_how_many(alice: Person) -> None:
    one, two, three = (answer["id"] for answer in alice.store_batch(*({"content": c} for c in "abc"))["stored"])
    assert alice.forget(ids=[one, three, str(uuid4())]) == {"deleted": 2}
    assert alice.inspect(one)["code"] == "not_found"
    assert alice.inspect(two)["content"] == "b"


def test_nothing_of_a_forgotten_grain_is_left(alice: Person) -> None:
    id_ = alice.store("Lisbon is sunny.")["id"]
    alice.update(id=id_, content="Oslo is snowy.")
    found = alice.recalled("Oslo")
    alice.call(
        "post",
        "/v1/feedback/trace",
        {"trace_id": found["trace_id"], "ratings": [{"grain_id": id_, "useful": True}]},
    )
    assert alice.forget(ids=[id_]) == {"deleted": 1}
    with tenant(alice.caller):
        assert [model.objects.count() for model in (Grain, Version, Vitals, Passage, Posting)] == [0] * 5
    assert alice.recall("Oslo") == []


@pytest.mark.parametrize(
    "condition",
    [
        {"agent": "a"},
        {"user": "u"},
        {"author": "w"},
        {"session": "s"},
        {"tags": ["t", "elsewhere"]},
        {"memory_type": "working"},
        {"metadata": {"k": {"deep": 1}}},
    ],
    ids=lambda condition: next(iter(condition)),
)
def test_each_filter_erases_what_matches_and_nothing_else(alice: Person, condition: dict[str, object]) -> None:
    fields = {**condition, "metadata": {"k": {"deep": 1, "more": 2}}} if "metadata" in condition else condition
    alice.store_batch({"content": "goes", **fields}, {"content": "stays"})
    assert alice.forget(**condition) == {"deleted": 1}
    assert alice.recall("goes or stays") == ["stays"]


@pytest.mark.parametrize(("bound", "left"), [("before", "new"), ("after", "old")])
def test_before_and_after_erase_by_the_time_of_storing(alice: Person, bound: str, left: str) -> None:
    now = clock.now()
    for content, days in (("old", 10), ("new", 1)):
        grain_store(caller=alice.caller, draft=Draft(content), now=now - timedelta(days=days))
    assert alice.forget(**{bound: (now - timedelta(days=5)).isoformat()}) == {"deleted": 1}
    assert alice.recall("old or new") == [left]


def test_conditions_narrow_one_another(alice: Person) -> None:
    alice.store_batch(*({"content": f"{a}{s}", "agent": a, "session": s} for a in "ab" for s in "xy"))
    assert alice.forget(agent="a", session="x") == {"deleted": 1}
    assert sorted(alice.recall("ab")) == ["ay", "bx", "by"]


@pytest.mark.parametrize(
    "nothing",
    [
        {},
        {"ids": []},
        {"ids": [], "tags": []},
        {"agent": ""},
        {"agent": None, "session": None},
        {"metadata": {}},
        {"namespace": None},
    ],
)
def test_nothing_named_is_refused_and_deletes_nothing(alice: Person, nothing: dict[str, object]) -> None:
    alice.store("stays")
    answer = alice.forget(**nothing)
    assert (alice.last.status_code, answer["code"]) == (422, "empty_filter")
    assert count(alice) == 1


def test_naming_only_the_namespace_is_naming_nothing(alice: Person) -> None:
    alice.store("stays")
    alice.forget(namespace=alice.namespace.name)
    assert alice.last.status_code == 422
    assert count(alice) == 1


@pytest.mark.parametrize("typo", [{"id": "x"}, {"agnet": "a"}, {"agent": "a", "sesion": "s"}, {"all": True}])
def test_an_unknown_field_is_refused_and_deletes_nothing(alice: Person, typo: dict[str, object]) -> None:
    alice.store("stays", agent="a")
    answer = alice.forget(**typo)
    assert alice.last.status_code == 422
    assert answer["field"] in typo
    assert count(alice) == 1


@pytest.mark.parametrize("bad", [{"ids": ["x"]}, {"ids": "x"}, {"tags": "a"}, {"before": "soon"}, {"agent": 1}])
def test_a_bad_value_is_refused_and_deletes_nothing(alice: Person, bad: dict[str, object]) -> None:
    alice.store("stays")
    alice.forget(**bad)
    assert alice.last.status_code in {400, 422}
    assert count(alice) == 1


def test_a_filter_that_matches_too_many_deletes_nothing(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "FILTERED_DELETE", 2)
    alice.store_batch(*({"content": c, "agent": "a"} for c in "abc"))
    with pytest.raises(TooMany):
        grain_forget(caller=alice.caller, where=Filter(agent="a"))
    assert alice.forget(agent="a")["code"] == "too_many"
    assert count(alice) == 3
    assert alice.forget(agent="a", before="2000-01-01") == {"deleted": 0}


@pytest.mark.parametrize("role", [Role.READER, Role.WRITER])
def test_readers_and_writers_may_not_forget(alice: Person, role: Role) -> None:
    id_ = alice.store("stays")["id"]
    answer = alice.with_role(role).forget(ids=[id_])
    assert answer["code"] == "forbidden"
    assert count(alice) == 1


def test_bob_cannot_forget_alices_grain(alice: Person, bob: Person) -> None:
    id_ = alice.store("stays", agent="a")["id"]
    assert bob.forget(ids=[id_]) == {"deleted": 0}
    assert bob.forget(agent="a") == {"deleted": 0}
    assert bob.forget(agent="a", namespace=alice.namespace.name)["code"] == "forbidden"
    assert count(alice) == 1


def test_a_blank_filter_beside_a_real_one_forgets_nothing(alice):
    alice.store("The kettle is new.", agent="a")
    alice.forget(agent="a", session=" ")
    assert alice.last.status_code == 422
    assert alice.recall("kettle") == ["The kettle is new."]


def test_how_tags_count_is_no_condition(alice: Person) -> None:
    alice.store("It rained.", tags=["a"])
    alice.store("It snowed.", tags=["a", "b"])
    assert alice.forget(tags_mode="all")["code"] == "empty_filter"
    assert alice.forget(tags=["a", "b"], tags_mode="all") == {"deleted": 1}
    assert [one["content"] for one in alice.call("get", "/v1/memories?tags=a,b&tags_mode=all")["memories"]] == []
    assert len(alice.call("get", "/v1/memories?tags=a,b")["memories"]) == 1
