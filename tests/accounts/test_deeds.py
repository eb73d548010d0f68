"""The log of deeds: in the transaction of the change, without content, never rewritten."""

import json
from uuid import UUID

import pytest
from django.db import connection

from accounts.deeds import deed_append
from accounts.door import tenant
from accounts.models import Deed
from accounts.services.keys import key_create, key_revoke
from accounts.services.namespaces import namespace_rename
from grains.services import store
from tests.people import Person


def deeds(person: Person) -> list[Deed]:
    with tenant(person.caller):
        return list(Deed.objects.order_by("at", "id"))


def verbs(person: Person) -> list[str]:
    return [deed.verb for deed in deeds(person)]


BORN = ["namespace.create", "key.create"]


def test_every_verb_leaves_one_deed_that_names_its_subjects(alice: Person) -> None:
    one, two = (answer["id"] for answer in alice.store_batch({"content": "a"}, {"content": "b"})["stored"])
    alice.update(id=one, content="c", tags=["t"])
    trace = alice.recalled("c")["trace_id"]
    alice.call("post", "/v1/feedback/trace", {"trace_id": trace, "ratings": [{"grain_id": one, "useful": True}]})
    alice.forget(ids=[two])
    assert verbs(alice) == [*BORN, "store", "update", "feedback", "forget"]
    stored, updated, rated, forgotten = deeds(alice)[2:]
    assert stored.subjects == [UUID(one), UUID(two)]
    assert (updated.subjects, updated.detail) == ([UUID(one)], {"version": 2, "changed": ["tags", "content"]})
    assert (rated.subjects, rated.detail) == ([UUID(one)], {"trace": trace})
    assert forgotten.subjects == [UUID(two)]
    assert {deed.actor for deed in deeds(alice)[2:]} == {alice.caller.subject}


def test_what_the_operator_does_is_written_down_too(alice: Person) -> None:
    new = key_create(namespace=alice.namespace, scopes=frozenset())
    key_revoke(label=new.key.label)
    namespace_rename(name=alice.namespace.name, new_name=f"{alice.namespace.name}-x")
    assert verbs(alice) == [*BORN, "key.create", "key.revoke", "namespace.rename"]
    assert {deed.actor for deed in deeds(alice)} == {"operator"}


def test_reading_and_failing_leave_none(alice: Person) -> None:
    alice.store(" ")
    alice.forget()
    alice.forget(agent="nobody")
    alice.recall("anything")
    alice.call("get", "/v1/memories")
    assert verbs(alice) == BORN


def test_a_duplicate_leaves_none(alice: Person) -> None:
    alice.store("a")
    alice.store("a")
    assert verbs(alice) == [*BORN, "store"]


def test_deeds_hold_no_content(alice: Person) -> None:
    secret = "xylophone4711"
    id_ = alice.store(f"{secret} first", tags=[secret], agent=secret, metadata={secret: secret}, session=secret)["id"]
    alice.update(id=id_, content=f"{secret} second", tags=[f"{secret}2"], metadata={"m": secret})
    trace = alice.recalled(secret)["trace_id"]
    alice.call("post", "/v1/feedback/trace", {"trace_id": trace, "ratings": [{"grain_id": id_, "useful": True}]})
    alice.forget(agent=secret)
    with tenant(alice.caller), connection.cursor() as cursor:
        cursor.execute("SELECT json_agg(deed) FROM accounts_deed AS deed")
        written = json.dumps(cursor.fetchone()[0])
    assert len(deeds(alice)) == 6
    assert secret not in written


def test_a_transaction_that_fails_writes_no_deed(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> None:
        deed_append(caller=alice.caller, verb="store", subjects=[])
        raise ZeroDivisionError

    monkeypatch.setattr(store, "deed_append", broken)
    alice.store("never")
    assert alice.last.status_code == 500
    assert verbs(alice) == BORN
    assert alice.recall("never") == []


def test_a_deed_outside_a_transaction_is_a_bug(alice: Person) -> None:
    with pytest.raises(RuntimeError):
        deed_append(caller=alice.caller, verb="store", subjects=[])


@pytest.mark.parametrize("statement", ["UPDATE {table} SET verb = 'other'", "DELETE FROM {table}"])
def test_the_role_of_requests_can_neither_change_nor_erase_deeds(alice: Person, statement: str) -> None:
    alice.store("a")
    with tenant(alice.caller), connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tableoid::regclass::text FROM accounts_deed")
        partitions = [name for (name,) in cursor.fetchall()]
        assert partitions
        for table in ("accounts_deed", *partitions):
            cursor.execute(statement.format(table=table))
            assert cursor.rowcount == 0
    assert verbs(alice) == [*BORN, "store"]


def test_bob_sees_none_of_alices_deeds(alice: Person, bob: Person) -> None:
    alice.store("a")
    assert verbs(bob) == BORN
