"""Use is counted from recalls, and breadth of use makes a memory core; disuse makes it working again."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine

import clock
from accounts.door import tenant
from grains.models import Grain, Vitals
from learning import constants
from learning.constants import CORE_LEFT_DAYS, MOST_WORDINGS, SHORTCUT_AT
from learning.jobs import job_perform
from learning.models import Conduit, Entry, EntryKind, Wording
from tests.learning.graphs import ASKED, FACTS, KEY, found, rate, switch, taught
from tests.people import Person

pytestmark = pytest.mark.usefixtures("owner")

GROUPS = {
    "boat": ["The sailing boat leaves the harbour at dawn.", "Our boat sails well with strong wind."],
    "bread": ["Sourdough bread needs a very hot oven.", "Bake the bread in the oven for an hour."],
    "money": ["Invoices are due after thirty days.", "The bank transfers money for invoices on Mondays."],
}
BROAD = "Ottokar knows everybody in town."


def run(person: Person, name: str) -> Any:
    return job_perform(name=name, namespace=person.namespace)


def vitals(person: Person, content: str) -> Vitals:
    id_ = found(person, content, content)["memory"]["id"]
    with tenant(person.caller):
        return Vitals.objects.get(grain_number=Grain.objects.get(id=id_).number)


def later(**by: int) -> Any:
    return time_machine.travel(clock.now() + timedelta(**by), tick=True)


def test_recalls_are_counted_as_uses_once(alice: Person) -> None:
    taught(alice)
    for _ in range(3):
        alice.recalled(ASKED, limit=2)
    best = alice.recall(ASKED, limit=1)[0]
    with later(minutes=5):
        assert run(alice, "uses").counts.get("folded", 0) == 4
        assert run(alice, "uses").counts.get("folded", 0) == 0
        assert vitals(alice, best).uses == 4
        assert vitals(alice, best).last_used_at is not None


def test_a_recall_that_is_still_young_waits(alice: Person) -> None:
    taught(alice)
    alice.recalled(ASKED)
    assert run(alice, "uses").counts.get("folded", 0) == 0


def broad(person: Person) -> None:
    """Three clusters of memories, and one memory that helped with questions about each."""
    for contents in GROUPS.values():
        person.store_batch(*({"content": content, "provenance": "user_stated"} for content in contents))
    person.store(BROAD, provenance="user_stated")
    with tenant(person.caller):
        from learning.models import Cluster, ClusterMember

        grains = {grain.number: grain for grain in Grain.objects.order_by("number")}
        for pair in list(pairwise(sorted(grains)))[:6:2]:
            cluster = Cluster.objects.create(namespace_id=person.namespace.pk, size=2)
            for number in pair:
                ClusterMember.objects.create(
                    namespace_id=person.namespace.pk, grain_number=number, cluster_id=cluster.pk, weight=1.0
                )


def praise(person: Person, words: list[str]) -> None:
    """Praise BROAD in recalls whose other results are of one cluster."""
    for word in words:
        ids = {line["memory"]["content"]: line["memory"]["id"] for line in person.recalled(BROAD, limit=12)["memories"]}
        ours = [ids[content] for content in (*GROUPS[word], BROAD)]
        answer = person.recalled(f"Ottokar and the {word}", limit=12)
        from retrieval.models import Trace

        with tenant(person.caller):  # as if the recall had been asked for three results
            trace = Trace.objects.get(id=answer["trace_id"])
            ranking = [line for line in trace.ranking if line["id"] in ours]
            Trace.objects.filter(namespace_id=trace.namespace_id, at=trace.at, id=trace.id).update(ranking=ranking)
        body = {"trace_id": answer["trace_id"], "ratings": [{"grain_id": ids[BROAD], "useful": True}]}
        person.call("post", "/v1/feedback/trace", body)
        assert person.last.status_code == 200


def decay_class(person: Person) -> str:
    answer = person.call("post", "/retrieve", {"query": BROAD})
    return str(next(one["decay_class"] for one in answer["grains"] if one["content"] == BROAD))


def test_a_memory_that_helps_in_three_contexts_is_core(alice: Person) -> None:
    broad(alice)
    praise(alice, list(GROUPS))
    assert decay_class(alice) == "working"
    assert run(alice, "promote").counts.get("promote", 0) == 1
    assert decay_class(alice) == "core"
    with tenant(alice.caller):
        number = vitals(alice, BROAD).grain_number
        assert set(Conduit.objects.filter(target=number).values_list("decay_class", flat=True)) == {1}
    assert run(alice, "promote").counts.get("promote", 0) == 0


def test_helping_often_in_one_context_is_no_breadth(alice: Person) -> None:
    broad(alice)
    praise(alice, ["boat"] * 4)
    assert run(alice, "promote").counts.get("promote", 0) == 0
    assert decay_class(alice) == "working"


def test_nothing_is_promoted_where_promotion_is_off(alice: Person) -> None:
    broad(alice)
    praise(alice, list(GROUPS))
    switch(alice, promotion=False)
    assert run(alice, "promote").counts.get("promote", 0) == 0


def test_a_core_memory_long_out_of_use_is_working_again_and_not_forgotten(alice: Person) -> None:
    broad(alice)
    praise(alice, list(GROUPS))
    run(alice, "promote")
    with later(minutes=5):
        run(alice, "uses")
    with later(days=CORE_LEFT_DAYS + 1):
        assert run(alice, "promote").counts.get("demote", 0) == 1
        assert decay_class(alice) == "working"


def test_a_promotion_is_in_the_journal_and_can_be_undone(alice: Person) -> None:
    broad(alice)
    praise(alice, list(GROUPS))
    run(alice, "promote")
    entry = next(one for one in alice.call("get", "/v1/admin/journal")["entries"] if one["kind"] == "promote")
    alice.call("post", f"/v1/admin/journal/{entry['id']}/undo", {})
    assert alice.last.status_code == 200
    assert decay_class(alice) == "working"


def shortcut(person: Person, one: str, other: str) -> Conduit | None:
    numbers = [vitals(person, content).grain_number for content in (one, other)]
    with tenant(person.caller):
        return Conduit.objects.filter(source=numbers[0], target=numbers[1]).first()


def test_memories_that_are_useful_together_get_a_shortcut_with_the_third_time(alice: Person) -> None:
    taught(alice, provenance="user_stated")
    for n in range(SHORTCUT_AT):
        made = shortcut(alice, KEY, FACTS[3])
        assert made is None or made.weight == 0, n
        rate(alice, f"{ASKED} {n}", useful=[KEY, FACTS[3]])
    for ends in ((KEY, FACTS[3]), (FACTS[3], KEY)):
        made = shortcut(alice, *ends)
        assert made is not None
        assert made.weight > 0


def test_no_shortcut_is_made_where_they_are_off(alice: Person) -> None:
    taught(alice, provenance="user_stated")
    switch(alice, shortcuts=False)
    rate(alice, ASKED, useful=[KEY, FACTS[3]])
    assert shortcut(alice, KEY, FACTS[3]) is None


def test_useless_results_hardly_touch_how_far_a_memory_is_believed(alice: Person) -> None:
    taught(alice, provenance="user_stated")
    before = found(alice, ASKED, FACTS[3])["trust_score"]
    for n in range(30):
        rate(alice, f"{ASKED} {n}", useless=[FACTS[3]])
    after = found(alice, ASKED, FACTS[3])["trust_score"]
    assert before - 0.15 < after < before


def test_verdicts_do_not_touch_trust_where_reputation_is_off(alice: Person) -> None:
    taught(alice, provenance="user_stated")
    switch(alice, reputation=False)
    before = found(alice, ASKED, KEY)["trust_score"]
    rate(alice, ASKED, useful=[KEY])
    assert found(alice, ASKED, KEY)["trust_score"] == before


def test_tidying_drops_the_wordings_longest_unused_beyond_what_a_recall_reads(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST_WORDINGS == 1000
    monkeypatch.setattr(constants, "MOST_WORDINGS", 2)
    taught(alice, provenance="user_stated")
    asked = [ASKED, "Where is the router?", "What is Oscar allergic to?"]
    for days, query in enumerate(asked):
        with later(days=days):
            rate(alice, query, useful=[KEY])
    with later(days=5):
        assert run(alice, "tidy").counts.get("tidied", 0) >= 1
    with tenant(alice.caller):
        assert Wording.objects.count() == Entry.objects.filter(kind=EntryKind.WORDING).count() == 2
    assert found(alice, asked[2], KEY)["path"][0]["from"] == "wording"
