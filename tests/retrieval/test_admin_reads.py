"""memoryOSS's admin reads tell the truth, of the caller's own namespace, to whom they are for."""

from typing import Any

import pytest

import clock
import embedding.service
from accounts.door import tenant
from accounts.scopes import Role
from grains.models import Grain
from retrieval.services.reputation import Rated, source_rated
from tests.people import Person

READS = (
    *("index-health", "idf-stats", "space-stats", "trust-stats"),
    *("cache/stats", "intent-cache/stats", "prefetch/stats"),
)
FLUSHES = ("cache/flush", "intent-cache/flush")


def read(person: Person, name: str) -> Any:
    return person.call("get", f"/v1/admin/{name}")


@pytest.mark.parametrize("name", READS)
def test_only_admins_read_but_space_is_for_readers_too(alice: Person, name: str) -> None:
    reader = alice.with_role(Role.READER)
    read(reader, name)
    assert reader.last.status_code == (200 if name == "space-stats" else 403)
    read(alice, name)
    assert alice.last.status_code == 200


@pytest.mark.parametrize("name", FLUSHES)
def test_only_admins_flush(alice: Person, name: str) -> None:
    reader = alice.with_role(Role.READER)
    reader.call("post", f"/v1/admin/{name}")
    assert reader.last.status_code == 403


@pytest.mark.parametrize("name", READS)
def test_nothing_of_alices_is_told_to_bob(alice: Person, bob: Person, name: str) -> None:
    alice.store("The heron lives in Lisbon.", agent="spy", author="Ana", tags=["secret"])
    alice.recalled("Where does the heron live?")
    told = str(read(bob, name))
    assert not any(word in told for word in ("heron", "lisbon", "spy", "secret", "Ana"))


def test_index_health_counts_what_is_stored(alice: Person, bob: Person) -> None:
    bob.store("It rained.")
    ids = [alice.store(content)["id"] for content in ("It rained.", "It snowed.")]
    health = read(alice, "index-health")
    assert (health["vector_index_size"], health["active_memories"], health["indexer_lag"]) == (2, 2, 0)
    assert health["vector_seq"] == health["fts_seq"] == health["write_seq"] > 0
    assert (health["status"], health["approximate"]) == ("healthy", False)
    alice.forget(ids=ids[:1])
    assert read(alice, "index-health")["vector_index_size"] == 1


def test_terms_are_told_with_how_common_they_are(alice: Person) -> None:
    alice.store_batch(*({"content": f"The heron number {n} sleeps."} for n in ("one", "two", "three")))
    alice.store("An otter.")
    told = read(alice, "idf-stats")
    assert (told["total_documents"], told["unique_terms"]) == (4, 7)
    common = {one["term"]: one["doc_freq"] for one in told["most_common"]}
    assert {name: common[name] for name in ("heron", "number", "sleep")} == {"heron": 3, "number": 3, "sleep": 3}
    assert told["most_rare"][0]["doc_freq"] == 1
    assert told["most_rare"][0]["idf"] > told["most_common"][0]["idf"]


def test_space_is_told_by_agent(alice: Person) -> None:
    alice.store("It rained in Köln.", agent="a", tags=["weather"])
    alice.store("It snowed.", agent="a", tags=["weather", "winter"])
    alice.store("It hailed.")
    told = read(alice, "space-stats")
    assert told["total_memories"] == 3
    assert told["agents"]["a"]["total_bytes"] == len("It rained in Köln.".encode()) + len("It snowed.")
    assert told["agents"]["a"]["topics"] == ["weather", "winter"]
    assert told["agents"]["_none"]["count"] == 1
    assert told["total_bytes"] == sum(one["total_bytes"] for one in told["agents"].values())
    assert told["agents"]["a"]["earliest"] <= told["agents"]["a"]["latest"]


def test_an_empty_namespace_has_nothing_to_tell(alice: Person) -> None:
    assert read(alice, "space-stats") == {"total_memories": 0, "total_bytes": 0, "agents": {}}
    assert read(alice, "trust-stats") == {"threshold": 0.3, "source_reputations": []}
    assert read(alice, "idf-stats")["most_common"] == []


def test_reputations_are_told_with_their_uncertainty(alice: Person) -> None:
    id_ = alice.store("It rained.", author="Ana")["id"]
    with tenant(alice.caller):
        rated = Rated(Grain.objects.get(id=id_), helped=6.0)
        source_rated(caller=alice.caller, rated=[rated], now=clock.now())
    told = {one["source_key"]: one for one in read(alice, "trust-stats")["source_reputations"]}
    ana = told["author:Ana"]
    assert (ana["reputation"], ana["alpha"], ana["beta"]) == (0.8, 8.0, 2.0)
    assert ana["confidence_low"] < 0.8 < ana["confidence_high"] <= 1
    assert set(told) == {"author:Ana", "provenance:ai_stated"}


def test_remembered_vectors_are_counted_and_forgotten_for_the_own_namespace_only(alice: Person, bob: Person) -> None:
    for person in (alice, bob):
        person.call("post", "/v1/admin/cache/flush")
    for n in range(3):
        alice.recalled(f"Question {n}?")
    bob.recalled("Question of bob?")
    stats = read(alice, "cache/stats")
    assert stats == {"valid_entries": 3, "total_entries": 3, "local_entries": 3}
    assert alice.call("post", "/v1/admin/cache/flush") == {"flushed": 3}
    assert read(alice, "cache/stats") == {"valid_entries": 0, "total_entries": 0, "local_entries": 0}
    assert read(bob, "cache/stats")["valid_entries"] == 1


def test_without_valkey_there_is_nothing_shared_to_tell(alice: Person, settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    embedding.service.reset()
    alice.recalled("Question?")
    assert read(alice, "cache/stats") == {"valid_entries": 0, "total_entries": 1, "local_entries": 1}
    assert alice.call("post", "/v1/admin/cache/flush") == {"flushed": 1}
    embedding.service.reset()


@pytest.mark.parametrize("name", ["intent-cache/stats", "prefetch/stats"])
def test_what_is_not_there_says_so(alice: Person, name: str) -> None:
    told = read(alice, name)
    assert told["enabled"] is False
    assert len(told["note"]) > 40
    assert {value for key, value in told.items() if key not in {"enabled", "note"}} == {0}


def test_flushing_what_is_not_there_flushes_nothing(alice: Person) -> None:
    assert alice.call("post", "/v1/admin/intent-cache/flush")["flushed"] == 0
