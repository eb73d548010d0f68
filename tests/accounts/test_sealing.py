"""The sealer: what is finished is chained, once, in order; days go with their retention and leave the chain whole."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, connections

import clock
from accounts.audit import audit_accept, audit_verify, chain_heads, sealed_namespaces
from accounts.door import tenant
from accounts.errors import Invalid
from accounts.models import Deed
from accounts.operator import operator, scan
from accounts.outbox import Consumer
from accounts.outbox.rebase import xids_rebase
from accounts.scopes import Role
from accounts.sealing import heads, rounds
from accounts.sealing.anchors import anchor_make, anchor_read
from accounts.sealing.rounds import seal_round
from accounts.services.namespaces import namespace_delete, namespace_rename
from accounts.tasks import logs_seal
from retrieval.models import Trace
from runtime.postgres import PostgresServer
from tests.accounts.sealed import Forger, forget_time, seal, seals, verify
from tests.outbox import drain_all
from tests.people import Person


@pytest.fixture(autouse=True)
def _as_operator(owner: PostgresServer) -> None:
    """All of these are maintenance."""


def test_a_round_seals_what_is_finished_and_the_next_one_what_is_new(alice: Person) -> None:
    alice.store("one")
    seal()
    first = [(one.n, one.log, one.count) for one in seals(alice)]
    assert first == [(1, "deeds", 3)]
    alice.store("two")
    alice.recall("one")
    seal()
    seal()
    assert [(one.n, one.log, one.count) for one in seals(alice)] == [*first, (2, "deeds", 1), (3, "traces", 1)]
    assert verify(alice).ok


def test_a_namespace_where_nothing_happens_gets_no_seals(alice: Person, bob: Person) -> None:
    seal()
    before = len(seals(bob))
    alice.store("x")
    seal()
    assert len(seals(bob)) == before


def test_a_transaction_that_is_open_is_waited_for(alice: Person, owner: PostgresServer) -> None:
    seal()
    with psycopg.connect(owner.owner_dsn()) as slow:
        slow.execute("SELECT pg_current_xact_id()")
        alice.store("x")
        seal()
        assert sum(one.count for one in seals(alice)) == 2
        assert verify(alice).unsealed == 1
    seal()
    assert (verify(alice).unsealed, verify(alice).rows) == (0, 3)


def test_four_sealers_at_once_seal_everything_once(alice: Person) -> None:
    for n in range(20):
        alice.store(f"memory {n}")

    def work(_: int) -> None:
        seal()
        connections.close_all()

    with ThreadPoolExecutor(4) as sealers:
        list(sealers.map(work, range(4)))
    seal()
    assert sum(one.count for one in seals(alice)) == 22
    assert verify(alice).ok


def test_a_sealer_that_was_away_catches_up_in_portions(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    seal()
    for n in range(9):
        alice.store(f"memory {n}")
    monkeypatch.setattr(rounds, "ROWS_A_ROUND", 2)
    with time_machine.travel(clock.now() + timedelta(hours=3)):
        while seal():
            pass
        found = verify(alice)
    assert found.ok, found.broken
    assert found.rows == 11
    assert not any(one.late for one in seals(alice)), "they were late only for the sealer"
    forget_time()


def test_a_sealer_that_is_interrupted_leaves_nothing_half_done(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    alice.store("x")
    monkeypatch.setattr(rounds, "links_write", lambda cursor, links: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        seal()
    monkeypatch.undo()
    seal()
    assert verify(alice).ok
    assert [one.n for one in seals(alice)] == [1]


def test_a_crash_between_the_database_and_the_file_is_no_forgery(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice.store("x")
    seal()
    monkeypatch.setattr(heads, "heads_add", lambda seals, lines: 1 / 0)
    alice.store("y")
    with pytest.raises(ZeroDivisionError):
        seal()
    monkeypatch.undo()
    assert verify(alice).ok, "the file is behind, which is allowed"
    alice.store("z")
    seal()
    assert verify(alice).ok
    assert heads.heads_read().seals[alice.namespace.pk][0] == 3


def test_the_file_of_heads_survives_a_torn_line_and_stays_small(
    alice: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "GARNER_HOME", tmp_path)
    monkeypatch.setattr(heads, "REWRITE_FROM", 2000)
    for n in range(1, 60):
        heads.heads_add({1: (n, bytes(32)), 2: (n, bytes([n] * 32))}, {"deeds": (n, clock.now())})
    with heads.path().open("a") as file:
        file.write('{"namespace": 1, "n": 99')
    found = heads.heads_read()
    assert found.seals == {1: (59, bytes(32)), 2: (59, bytes([59] * 32))}
    assert found.lines["deeds"][0] == 59
    assert heads.path().stat().st_size < 2500
    assert heads.path().stat().st_mode & 0o777 == 0o600


def test_the_worker_seals_every_second(alice: Person) -> None:
    alice.store("x")
    logs_seal()
    assert len(seals(alice)) == 1
    assert settings.CELERY_BEAT_SCHEDULE["logs_seal"]["schedule"] == timedelta(seconds=1)


def test_every_column_of_a_log_is_covered(alice: Person) -> None:
    alice.recall("x")
    seal()
    for one, model in zip(seals(alice), (Deed, Trace), strict=True):
        covered = set(one.columns.split(","))
        assert {field.attname for field in model._meta.concrete_fields} | {"xid"} == covered


def test_a_column_that_is_added_later_leaves_older_seals_sound(alice: Person, owner: PostgresServer) -> None:
    seal()
    with psycopg.connect(owner.owner_dsn(), autocommit=True) as connection_:
        connection_.execute("ALTER TABLE accounts_deed ADD COLUMN note text NOT NULL DEFAULT 'none'")
        try:
            alice.store("x")
            seal()
            assert verify(alice).ok
            assert "note" in seals(alice)[-1].columns
            Forger(owner)(
                "UPDATE accounts_deed SET note = 'some' WHERE verb = 'store' AND namespace_id = %s",
                [alice.namespace.pk],
            )
            assert not verify(alice).ok
        finally:
            connection_.execute("ALTER TABLE accounts_deed DROP COLUMN note")


# --- restores, deleted namespaces, anchors -------------------------------------------------------------------------


def test_a_deleted_namespace_can_still_be_verified(alice: Person) -> None:
    alice.store("x")
    alice.recall("x")
    seal()
    namespace_delete(name=alice.namespace.name, confirm=alice.namespace.name)
    seal()
    found = verify(alice)
    assert found.ok, found.broken
    assert alice.namespace.pk in sealed_namespaces()


def test_an_operator_goes_on_after_a_restore_and_the_gap_stays_on_record(alice: Person, owner: PostgresServer) -> None:
    alice.store("x")
    seal()
    alice.store("after the backup")
    seal()
    forge = Forger(owner)
    forge("DELETE FROM accounts_seal WHERE namespace_id = %s AND n > 1", [alice.namespace.pk])
    forge(
        "DELETE FROM accounts_deed WHERE namespace_id = %s AND xid::text::bigint > "
        "(SELECT max(high) FROM accounts_seal WHERE namespace_id = %s)",
        [alice.namespace.pk, alice.namespace.pk],
    )
    alice.store("after the restore")
    seal()
    assert not verify(alice).ok
    call_command("audit", "accept", "--namespace", alice.namespace.name, "--reason", "restored of Tuesday")
    seal()
    found = verify(alice)
    assert found.ok, found.broken
    assert [one.kind for one in seals(alice)] == ["rows", "accepted", "rows", "rows"]
    with tenant(alice.caller):
        assert Deed.objects.get(verb="audit.accept").detail["reason"] == "restored of Tuesday"


def test_the_order_survives_a_move_to_a_younger_cluster(alice: Person, owner: PostgresServer) -> None:
    seal()
    with psycopg.connect(owner.owner_dsn(), autocommit=True) as connection_:
        connection_.execute("UPDATE accounts_sealline SET xid = xid + 1000000 WHERE log = 'deeds'")
    assert xids_rebase() > 0
    assert xids_rebase() == xids_rebase()
    handled: list[Any] = []
    moved = Consumer("moved", frozenset({"store"}), lambda batch: handled.extend(batch.deeds), from_start=False)
    drain_all(moved)
    alice.store("on the new machine")
    drain_all(moved)
    seal()
    assert alice.namespace.pk in {deed.namespace_id for deed in handled}
    found = verify(alice)
    assert (found.ok, found.rows) == (True, 3), found.broken


def test_an_anchor_holds_even_who_can_write_everything_to_its_word(
    alice: Person, tmp_path: Path, owner: PostgresServer
) -> None:
    alice.store("x")
    seal()
    out = StringIO()
    call_command("audit", "export-anchor", "--namespace", alice.namespace.name, stdout=out)
    anchor = tmp_path / "anchor.json"
    anchor.write_text(out.getvalue())
    alice.store("y")
    seal()
    call_command("audit", "verify", "--anchor", str(anchor), stdout=StringIO())
    Forger(owner)("DELETE FROM accounts_seal WHERE namespace_id = %s", [alice.namespace.pk])
    heads.heads_add({alice.namespace.pk: (0, bytes(32))}, {})
    with operator([alice.namespace.pk]) as alias, connections[alias].cursor() as cursor:
        cursor.execute("SELECT 1")
    written = StringIO()
    with pytest.raises(SystemExit):
        call_command("audit", "verify", "--anchor", str(anchor), stdout=written)
    assert "truncated" in written.getvalue()


def test_an_anchor_that_was_changed_is_refused(alice: Person, tmp_path: Path) -> None:
    seal()
    good = anchor_make(chain_heads(namespaces=[alice.namespace.pk]), clock.now())
    assert set(anchor_read(good)) == {alice.namespace.pk}
    changed: list[Any] = [
        {**good, "made_at": "2020-01-01"},
        {**good, "heads": {}},
        {**good, "signature": "00"},
        {},
        [],
        None,
    ]
    for bad in changed:
        with pytest.raises(Invalid):
            anchor_read(bad)
    file = tmp_path / "anchor.json"
    for text in ("{", json.dumps({**good, "public_key": "00" * 32})):
        file.write_text(text)
        with pytest.raises(CommandError):
            call_command("audit", "verify", "--anchor", str(file))


def test_the_command_names_what_is_broken_and_fails(alice: Person, bob: Person, owner: PostgresServer) -> None:
    seal()
    Forger(owner)(
        "UPDATE accounts_deed SET actor = 'x' WHERE namespace_id = %s AND verb = 'key.create'", [bob.namespace.pk]
    )
    names = ["--namespace", alice.namespace.name]
    out = StringIO()
    call_command("audit", "verify", *names, stdout=out)
    assert "sound" in out.getvalue()
    with pytest.raises(SystemExit):
        call_command("audit", "verify", *names, "--namespace", bob.namespace.name, stdout=out)
    assert "BROKEN (changed)" in out.getvalue()
    with pytest.raises(CommandError):
        call_command("audit", "verify", "--namespace", "nobody")


def test_admins_verify_their_own_log_over_http(alice: Person, bob: Person, owner: PostgresServer) -> None:
    alice.store("x")
    seal()
    answer = alice.call("get", "/v1/admin/audit/verify")
    assert (answer["ok"], answer["rows"], answer["unsealed"], answer["broken"]) == (True, 3, 0, None)
    Forger(owner)(
        "UPDATE accounts_deed SET actor = 'x' WHERE namespace_id = %s AND verb = 'store'", [alice.namespace.pk]
    )
    answer = alice.call("get", "/v1/admin/audit/verify")
    assert (answer["ok"], answer["broken"]["kind"], answer["broken"]["log"]) == (False, "changed", "deeds")
    assert bob.call("get", "/v1/admin/audit/verify")["ok"]
    alice.with_role(Role.WRITER).call("get", "/v1/admin/audit/verify")
    writer = alice.with_role(Role.WRITER)
    writer.call("get", "/v1/admin/audit/verify")
    assert writer.last.status_code == 403


def test_renaming_a_namespace_changes_nothing_about_its_log(alice: Person) -> None:
    seal()
    namespace_rename(name=alice.namespace.name, new_name=f"{alice.namespace.name}-x")
    seal()
    assert audit_verify(namespaces=[alice.namespace.pk], now=clock.now())[0].ok


def test_accepting_changes_no_row_that_was_forged(alice: Person, owner: PostgresServer) -> None:
    seal()
    Forger(owner)(
        "UPDATE accounts_deed SET actor = 'x' WHERE namespace_id = %s AND verb = 'key.create'", [alice.namespace.pk]
    )
    audit_accept(namespace=alice.namespace, reason="hush", now=clock.now())
    assert not verify(alice).ok


def test_a_store_waits_for_no_seal(alice: Person, owner: PostgresServer) -> None:
    seal_round(clock.now())
    with scan() as alias, connections[alias].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [rounds.ONE_SEALER])  # a sealer that takes its time
        cursor.execute("SELECT * FROM accounts_sealline FOR UPDATE")
        with connection.cursor() as own:
            own.execute("SET lock_timeout = '1s'")
        alice.store("x")
        assert alice.last.status_code == 200
        with connection.cursor() as own:
            own.execute("RESET lock_timeout")
