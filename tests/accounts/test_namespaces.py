"""Namespaces: created once, renamed with everything in them, deleted with everything in them."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import StringIO
from threading import Event
from types import SimpleNamespace

import pytest
from cachetools import TTLCache
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection

import clock
from accounts.door import Caller, tenant
from accounts.errors import Conflict, Invalid, NotFound
from accounts.models import ApiKey, Membership, Namespace, User
from accounts.operator import operator
from accounts.people.services.links import invite
from accounts.scopes import Role
from accounts.services import keys
from accounts.services.namespaces import (
    namespace_create,
    namespace_delete,
    namespace_find,
    namespace_obtain,
    namespace_rename,
)
from accounts.webhooks.models import Delivery, Webhook
from grains.models import Derivation, Grain
from learning.jobs.runs import run_queue
from learning.journal import entry_write
from learning.models import (
    Alert,
    Cluster,
    ClusterMember,
    Dispute,
    FoldedTo,
    HealthSample,
    HealthSignal,
    Unexamined,
    Unwired,
)
from runtime.postgres import PostgresServer
from tests.people import Person

TABLES_SQL = """
SELECT attrelid::regclass::text FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE attname = 'namespace_id' AND NOT attisdropped AND relkind IN ('r', 'p') AND NOT relispartition
  AND relnamespace = 'public'::regnamespace
"""


# The log outlives its namespace: ids and seals, no content.
LOG = {"accounts_deed", "accounts_place", "accounts_deadletter", "accounts_seal", "accounts_sealed"}


def rows_of(namespace_id: int) -> dict[str, int]:
    """How many rows each table has of a namespace, seen by the operator."""
    with operator([namespace_id]) as alias, connections_cursor(alias) as cursor:
        cursor.execute(TABLES_SQL)
        tables = [name for (name,) in cursor.fetchall()]
        counts = {}
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table} WHERE namespace_id = %s", [namespace_id])
            counts[table] = cursor.fetchone()[0]
    return counts


def connections_cursor(alias: str):
    from django.db import connections

    return connections[alias].cursor()


def filled(person: Person) -> int:
    """Put a row into every table; the number of grains."""
    id_ = person.store("the safe code is 4711", session="s")["id"]
    body = {"content": "and the door is green", "session": "s"}
    person.call("post", "/v1/store", body, **{"idempotency-key": "1"})
    trace = person.recalled("safe code")["trace_id"]
    person.call("post", "/v1/feedback/trace", {"trace_id": trace, "ratings": [{"grain_id": id_, "useful": True}]})
    journal_filled(person, id_)
    disputed(person, id_)
    graph_waits(person, id_)
    watched(person)
    person.call("put", "/v1/admin/retention", {"rules": [{"action": "keep"}]})
    person.call("patch", "/v1/admin/settings", {"default_profile": "memex"})
    with tenant(person.caller):
        hook = Webhook.objects.create(namespace=person.namespace, url="https://example.org/", events=[], secret="")
        now = hook.created_at
        Delivery.objects.create(namespace=person.namespace, webhook=hook, event="x", created_at=now, due_at=now)
    user = User.objects.create(username=person.namespace.name)
    Membership.objects.create(user=user, namespace=person.namespace, role="admin")
    invite(caller=person.caller, role=Role.READER)
    return 2


def journal_filled(person: Person, id_: str) -> None:
    told = {"grain.confidence": {id_: 1.0}}
    with tenant(person.caller):
        entry_write(caller=person.caller, kind="decay", cause={}, before=told, after=told)
    run_queue(caller=person.caller, job="decay", now=clock.now())


def graph_waits(person: Person, id_: str) -> None:
    own = {"namespace_id": person.namespace.pk}
    with tenant(person.caller):
        Unwired.objects.create(**own, grain_id=id_)
        FoldedTo.objects.create(**own, at=clock.now(), trace_id=id_)


def disputed(person: Person, id_: str) -> None:
    own = {"namespace_id": person.namespace.pk}
    versions = {"older_version": 1, "newer_version": 1, "relation": "update", "rule": "now"}
    with tenant(person.caller):
        other = Grain.objects.exclude(id=id_).get()
        Dispute.objects.create(**own, older=id_, newer=other.id, **versions)
        Unexamined.objects.create(**own, grain_id=id_)
        cluster = Cluster.objects.create(**own, size=1)
        ClusterMember.objects.create(**own, grain_number=other.number, cluster=cluster, weight=1.0)
        Derivation.objects.create(**own, grain_number=other.number, source_number=other.number)


def watched(person: Person) -> None:
    own = {"namespace_id": person.namespace.pk}
    with tenant(person.caller):
        HealthSignal.objects.create(**own, name="orphan_rate", value=0.0)
        HealthSample.objects.create(**own, at=clock.now())
        Alert.objects.create(**own, signal="orphan_rate", turn="fired", severity="INFO", value=1.0)


def test_a_deleted_namespace_leaves_no_row_anywhere_but_its_deeds(alice: Person, owner: PostgresServer) -> None:
    grains = filled(alice)
    id_, name = alice.namespace.pk, alice.namespace.name
    before = rows_of(id_)
    assert {table for table, count in before.items() if not count} <= LOG, "the test must fill every table"
    assert namespace_delete(name=name, confirm=name) == grains
    left = {table for table, count in rows_of(id_).items() if count}
    assert {"accounts_deed"} <= left <= LOG
    assert not Namespace.objects.filter(pk=id_).exists()


def test_deleting_one_namespace_leaves_the_other(alice: Person, bob: Person) -> None:
    filled(bob)
    filled(alice)
    namespace_delete(name=alice.namespace.name, confirm=alice.namespace.name)
    assert len(bob.recall("safe code")) == 2


def test_the_keys_of_a_deleted_namespace_stop(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = SimpleNamespace(seconds=0.0)
    cache: TTLCache[bytes, Caller] = TTLCache(maxsize=10, ttl=keys.REMEMBER_SECONDS, timer=lambda: moment.seconds)
    monkeypatch.setattr(keys, "_known", cache)
    alice.store("x")
    namespace_delete(name=alice.namespace.name, confirm=alice.namespace.name)
    moment.seconds += 5
    alice.store("y")
    assert alice.last.status_code == 401


def test_a_key_that_is_still_remembered_writes_nothing_into_a_deleted_namespace(
    alice: Person, owner: PostgresServer
) -> None:
    alice.store("x")
    namespace_delete(name=alice.namespace.name, confirm=alice.namespace.name)
    alice.store("y")
    assert alice.last.status_code == 401
    assert alice.recall("x") == []
    left = {table for table, count in rows_of(alice.namespace.pk).items() if count}
    assert {"accounts_deed"} <= left <= LOG


def test_deleting_takes_the_name_twice(alice: Person) -> None:
    with pytest.raises(Invalid):
        namespace_delete(name=alice.namespace.name, confirm="")
    assert Namespace.objects.filter(pk=alice.namespace.pk).exists()


def test_memories_and_keys_stay_when_a_namespace_is_renamed(alice: Person) -> None:
    alice.store("the safe code is 4711")
    new = f"{alice.namespace.name}-renamed"
    namespace_rename(name=alice.namespace.name, new_name=new)
    keys._known.clear()
    (found,) = alice.recalled("safe code", namespace=new)["memories"]
    assert found["memory"]["namespace"] == new
    with pytest.raises(NotFound):
        namespace_find(name=alice.namespace.name)


def test_a_taken_name_is_a_conflict(alice: Person, bob: Person) -> None:
    with pytest.raises(Conflict):
        namespace_create(name=alice.namespace.name)
    with pytest.raises(Conflict):
        namespace_rename(name=bob.namespace.name, new_name=alice.namespace.name)


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("name", ["", " ", "a b", "a/b", "a.b", "x" * 129, "a\n", "nul\0"])
def test_a_bad_name_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        namespace_create(name=name)


def test_names_of_any_script_are_fine(alice: Person) -> None:
    name = f"{alice.namespace.name}-größe_名前"
    assert namespace_create(name=name).name == name


def test_two_that_want_the_same_missing_namespace_get_the_same_one(alice: Person) -> None:
    name = f"{alice.namespace.name}-shared"

    def obtain(_: int) -> int:
        try:
            return namespace_obtain(name=name).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(obtain, range(4)))) == 1


def command(*words: str) -> str:
    out = StringIO()
    call_command("namespace", *words, stdout=out)
    return out.getvalue()


def test_the_command_creates_lists_renames_and_deletes(alice: Person) -> None:
    name, new = f"{alice.namespace.name}-c", f"{alice.namespace.name}-d"
    command("create", name)
    assert name in command("list").split()
    command("rename", name, new)
    assert {name, new} & set(command("list").split()) == {new}
    with pytest.raises(CommandError, match="repeat its name"):
        command("delete", new, "--confirm", "other")
    assert command("delete", new, "--confirm", new) == f"Deleted {new} with 0 memories.\n"
    with pytest.raises(CommandError, match="no namespace"):
        command("delete", new, "--confirm", new)
    assert not ApiKey.objects.filter(namespace__name=new).exists()


def test_a_worker_in_the_middle_of_something_does_not_stop_a_deletion(alice: Person) -> None:
    alice.store("the safe code is 4711")
    run = run_queue(caller=alice.caller, job="decay", now=clock.now())
    holding = Event()

    def working() -> None:
        """Hold a row that the deletion wants, then want one that the deletion holds."""
        with suppress(DatabaseError), tenant(alice.caller):
            type(run).objects.filter(pk=run.pk).update(attempts=1)
            holding.set()
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.3)")
            type(run).objects.create(namespace=alice.namespace, job="other", actor="x", queued_at=clock.now())
        connection.close()

    with ThreadPoolExecutor(1) as threads:
        worker = threads.submit(working)
        assert holding.wait(10)
        assert namespace_delete(name=alice.namespace.name, confirm=alice.namespace.name) == 1
        worker.result()
