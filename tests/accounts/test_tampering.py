"""Whoever changes the past of a log is found out: each way of it done in SQL by the database's superuser."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connections

import clock
from accounts.deeds import deed_append
from accounts.door import tenant
from accounts.operator import operator
from accounts.sealing import heads
from retrieval.models import Trace
from runtime.postgres import PostgresServer
from tests.accounts.sealed import Forger, seal, verify
from tests.people import Person

TABLES = {"deeds": "accounts_deed", "traces": "retrieval_trace"}
LOGS = pytest.mark.parametrize("log", ["deeds", "traces"])
IDS_SQL = "SELECT id FROM {} WHERE namespace_id = %s ORDER BY xid, id"


@pytest.fixture
def forge(owner: PostgresServer) -> Forger:
    return Forger(owner)


@pytest.fixture
def lived(alice: Person, owner: PostgresServer) -> Person:
    """Alice after two sealed moments of storing and recalling, as far as the logs know."""
    for _ in range(2):
        with tenant(alice.caller):
            now = clock.now()
            deed_append(caller=alice.caller, verb="store", subjects=[clock.new_id(now)], detail={"version": 1})
            for question in ("safe code", "another question"):
                asked = {"query": question, "profile": "garner", "decision": "inject", "ranking": [{"score": 0.5}]}
                Trace.objects.create(namespace_id=alice.namespace.pk, at=now, actor=alice.caller.subject, **asked)
        seal()
    found = verify(alice)
    assert found.ok, found.broken
    assert (found.unsealed, found.rows) == (0, 8), "what follows must break something that was whole"
    return alice


def ids(person: Person, log: str) -> list[UUID]:
    with operator([person.namespace.pk]) as alias, connections[alias].cursor() as cursor:
        cursor.execute(IDS_SQL.format(TABLES[log]), [person.namespace.pk])
        return [id_ for (id_,) in cursor.fetchall()]


def broken(person: Person) -> tuple[str, str, UUID | None]:
    found = verify(person).broken
    assert found is not None, "the forgery went unnoticed"
    return found.kind, found.log, found.row


@pytest.mark.parametrize(
    ("log", "change"),
    [
        ("deeds", "verb = 'recall'"),
        ("deeds", "actor = 'somebody else'"),
        ("deeds", "subjects = '{}'"),
        ("deeds", """detail = '{"scopes": ["recall"]}'"""),
        ("deeds", "at = at + interval '1 microsecond'"),
        ("traces", "query = 'a harmless question'"),
        ("traces", "ranking = '[]'"),
        ("traces", "decision = 'abstain '"),
    ],
)
def test_a_flipped_row_is_named(lived: Person, forge: Forger, log: str, change: str) -> None:
    victim = ids(lived, log)[1]
    forge(f"UPDATE {TABLES[log]} SET {change} WHERE id = %s", [victim])
    assert broken(lived) == ("changed", log, victim)


def test_one_flipped_bit_is_enough(lived: Person, forge: Forger) -> None:
    victim = ids(lived, "deeds")[2]
    forge("UPDATE accounts_deed SET actor = replace(actor, 'key:', 'kex:') WHERE id = %s", [victim])
    assert broken(lived) == ("changed", "deeds", victim)


@LOGS
@pytest.mark.parametrize("which", [0, 1, -1])
def test_a_deleted_row_is_named(lived: Person, forge: Forger, log: str, which: int) -> None:
    victim = ids(lived, log)[which]
    forge(f"DELETE FROM {TABLES[log]} WHERE id = %s", [victim])
    assert broken(lived) == ("deleted", log, victim)


@LOGS
def test_an_inserted_copy_is_named(lived: Person, forge: Forger, log: str) -> None:
    columns = {"deeds": "actor, verb, subjects, detail", "traces": "actor, query, profile, decision, params, ranking"}
    copied = (
        f"INSERT INTO {TABLES[log]} (namespace_id, id, at, xid, {columns[log]}) "
        f"SELECT namespace_id, gen_random_uuid(), at, xid, {columns[log]} FROM {TABLES[log]} WHERE id = %s RETURNING id"
    )
    ((new,),) = forge(copied, [ids(lived, log)[0]])
    found = broken(lived)
    assert found[:2] in {("inserted", log), ("moved", log)}
    assert found[2] in {new, *ids(lived, log)}


@LOGS
def test_two_rows_that_changed_places_are_noticed(lived: Person, forge: Forger, log: str) -> None:
    one, two = ids(lived, log)[1], ids(lived, log)[-1]
    ((first,),) = forge(f"SELECT xid::text FROM {TABLES[log]} WHERE id = %s", [one])
    ((second,),) = forge(f"SELECT xid::text FROM {TABLES[log]} WHERE id = %s", [two])
    for row, xid in ((one, second), (two, first)):
        forge(f"UPDATE {TABLES[log]} SET xid = %s::xid8 WHERE id = %s", [xid, row])
    kind, where, wrong = broken(lived)
    assert (kind in {"deleted", "inserted", "moved"}, where, wrong in {one, two}) == (True, log, True)


@LOGS
def test_contents_that_changed_places_are_noticed(lived: Person, forge: Forger, log: str) -> None:
    one, two = ids(lived, log)[0], ids(lived, log)[1]
    spare = "00000000-0000-0000-0000-00000000000f"
    for old, new in ((one, spare), (two, one), (spare, two)):
        forge(f"UPDATE {TABLES[log]} SET id = %s WHERE id = %s AND namespace_id = %s", [new, old, lived.namespace.pk])
    assert broken(lived)[1:] in {(log, one), (log, two)}


@LOGS
def test_a_tail_that_was_cut_off_is_noticed(lived: Person, forge: Forger, log: str) -> None:
    victim = ids(lived, log)[-1]
    forge(f"DELETE FROM {TABLES[log]} WHERE id = %s", [victim])
    assert broken(lived)[:2] == ("deleted", log)


def test_a_tail_that_was_cut_off_with_its_seals_is_noticed(lived: Person, forge: Forger) -> None:
    here = lived.namespace.pk
    forge("DELETE FROM accounts_seal WHERE namespace_id = %s AND n > 2", [here])
    for table in TABLES.values():
        forge(
            f"DELETE FROM {table} AS log USING (SELECT max(high) AS high FROM accounts_seal WHERE namespace_id = %s "
            "AND n <= 2) AS kept WHERE namespace_id = %s AND xid::text::bigint > kept.high",
            [here, here],
        )
    assert broken(lived)[0] == "truncated"


def test_a_whole_log_that_was_emptied_is_noticed(lived: Person, forge: Forger) -> None:
    for table in ("accounts_seal", *TABLES.values()):
        forge(f"DELETE FROM {table} WHERE namespace_id = %s", [lived.namespace.pk])
    assert broken(lived)[0] == "truncated"


def test_the_sealer_does_not_bury_a_cut_under_new_seals(lived: Person, forge: Forger) -> None:
    forge("DELETE FROM accounts_seal WHERE namespace_id = %s AND n > 2", [lived.namespace.pk])
    lived.store("life goes on")
    seal()
    assert broken(lived)[0] == "truncated"


@pytest.mark.parametrize(
    "change",
    ["count = count + 1", "late = 1", "day = day - 1", "high = high + 1", r"marks = '\x00'", "kind = 'dropped'"],
)
def test_a_seal_that_was_changed_is_noticed(lived: Person, forge: Forger, change: str) -> None:
    forge(f"UPDATE accounts_seal SET {change} WHERE namespace_id = %s AND n = 2", [lived.namespace.pk])
    assert broken(lived)[0] == "seal_changed"


def test_a_missing_seal_is_noticed(lived: Person, forge: Forger) -> None:
    forge("DELETE FROM accounts_seal WHERE namespace_id = %s AND n = 2", [lived.namespace.pk])
    assert broken(lived)[0] == "seal_missing"


def test_a_row_that_comes_late_under_an_old_number_is_noticed(lived: Person, forge: Forger) -> None:
    seal()  # of others' rows: the line has moved on
    later = (
        "INSERT INTO accounts_deed (namespace_id, id, at, xid, actor, verb, subjects, detail) "
        "SELECT namespace_id, gen_random_uuid(), at, (xid::text::bigint + %s)::text::xid8, actor, verb, subjects, "
        "detail FROM accounts_deed WHERE namespace_id = %s ORDER BY xid DESC LIMIT 1 RETURNING id"
    )
    ((new,),) = forge(later, [1, lived.namespace.pk])
    assert broken(lived) == ("inserted", "deeds", new)


def test_a_row_under_a_number_that_has_not_been_is_noticed(lived: Person, forge: Forger) -> None:
    ((new,),) = forge(INSERT_SQL, [lived.namespace.pk, clock.now(), str(2**50)])
    assert broken(lived) == ("inserted", "deeds", new)


INSERT_SQL = (
    "INSERT INTO accounts_deed (namespace_id, id, at, actor, verb, subjects, detail, xid) "
    "VALUES (%s, gen_random_uuid(), %s, 'a', 'store', '{}', '{}', %s::text::xid8) RETURNING id"
)


@pytest.mark.parametrize("days", [-3, 3])
def test_a_row_that_was_written_today_and_says_another_day_is_noticed(lived: Person, forge: Forger, days: int) -> None:
    ((xid,),) = forge("SELECT garner_xid()::text")
    forge(INSERT_SQL, [lived.namespace.pk, clock.now() + timedelta(days=days), xid])
    seal()
    assert broken(lived)[:2] == ("backdated", "deeds")


def test_a_head_that_was_forged_outside_is_noticed(lived: Person, forge: Forger) -> None:
    heads.heads_add({lived.namespace.pk: (3, bytes(32))}, {})
    assert broken(lived)[0] == "head_differs"


def test_a_head_that_is_gone_is_noticed(lived: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "GARNER_HOME", tmp_path)
    assert broken(lived)[0] == "head_missing"


def test_without_a_sealer_nothing_is_evidence_and_the_check_says_so(alice: Person, owner: PostgresServer) -> None:
    alice.store("never sealed")
    assert verify(alice).ok, "the unsealed second"
    found = verify(alice, clock.now() + timedelta(minutes=2))
    assert found.broken is not None
    assert found.broken.kind == "not_sealed"


def test_nobody_but_the_sealer_adds_a_seal_and_nobody_changes_one(lived: Person) -> None:
    with tenant(lived.caller), connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_seal")
        assert cursor.fetchone()[0] > 2
        for statement in ("UPDATE accounts_seal SET count = 0", "DELETE FROM accounts_seal"):
            cursor.execute(statement)
            assert cursor.rowcount == 0
    copied = "INSERT INTO accounts_seal SELECT * FROM accounts_seal"
    with pytest.raises(Exception, match="row-level security"), tenant(lived.caller):
        connections["default"].cursor().execute(copied)


def test_bobs_log_is_sound_whatever_happens_to_alices(lived: Person, bob: Person, forge: Forger) -> None:
    bob.store("his")
    seal()
    forge("DELETE FROM accounts_deed WHERE namespace_id = %s", [lived.namespace.pk])
    assert verify(bob).ok
    assert not verify(lived).ok
