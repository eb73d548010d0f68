"""A namespace that grows tells the worker to look after its index: by its number, never with content."""

from contextlib import suppress
from typing import Any

import pytest
from celery import current_app

from grains import growth
from tests.people import Person


@pytest.fixture
def messages(db: None) -> Any:
    """What lies in the worker's real queue; emptied first."""
    with current_app.connection_for_read() as connection:
        queue = connection.SimpleQueue("celery", serializer="json")
        queue.clear()
        yield queue
        queue.clear()


def waiting(queue: Any) -> list[tuple[str, Any]]:
    found = []
    with suppress(queue.Empty):
        while True:
            message = queue.get(block=False)
            found.append((message.headers["task"], message.payload))
            message.ack()
    return found


def test_every_so_many_grains_the_worker_is_asked_once(
    alice: Person, messages: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth, "LOOK_EVERY", 3)
    alice.store_batch({"content": "xylophone one"}, {"content": "xylophone two"})
    assert waiting(messages) == []
    alice.store("xylophone two")
    assert waiting(messages) == [], "a repeat is no growth"
    alice.store("xylophone three")
    ((task, payload),) = waiting(messages)
    assert (task, payload[0]) == ("grains.tasks.indexes_tend", [alice.namespace.pk])
    assert "xylophone" not in str(payload)


def test_a_refused_store_is_no_growth(alice: Person, messages: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "LOOK_EVERY", 1)
    alice.store(" ")
    assert waiting(messages) == []
