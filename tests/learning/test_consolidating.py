"""Near repeats are merged by consolidation alone, never where they differ in what matters, and can be taken apart."""

from typing import Any

import pytest

from accounts.door import tenant
from accounts.scopes import Role
from grains.models import Grain
from learning.consolidation.merging import wanted
from learning.jobs import job_perform
from learning.jobs.runs import run_claim
from learning.models import Conduit, Relation
from tests.learning.facts_at_hand import by_status
from tests.people import Person

REPEATS = ["The user prefers dark mode.", "user prefers dark mode", "The user prefers dark mode!!"]
DIFFERENT = [
    "The safe code is 4711.",
    "The safe code is 4712.",
    "Sam is allergic to nuts.",
    "Sam is not allergic to nuts.",
    "The meeting is at 3 pm.",
    "The meeting is at 4 pm.",
    "Ana lives in Berlin.",
    "Anna lives in Berlin.",
]


def stored(person: Person, *contents: str, **fields: Any) -> list[str]:
    return [person.store(content, **fields)["id"] for content in contents]


def consolidate(person: Person, **fields: Any) -> Any:
    return person.call("post", "/v1/consolidate", fields)


def test_near_repeats_become_one_and_come_back(alice: Person) -> None:
    ids = stored(alice, *REPEATS)
    done = consolidate(alice)
    (group,) = done["groups"]
    assert alice.last.status_code == 200
    assert {group["kept"], *group["merged"]} == set(ids)
    assert (done["total_merged"], done["dry_run"], done["complete"]) == (2, False, True)
    assert (done["active_before"], done["active_after"], done["active_reduction"]) == (3, 1, 2)
    assert 0.9 <= group["avg_similarity"] <= 1
    assert by_status(alice) == {"active": 1, "archived": 2}
    assert alice.inspect(group["merged"][0])["superseded_by"] == group["kept"]
    (entry,) = alice.call("get", "/v1/admin/journal?kind=merge")["entries"]
    alice.call("post", f"/v1/admin/journal/{entry['id']}/undo", {})
    assert by_status(alice) == {"active": 3}
    assert consolidate(alice)["groups"] == [], "what somebody has taken apart stays apart"


def test_the_merged_are_linked_to_what_stands_for_them_until_it_is_undone(alice: Person) -> None:
    stored(alice, *REPEATS)
    (group,) = consolidate(alice)["groups"]

    def links() -> set[tuple[str, str]]:
        with tenant(alice.caller):
            ids = {number: str(id_) for number, id_ in Grain.objects.values_list("number", "id")}
            made = Conduit.objects.filter(relation=Relation.DERIVED_FROM)
            return {(ids[one.source], ids[one.target]) for one in made if one.source}

    assert links() == {(group["kept"], merged) for merged in group["merged"]}
    (entry,) = alice.call("get", "/v1/admin/journal?kind=merge")["entries"]
    undo = alice.call("post", f"/v1/admin/journal/{entry['id']}/undo", {})["undo"]
    assert links() == set()
    alice.call("post", f"/v1/admin/journal/{undo}/undo", {})
    assert links() == {(group["kept"], merged) for merged in group["merged"]}


def test_what_differs_in_a_digit_a_denial_a_time_or_a_name_is_never_merged(alice: Person) -> None:
    stored(alice, *DIFFERENT)
    assert consolidate(alice, threshold=0.0)["groups"] == []
    assert by_status(alice) == {"active": len(DIFFERENT)}


def test_the_threshold_is_a_cosine(alice: Person) -> None:
    stored(alice, "Bob eats fish.", "Bob eats fish with potatoes, lemon and a glass of white wine from the Moselle.")
    assert consolidate(alice, threshold=0.95)["groups"] == []
    assert consolidate(alice, threshold=0.3)["total_merged"] == 1
    assert alice.recall("What does Bob eat?") == [
        "Bob eats fish with potatoes, lemon and a glass of white wine from the Moselle."
    ]


def test_a_preview_merges_nothing(alice: Person) -> None:
    stored(alice, *REPEATS)
    shown = consolidate(alice, dry_run=True)
    assert (shown["total_merged"], shown["dry_run"]) == (2, True)
    assert by_status(alice) == {"active": 3}
    assert consolidate(alice)["groups"] == shown["groups"]


def test_at_most_so_many_groups_are_merged_in_one_call(alice: Person) -> None:
    for n in range(3):
        stored(alice, f"Fact {n} holds.", f"the fact {n} holds")
    first = consolidate(alice, max_clusters=2)
    assert (len(first["groups"]), first["complete"], first["duplicate_rate_after"]) == (2, False, None)
    assert len(consolidate(alice, max_clusters=2)["groups"]) == 1


def test_memories_of_different_agents_users_or_authors_are_never_merged(alice: Person, bob: Person) -> None:
    stored(alice, REPEATS[0])
    stored(bob, REPEATS[1])
    for field in ("agent", "user", "author"):
        stored(alice, REPEATS[1], **{field: "other"})
    assert consolidate(alice)["groups"] == []
    assert by_status(bob) == {"active": 1}


def test_pinned_contested_and_encrypted_memories_are_left_alone(alice: Person) -> None:
    ids = stored(alice, *REPEATS)
    with tenant(alice.caller):
        Grain.objects.filter(id=ids[0]).update(pinned=True)
    alice.call("post", "/v1/feedback", {"id": ids[1], "action": "reject"})
    assert consolidate(alice)["groups"] == []


def test_the_most_important_ones_weight_is_kept(alice: Person) -> None:
    stored(alice, REPEATS[0])
    stored(alice, REPEATS[1], importance=1.75)
    (group,) = consolidate(alice)["groups"]
    assert alice.inspect(group["kept"])["importance"] == 1.75


def test_it_is_done_daily_where_it_is_switched_on(alice: Person) -> None:
    stored(alice, *REPEATS)
    assert not wanted(alice.caller, alice.namespace.created_at)
    alice.call("patch", "/v1/admin/settings", {"consolidation_enabled": True})
    assert wanted(alice.caller, alice.namespace.created_at)
    assert job_perform(name="consolidate", namespace=alice.namespace).counts["merged"] == 2


def test_two_calls_at_once_do_not_get_into_each_others_way(alice: Person) -> None:
    import clock

    claim = run_claim(caller=alice.caller, job="consolidate", now=clock.now())
    assert claim is not None
    assert consolidate(alice)["code"] == "conflict"
    assert alice.last.status_code == 409


@pytest.mark.parametrize(
    "body", [{"threshold": -0.1}, {"threshold": 1.1}, {"threshold": "high"}, {"max_clusters": 0}, {"dry_run": "no"}]
)
def test_nonsense_is_refused(alice: Person, body: dict[str, Any]) -> None:
    consolidate(alice, **body)
    assert alice.last.status_code in {400, 422}


def test_only_admins_consolidate_and_only_their_own(alice: Person) -> None:
    consolidate(alice.with_role(Role.WRITER))
    consolidate_other = alice.call("post", "/v1/consolidate", {"namespace": "somebody-elses"})
    assert (alice.last.status_code, consolidate_other["code"]) == (403, "forbidden")
    writer = alice.with_role(Role.WRITER)
    consolidate(writer)
    assert writer.last.status_code == 403
