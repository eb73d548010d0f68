"""The outbox: every deed reaches every consumer once, in order, whatever fails or runs beside it."""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from django.db import OperationalError, connections

import clock
from accounts.deeds import deed_append
from accounts.door import tenant
from accounts.errors import Unavailable
from accounts.operator import scan
from accounts.outbox import Batch, Consumer, backlog, consumers, dead_letters, drain, register, revive
from accounts.outbox.claims import ATTEMPTS, LEASE
from accounts.outbox.consumers import _registered
from accounts.outbox.models import DeadLetter, Place
from accounts.tasks import outbox_drain
from runtime.postgres import PostgresServer
from tests.accounts import outbox_effects
from tests.accounts.outbox_effects import effect, effects, make_table
from tests.conftest import person
from tests.outbox import drain_all
from tests.people import Person

_names = count(1)
STORE = frozenset({"store"})


@pytest.fixture
def name(owner: PostgresServer) -> str:
    make_table(owner.owner_dsn())
    return f"test-{next(_names)}"


def write(someone: Person, how_many: int, verb: str = "store") -> list[UUID]:
    """That many deeds, each in a transaction of its own; their ids in the log's order."""
    with tenant(someone.caller):
        pass
    ids = []
    for _ in range(how_many):
        with tenant(someone.caller):
            subject = clock.new_id(clock.now())
            deed_append(caller=someone.caller, verb=verb, subjects=[subject])
            ids.append(subject)
    with tenant(someone.caller), connections["default"].cursor() as cursor:
        cursor.execute("SELECT id FROM accounts_deed WHERE subjects && %s::uuid[] ORDER BY xid, id", [ids])
        return [id_ for (id_,) in cursor.fetchall()]


def refusing(*poison: UUID) -> Callable[[object], None]:
    def refuse(deed) -> None:
        if deed.id in poison:
            raise ZeroDivisionError("a secret")

    return refuse


def drain_patiently(consumer: Consumer) -> None:
    """Drain over and over while the clock goes on, until nothing is due even much later."""
    now = clock.now()
    for _ in range(4 * ATTEMPTS):
        now += timedelta(minutes=5)
        drain_all(consumer, now=now)


def test_each_deed_is_handled_once_in_order(alice: Person, bob: Person, owner: PostgresServer, name: str) -> None:
    consumer = Consumer(name, STORE, effect(name))
    hers, his = write(alice, 5), write(bob, 3)
    drain_all(consumer)
    again = write(alice, 2)
    drain_all(consumer)
    drain_all(consumer)
    found = effects(owner.owner_dsn(), name)
    assert found[alice.namespace.pk] == [*hers, *again]
    assert found[bob.namespace.pk] == his


def test_four_workers_share_the_work_without_doubling_or_disorder(owner: PostgresServer, name: str) -> None:
    people = [person("carol") for _ in range(6)]
    consumer = Consumer(name, STORE, effect(name))
    expected = {someone.namespace.pk: write(someone, 60) for someone in people}

    def work(_: int) -> int:
        try:
            return sum(drain(consumer) for _ in range(3))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as workers:
        handled = list(workers.map(work, range(4)))
    while drain_all(consumer):
        pass
    found = effects(owner.owner_dsn(), name)
    assert {ns: found[ns] for ns in expected} == expected
    assert sum(1 for n in handled if n) > 1, "more than one of them worked"


def test_two_consumers_do_not_know_of_each_other(alice: Person, owner: PostgresServer, name: str) -> None:
    all_, some = Consumer(name, None, effect(name)), Consumer(f"{name}-x", STORE, effect(f"{name}-x"))
    ids = write(alice, 2)
    write(alice, 1, "update")
    drain_all(all_)
    drain_all(some)
    dsn, here = owner.owner_dsn(), alice.namespace.pk
    assert effects(dsn, f"{name}-x")[here] == ids
    assert len(effects(dsn, name)[here]) == 5, "with the deeds of its birth"


def test_a_consumer_may_start_with_the_next_deed(alice: Person, owner: PostgresServer, name: str) -> None:
    consumer = Consumer(name, STORE, effect(name), from_start=False)
    write(alice, 2)
    drain_all(consumer)
    later = write(alice, 1)
    drain_all(consumer)
    assert effects(owner.owner_dsn(), name)[alice.namespace.pk] == later


def test_a_deed_whose_transaction_is_open_holds_back_younger_ones(
    alice: Person, bob: Person, owner: PostgresServer, name: str
) -> None:
    consumer = Consumer(name, STORE, effect(name))
    drain_all(consumer)
    with psycopg.connect(owner.owner_dsn()) as slow:
        slow.execute("SELECT pg_current_xact_id()")
        mine = write(alice, 1)
        drain_all(consumer)
        assert alice.namespace.pk not in effects(owner.owner_dsn(), name)
    drain_all(consumer)
    assert effects(owner.owner_dsn(), name)[alice.namespace.pk] == mine


def test_a_poisonous_deed_ends_as_a_dead_letter_and_blocks_nobody(
    alice: Person, bob: Person, owner: PostgresServer, name: str
) -> None:
    ids, his = write(alice, 40), write(bob, 2)
    consumer = Consumer(name, STORE, effect(name, refusing(ids[17])))
    drain_all(consumer)
    assert effects(owner.owner_dsn(), name)[bob.namespace.pk] == his
    drain_patiently(consumer)
    found = effects(owner.owner_dsn(), name)[alice.namespace.pk]
    assert found == [id_ for id_ in ids if id_ != ids[17]]
    (letter,) = [one for one in dead_letters() if one.consumer == name]
    assert (letter.deed_id, letter.namespace_id, letter.verb) == (ids[17], alice.namespace.pk, "store")
    assert letter.error == "builtins.ZeroDivisionError", "not the message, which may hold content"
    with scan() as alias:
        assert not Place.objects.using(alias).filter(consumer=name, waiting=True).exists()


def test_a_dead_letter_can_be_revived(alice: Person, owner: PostgresServer, name: str) -> None:
    (poison,) = write(alice, 1)
    register(Consumer(name, STORE, effect(name, refusing(poison))))
    drain_patiently(_registered[name])
    (letter,) = [one for one in dead_letters() if one.consumer == name]
    with pytest.raises(ZeroDivisionError):
        revive(letter)
    register(Consumer(name, STORE, effect(name)))
    revive(letter)
    revive(letter)
    assert effects(owner.owner_dsn(), name)[alice.namespace.pk] == [poison]
    assert not [one for one in dead_letters() if one.consumer == name]
    del _registered[name]


def test_a_handler_that_recovers_loses_nothing(alice: Person, owner: PostgresServer, name: str) -> None:
    ids = write(alice, 3)
    drain_all(Consumer(name, STORE, effect(name, refusing(ids[1]))))
    for seconds in (2, 4):
        drain_all(Consumer(name, STORE, effect(name)), now=clock.now() + timedelta(seconds=seconds))
    assert effects(owner.owner_dsn(), name)[alice.namespace.pk] == ids


def test_a_database_that_goes_away_is_nobodys_fault(alice: Person, owner: PostgresServer, name: str) -> None:
    def away(batch: Batch) -> None:
        raise OperationalError

    write(alice, 1)
    for _ in range(2 * ATTEMPTS):
        with pytest.raises(OperationalError):
            drain_all(Consumer(name, STORE, away))
    drain_all(Consumer(name, STORE, effect(name)))
    assert len(effects(owner.owner_dsn(), name)[alice.namespace.pk]) == 1


def test_an_effect_does_not_commit_once_the_lease_is_lost(alice: Person, owner: PostgresServer, name: str) -> None:
    ids = write(alice, 2)
    inner = Consumer(name, STORE, effect(name))

    def slow(batch: Batch) -> None:
        effect(name)(batch)
        with ThreadPoolExecutor(1) as other:
            other.submit(overtake).result()

    def overtake() -> None:
        drain_all(inner, now=clock.now() + 2 * LEASE)
        connections.close_all()

    drain_all(Consumer(name, STORE, slow))
    assert effects(owner.owner_dsn(), name)[alice.namespace.pk] == ids


def test_a_worker_that_is_killed_in_the_middle_loses_and_doubles_nothing(
    alice: Person, owner: PostgresServer, name: str
) -> None:
    drain_all(Consumer(name, STORE, effect(name)))  # of what others have left
    ids = write(alice, 20)
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "memoryproject.settings", "PYTHONPATH": str(Path.cwd())}
    environ["GARNER_OWNER_DATABASE_URL"] = owner.owner_dsn()
    with subprocess.Popen(
        [sys.executable, outbox_effects.__file__, name, "60"], env=environ, stdout=subprocess.PIPE, text=True
    ) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "in the middle\n"
        killed.kill()
    consumer = Consumer(name, STORE, effect(name))
    drain_all(consumer)
    assert alice.namespace.pk not in effects(owner.owner_dsn(), name), "its lease holds"
    for minutes in (2, 3):
        drain_all(consumer, now=clock.now() + timedelta(minutes=minutes))
    assert effects(owner.owner_dsn(), name)[alice.namespace.pk] == ids


def test_a_deed_that_kills_every_worker_ends_as_a_dead_letter(alice: Person, owner: PostgresServer, name: str) -> None:
    class Killed(BaseException):
        """What a kill looks like to those who come later: nothing was noted."""

    def die(deed) -> None:
        if deed.id == ids[1]:
            raise Killed

    ids = write(alice, 3)
    now = clock.now()
    for _ in range(3 * ATTEMPTS):
        now += 2 * LEASE
        try:
            drain_all(Consumer(name, STORE, effect(name, die)), now=now)
        except Killed:
            continue
    assert effects(owner.owner_dsn(), name)[alice.namespace.pk] == [ids[0], ids[2]]
    assert [one.error for one in dead_letters() if one.consumer == name] == ["crash"]


def test_looking_for_work_costs_what_is_new_not_what_there_is(owner: PostgresServer, name: str) -> None:
    with psycopg.connect(owner.owner_dsn()) as reader:
        reader.execute("SET garner.scan = 'on'")
        reader.execute("SET enable_seqscan = off")  # the test's table is small
        plan = reader.execute(
            "EXPLAIN SELECT namespace_id, verb, count(*) FROM accounts_deed "
            "WHERE xid >= '5'::xid8 AND xid < garner_horizon() GROUP BY 1, 2"
        ).fetchall()
    text = "\n".join(line for (line,) in plan)
    assert "Seq Scan" not in text
    assert "xid" in text


def test_the_backlog_counts_what_waits_before_and_after_it_was_found(
    alice: Person, bob: Person, owner: PostgresServer, name: str
) -> None:
    register(Consumer(name, STORE, effect(name, refusing())))
    try:
        outbox_drain()
        write(alice, 4)
        assert (backlog(alice.namespace.pk), backlog(bob.namespace.pk)) == (4, 0)
        assert backlog() >= 4
        drain_all(Consumer(name, STORE, effect(name, refusing(*write(alice, 3)))))
        assert backlog(alice.namespace.pk) == 3, "found, tried, and still there"
        drain_patiently(_registered[name])
        assert backlog(alice.namespace.pk) == 0
    finally:
        del _registered[name]


def test_web_processes_may_count_the_backlog_and_drain_nothing(alice: Person, settings) -> None:
    settings.OWNER_DATABASE_URL = ""
    assert backlog(alice.namespace.pk) >= 0
    with pytest.raises(Unavailable):
        drain_all(Consumer("web", STORE, lambda batch: None))


def test_bob_sees_nothing_of_alices_dead_letters(alice: Person, bob: Person, owner: PostgresServer, name: str) -> None:
    (poison,) = write(alice, 1)
    drain_patiently(Consumer(name, STORE, effect(name, refusing(poison))))
    for someone, count_ in ((alice, 1), (bob, 0)):
        with tenant(someone.caller):
            assert DeadLetter.objects.filter(consumer=name).count() == count_


def test_the_setting_that_opens_the_logs_to_the_owner_means_nothing_to_requests(alice: Person, bob: Person) -> None:
    alice.store("hers")
    with tenant(bob.caller), connections["default"].cursor() as cursor:
        cursor.execute("SELECT set_config('garner.scan', 'on', true)")
        for table in ("accounts_deed", "accounts_place", "accounts_deadletter"):
            cursor.execute(f"SELECT count(*) FROM {table} WHERE namespace_id = %s", [alice.namespace.pk])
            assert cursor.fetchone() == (0,)


def test_nobody_adds_a_deed_under_another_transactions_number(alice: Person) -> None:
    insert = (
        "INSERT INTO accounts_deed (namespace_id, id, at, actor, verb, subjects, detail, xid) "
        "VALUES (%s, gen_random_uuid(), now(), 'a', 'store', '{}', '{}', %s::text::xid8)"
    )
    for number in (3, 2**40):
        with pytest.raises(Exception, match="row-level security"), tenant(alice.caller):
            connections["default"].cursor().execute(insert, [alice.namespace.pk, number])


def test_the_worker_knows_its_consumers(db: None) -> None:
    register(Consumer("one", None, lambda batch: None))
    assert "one" in [consumer.name for consumer in consumers()]
    del _registered["one"]
    with pytest.raises(ValueError):
        register(Consumer("x" * 33, None, lambda batch: None))
