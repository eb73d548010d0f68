"""Forty facts that nobody ever rates or asks for stay findable by their own words, whatever date it is.

Flux Memory loses all forty on day 13. Here every job and every task that beat has a schedule for runs at each date.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings

from accounts.door import tenant
from accounts.outbox import consumers
from grains.models import Grain
from learning.jobs import job_perform, jobs
from runtime.postgres import PostgresServer
from tests.learning.archiving import NAME as JOB_OF_TESTS
from tests.outbox import drain_all
from tests.people import Person
from text.tokens import terms

FACTS = (Path(__file__).parent.parent / "data/unrated_facts.txt").read_text().splitlines()
BORN = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAYS = (0, 13, 60, 365)
OWN_WORDS = 4  # of a fact, that it is asked for with


def everything_in_the_background(person: Person, now: datetime) -> None:
    """What a worker and beat do, at once: deeds handed on, every job of the namespace, every scheduled task."""
    for consumer in consumers():
        drain_all(consumer, now=now)
    for name in jobs():
        if name != JOB_OF_TESTS:
            outcome = job_perform(name=name, namespace=person.namespace, now=now)
            assert outcome.state == "done", (name, outcome)
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        module, _, task = str(entry["task"]).rpartition(".")
        getattr(import_module(module), task)()


def own_words(fact: str) -> str:
    """Some of a fact's own words, as somebody would type them who remembers it half."""
    words = [word.strip(".,") for word in fact.split()]
    telling = [word for word in words if terms(word)]
    return " ".join(telling[-OWN_WORDS:])


@pytest.fixture
def dated(owner: PostgresServer) -> Iterator[Any]:
    """Move the clock to a day of the facts' life."""
    travels = []

    def to(day: int) -> datetime:
        now = BORN + timedelta(days=day)
        travels.append(time_machine.travel(now, tick=False))
        travels[-1].start()
        return now

    yield to
    for travel in reversed(travels):
        travel.stop()


def lost(person: Person) -> list[str]:
    return [fact for fact in FACTS if fact not in person.recall(own_words(fact), limit=5)]


def test_forty_facts_are_found_by_their_own_words_for_a_year(alice: Person, dated: Any) -> None:
    assert len(FACTS) == len(set(map(own_words, FACTS))) == 40
    for day in DAYS:
        now = dated(day)
        if day == 0:
            alice.store_batch(*({"content": fact} for fact in FACTS))
        everything_in_the_background(alice, now)
        assert lost(alice) == [], f"day {day}"
    with tenant(alice.caller):
        assert set(Grain.objects.values_list("status", flat=True)) == {"active"}


def test_the_test_can_fail(alice: Person, dated: Any) -> None:
    """A policy that somebody asks for does put them away, so the jobs above have really run."""
    now = dated(0)
    alice.store_batch(*({"content": fact} for fact in FACTS[:10]))
    alice.call("put", "/v1/admin/retention", {"rules": [{"action": "archive", "after_days": 10}]})
    everything_in_the_background(alice, now)
    assert len(lost(alice)) == 30
    everything_in_the_background(alice, dated(13))
    assert len(lost(alice)) == 40
