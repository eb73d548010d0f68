"""A small namespace to teach, and what the tests of the graph ask of it."""

from typing import Any

from tests.people import Person

KEY = "The spare key lies under the blue flowerpot."
FACTS = [
    KEY,
    "The neighbours water the plants when we travel.",
    "The alarm code changes every January.",
    "The back door sticks when it rains.",
    "The garage opens with the old remote control.",
    "The mailbox is emptied by the caretaker on Fridays.",
    "Grandma's piano stands in the hall.",
    "The cat sleeps on the boiler.",
    "The Wi-Fi router is behind the sofa.",
    "Oscar is allergic to hazelnuts.",
    "The dentist moved to Harbour Street.",
    "Lea's swimming lesson is on Tuesday.",
]
ASKED = "How do we get inside when nobody is at home?"
REWORDED = "nobody home, get inside how"
OTHER = "What is Oscar allergic to?"


def taught(person: Person, *contents: str, **fields: Any) -> dict[str, str]:
    """Store facts; their ids by content."""
    wanted = list(contents) or FACTS
    answer = person.store_batch(*({"content": content, **fields} for content in wanted))
    return dict(zip(wanted, [one["id"] for one in answer["stored"]], strict=True))


def place(person: Person, query: str, content: str, limit: int = 12) -> int:
    """Where a memory stands in the answer to a query, from 0; `limit` when it is not there."""
    found = person.recall(query, limit=limit)
    return found.index(content) if content in found else limit


def rate(person: Person, query: str, useful: list[str] = (), useless: list[str] = (), **more: Any) -> Any:  # type: ignore[assignment]
    """Ask, and say of the contents named which helped and which did not."""
    answer = person.recalled(query, limit=12)
    ids = {found["memory"]["content"]: found["memory"]["id"] for found in answer["memories"]}
    ratings = [{"grain_id": ids[content], "useful": True, **more} for content in useful]
    ratings += [{"grain_id": ids[content], "useful": False, **more} for content in useless]
    told = person.call("post", "/v1/feedback/trace", {"trace_id": answer["trace_id"], "ratings": ratings})
    assert person.last.status_code == 200, told
    return answer["trace_id"]


def found(person: Person, query: str, content: str) -> dict[str, Any]:
    """A memory's line in the answer to a query."""
    lines = person.recalled(query, limit=12)["memories"]
    return next(line for line in lines if line["memory"]["content"] == content)


def switch(person: Person, **values: Any) -> None:
    """Turn mechanisms of the person's namespace on and off."""
    person.call("patch", "/v1/admin/settings", values)
    assert person.last.status_code == 200
