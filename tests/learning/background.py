"""The background work of one namespace, done now: what deeds queued, then a job."""

from datetime import datetime

from learning.jobs import Outcome, job_perform
from tests.outbox import drain_all
from tests.people import Person


def contradictions_found(person: Person, now: datetime | None = None) -> Outcome:
    """Hold what was stored or changed against the other memories."""
    drain_all("contradiction")
    return job_perform(name="contradiction", namespace=person.namespace, now=now)


def done(person: Person, job: str, now: datetime | None = None) -> Outcome:
    outcome = job_perform(name=job, namespace=person.namespace, now=now)
    assert outcome.state == "done", outcome
    return outcome


def status_of(person: Person, id_: str) -> str:
    return str(person.inspect(id_)["status"])
