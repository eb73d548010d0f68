"""Each of the signals fires when what it is about goes wrong and clears when it is right again, over the API."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine

import clock
from accounts.door import tenant
from grains.models import Grain, Vitals
from learning.health.signals import SIGNALS
from learning.jobs.runs import run_claim, run_end
from learning.journal import entry_write
from learning.models import Conduit, Run, RunState
from retrieval.models import Trace
from tests.learning.looks import Clock, unwarmed
from tests.people import Person

FLUX = {
    "highway_count", "highway_growth_rate", "shortcut_creation_rate", "conduit_dissolution_rate",
    "avg_weight_drop_on_failure", "promotion_events", "avg_hops_per_retrieval", "orphan_rate", "avg_conduit_weight",
    "retrieval_success_rate", "fallback_trigger_rate", "feedback_compliance_rate", "core_grain_count",
    "dormant_grain_rate",
}  # fmt: skip


@dataclass
class Scene:
    """Alice's namespace, and what can be done in it."""

    who: Person
    time: Clock

    def memories(self, count: int, **fields: Any) -> list[str]:
        sentences = ({"content": f"fact number {n} of {clock.new_id(clock.now())}", **fields} for n in range(count))
        with time_machine.travel(self.time.now, tick=False):
            return [one["id"] for one in self.who.store_batch(*sentences)["stored"]]

    def numbers(self, ids: list[str]) -> list[int]:
        with tenant(self.who.caller):
            found = dict(Grain.objects.filter(id__in=ids).values_list("id", "number"))
        return [found[UUID(id_)] for id_ in ids]

    def conduits(self, ids: list[str], **fields: Any) -> None:
        """One from each memory to the next."""
        numbers, moment = self.numbers(ids), self.time.now
        with tenant(self.who.caller):
            Conduit.objects.bulk_create(
                Conduit(
                    **{"namespace_id": self.who.namespace.pk, "created_at": moment, "last_used_at": moment, **fields},
                    source=one,
                    target=other,
                )
                for one, other in zip(numbers, [*numbers[1:], numbers[0]], strict=True)
            )

    def all_conduits(self, **fields: Any) -> None:
        with tenant(self.who.caller):
            Conduit.objects.update(**fields)

    def recalls(self, count: int, useful: bool | None = None, **about: Any) -> None:
        """Recalls of one result each, rated or not; `about` says how they went."""
        (id_,) = self.memories(1)
        ratings = [{"grain_id": id_, "useful": useful}]
        for _ in range(count):
            trace = self.trace(id_, **about)
            if useful is not None:
                self.who.call("post", "/v1/feedback/trace", {"trace_id": str(trace), "ratings": ratings})
                assert self.who.last.status_code == 200

    def trace(self, id_: str, decision: str = "inject", hops: int = 0) -> UUID:
        line: dict[str, Any] = {"id": id_, "score": 0.9, "signals": {}}
        if hops:
            line["path"] = [{"from": "grain"}] * hops
        trace_id = clock.new_id(self.time.now)
        with tenant(self.who.caller):
            Trace.objects.create(
                namespace_id=self.who.namespace.pk, id=trace_id, at=self.time.now, actor=self.who.caller.subject,
                query="what", profile="garner", decision=decision, ranking=[line],
            )  # fmt: skip
        return trace_id

    def a_day_passes(self) -> None:
        self.time.now += timedelta(hours=25)

    def all_is_forgotten_and_a_week_passes(self) -> None:
        with tenant(self.who.caller):
            ids = [str(id_) for id_ in Grain.objects.values_list("id", flat=True)]
        self.who.forget(ids=ids)
        assert self.who.last.status_code == 200
        self.time.now += timedelta(days=8)

    def run_of_the_graph(self, dissolved: int) -> None:
        caller = self.who.caller
        claim = run_claim(caller=caller, job="tidy", now=self.time.now)
        assert claim
        run_end(claim, caller=caller, state=RunState.DONE, error="", now=self.time.now)
        with tenant(caller):
            Run.objects.filter(pk=claim.run.pk).update(result={"tidied": dissolved})

    def core(self) -> None:
        with tenant(self.who.caller):
            Vitals.objects.update(core=True)

    def promotion(self) -> None:
        (id_,) = self.memories(1)
        told: Any = {"grain.importance": {id_: 1.0}}
        with tenant(self.who.caller):
            entry_write(caller=self.who.caller, kind="promote", cause={}, before=told, after=told, now=self.time.now)


@pytest.fixture
def scene(alice: Person) -> Scene:
    return Scene(unwarmed(alice), Clock())


Act = Callable[[Scene], object]


def wired(scene: Scene, weight: float, count: int = 4, **fields: Any) -> None:
    scene.conduits(scene.memories(count), weight=weight, **fields)


def both(*acts: Act) -> Act:
    return lambda scene: [act(scene) for act in acts]


# What makes each signal fire, and what makes it clear again.
SCENES: dict[str, tuple[Act, Act]] = {
    "highway_count": (lambda s: wired(s, 0.5), lambda s: wired(s, 0.9, 6)),
    "highway_growth_rate": (lambda s: wired(s, 0.5), lambda s: wired(s, 0.9, 6)),
    "shortcut_creation_rate": (
        both(lambda s: s.recalls(2), lambda s: wired(s, 0.5, 8, provenance="shortcut")),
        both(lambda s: s.all_conduits(provenance="wired"), lambda s: s.recalls(1)),
    ),
    "conduit_dissolution_rate": (
        both(lambda s: wired(s, 0.5), lambda s: s.run_of_the_graph(40)),
        lambda s: s.a_day_passes(),
    ),
    "avg_weight_drop_on_failure": (
        lambda s: wired(s, -0.95),
        lambda s: s.all_conduits(weight=-0.4, last_used_at=s.time.now),
    ),
    "promotion_events": (lambda s: s.memories(1), lambda s: s.promotion()),
    "avg_hops_per_retrieval": (lambda s: s.recalls(2, hops=5), lambda s: s.recalls(8, hops=1)),
    "orphan_rate": (lambda s: s.memories(3), lambda s: wired(s, 0.5, 30)),
    "avg_conduit_weight": (lambda s: wired(s, 0.95), lambda s: s.all_conduits(weight=0.5)),
    "retrieval_success_rate": (lambda s: s.recalls(4, useful=False), lambda s: s.recalls(8, useful=True)),
    "fallback_trigger_rate": (lambda s: s.recalls(4, decision="abstain"), lambda s: s.recalls(8)),
    "feedback_compliance_rate": (lambda s: s.recalls(2), lambda s: s.recalls(16, useful=True)),
    "core_grain_count": (lambda s: wired(s, 0.5), lambda s: s.core()),
    "dormant_grain_rate": (
        lambda s: s.who.call("post", "/v1/admin/lifecycle", {"ids": s.memories(2), "status": "dormant"}),
        lambda s: s.memories(8),
    ),
    "provenance_skew": (
        lambda s: s.memories(21, provenance="user_stated"),
        lambda s: s.memories(10, provenance="ai_stated"),
    ),
}


def test_there_are_flux_fourteen_and_one_more() -> None:
    assert set(SIGNALS) == FLUX | {"provenance_skew"} == set(SCENES)


@pytest.mark.parametrize("name", list(SCENES))
def test_it_fires_and_clears_and_fires_again(scene: Scene, name: str) -> None:
    wrong, right = SCENES[name]
    wrong(scene)
    seen = scene.time.look(scene.who, 4)[name]
    assert (seen["healthy"], seen["fires"]) == (False, 1), seen
    assert seen["severity"] in {"INFO", "WARNING", "CRITICAL"}
    warnings = scene.who.call("get", "/health/signals")["active_warnings"]
    assert name in {one["signal"] for one in warnings}
    right(scene)
    seen = scene.time.look(scene.who, 4)[name]
    assert (seen["healthy"], seen["severity"]) == (True, ""), seen
    assert seen["cleared_at"] > seen["fired_at"]
    scene.all_is_forgotten_and_a_week_passes()
    wrong(scene)
    seen = scene.time.look(scene.who, 4)[name]
    assert (seen["healthy"], seen["fires"]) == (False, 2), seen


def test_one_look_alone_fires_nothing(scene: Scene) -> None:
    SCENES["dormant_grain_rate"][0](scene)
    assert scene.time.look(scene.who)["dormant_grain_rate"]["healthy"]
    assert not scene.time.look(scene.who)["dormant_grain_rate"]["healthy"]


def test_a_new_namespace_is_not_judged(alice: Person) -> None:
    scene = Scene(alice, Clock())
    SCENES["orphan_rate"][0](scene)
    SCENES["fallback_trigger_rate"][0](scene)
    seen = scene.time.look(alice, 4)
    assert {one["name"] for one in seen.values() if not one["healthy"]} <= {"provenance_skew"}
    assert not seen["orphan_rate"]["warm"]
    assert alice.call("get", "/health/signals")["status"] == "healthy"


def test_test_callers_recalls_do_not_count(scene: Scene) -> None:
    scene.memories(3)
    for role in ("test", "system", "admin"):
        scene.who.call("post", "/v1/recall", {"query": "nothing of the kind"}, **{"x-flux-role": role})
    assert "fallback_trigger_rate" not in scene.time.look(scene.who)
