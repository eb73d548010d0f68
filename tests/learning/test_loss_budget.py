"""No run takes more of a namespace out of recall than its budget, whichever job it is, and it can be undone."""

from collections.abc import Callable
from typing import Any

import pytest

from learning.contradiction import queue
from learning.jobs import job_perform
from learning.jobs.work import BUDGET_FLOOR
from tests.learning.facts_at_hand import by_status, episodic, fact
from tests.outbox import drain_all
from tests.people import Person

pytestmark = pytest.mark.usefixtures("owner")
PAIRS = BUDGET_FLOOR + 5


def too_much_to_condense(person: Person) -> None:
    person.call("patch", "/v1/admin/settings", {"summarization_threshold": 5, "summarization_batch_size": PAIRS})
    episodic(person, 2 * PAIRS)


def too_much_to_merge(person: Person) -> None:
    person.call("patch", "/v1/admin/settings", {"consolidation_enabled": True})
    person.store_batch(*({"content": form.format(fact(n))} for n in range(PAIRS) for form in ("{}", "Note: {}")))


def too_much_to_supersede(person: Person) -> None:
    for form in ("The rate limit of service {} is 100.", "The rate limit of service {} is now 250."):
        person.store_batch(*({"content": form.format(n)} for n in range(PAIRS)))
    drain_all(queue.CONSUMER)


@pytest.mark.parametrize(
    ("job", "prepare", "lost"),
    [
        ("summarise", too_much_to_condense, 0),  # its one step would be too much
        ("consolidate", too_much_to_merge, BUDGET_FLOOR),
        ("contradiction", too_much_to_supersede, BUDGET_FLOOR),
    ],
)
def test_a_run_stops_before_it_loses_too_much(
    alice: Person, job: str, prepare: Callable[[Person], None], lost: int, settings: Any
) -> None:
    settings.JOB_LOSS_BUDGET = 0.1
    prepare(alice)
    outcome = job_perform(name=job, namespace=alice.namespace)
    assert (outcome.state, outcome.counts.get("lost", 0)) == ("stopped", lost)
    assert by_status(alice)["active"] == 2 * PAIRS - lost
    told = alice.call("get", f"/v1/admin/jobs/{job}")["runs"][0]
    assert told["state"] == "stopped"
    assert "would take more than" in told["error"]
    for entry in alice.call("get", "/v1/admin/journal")["entries"]:
        alice.call("post", f"/v1/admin/journal/{entry['id']}/undo", {})
    assert by_status(alice) == {"active": 2 * PAIRS}


def test_with_a_larger_budget_it_goes_on(alice: Person, settings: Any) -> None:
    settings.JOB_LOSS_BUDGET = 0.1
    too_much_to_merge(alice)
    assert job_perform(name="consolidate", namespace=alice.namespace).state == "stopped"
    settings.JOB_LOSS_BUDGET = 0.5
    assert job_perform(name="consolidate", namespace=alice.namespace).state == "done"
    assert by_status(alice) == {"active": PAIRS, "archived": PAIRS}
