"""The one door: what row-level security holds when a view forgets to filter."""

import pytest
from django.db import ProgrammingError, connection, transaction
from django.db.utils import InternalError

from accounts.door import tenant
from accounts.services.keys import caller_of
from grains.models import Grain, Passage, Posting, Version, Vitals
from grains.selectors import grain_list
from retrieval.models import Rating, Trace
from tests.people import Person

GUARDED = (Grain, Version, Passage, Posting, Vitals, Rating, Trace)


def live(person: Person) -> str:
    """A namespace with a row in every table; the id of its grain."""
    id_ = person.store("the safe code is 4711")["id"]
    trace = person.recalled("safe code")["trace_id"]
    body = {"trace_id": trace, "ratings": [{"grain_id": id_, "useful": True}]}
    person.call("post", "/v1/feedback/trace", body)
    assert person.last.status_code == 200
    return str(id_)


def test_bob_sees_none_of_alices_rows_when_a_view_forgets_to_filter(alice: Person, bob: Person) -> None:
    live(alice)
    with tenant(bob.caller):
        assert [model.objects.count() for model in GUARDED] == [0] * len(GUARDED)
        assert list(Grain.objects.all()) == []
    with tenant(alice.caller):
        assert [model.objects.exists() for model in GUARDED] == [True] * len(GUARDED)


def test_raw_sql_without_a_namespace_condition_finds_only_the_callers_rows(alice: Person, bob: Person) -> None:
    live(alice)
    mine = live(bob)
    with tenant(bob.caller), connection.cursor() as cursor:
        for model in GUARDED:
            cursor.execute(f"SELECT DISTINCT namespace_id FROM {model._meta.db_table}")
            assert cursor.fetchall() == [(bob.namespace.pk,)], model
        cursor.execute("SELECT id::text FROM grains_grain")
        assert cursor.fetchall() == [(mine,)]


def test_a_service_called_with_alices_number_shows_bob_nothing(alice: Person, bob: Person) -> None:
    """A view that passes the wrong namespace into a filter finds nothing, instead of alice's memories."""
    live(alice)
    with tenant(bob.caller):
        assert not Grain.objects.filter(namespace_id=alice.namespace.pk).exists()


def test_rows_of_another_namespace_can_be_neither_written_nor_changed_nor_erased(alice: Person, bob: Person) -> None:
    live(alice)
    with tenant(bob.caller):
        assert Grain.objects.filter(namespace_id=alice.namespace.pk).update(agent="bob") == 0
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM grains_version")
            assert cursor.rowcount == 0
    with pytest.raises((ProgrammingError, InternalError), match="row-level security"), tenant(bob.caller):
        Vitals.objects.create(namespace_id=alice.namespace.pk, grain_number=1)
    with tenant(bob.caller):
        bob_grains = Grain.objects.count()
    assert (bob_grains, len(alice.recall("safe code"))) == (0, 1)


def test_a_row_cannot_be_moved_into_another_namespace(alice: Person, bob: Person) -> None:
    live(bob)
    with pytest.raises((ProgrammingError, InternalError), match="row-level security"), tenant(bob.caller):
        Grain.objects.update(namespace_id=alice.namespace.pk)


def test_without_a_door_there_are_no_rows(alice: Person) -> None:
    live(alice)
    assert [model.objects.count() for model in GUARDED] == [0] * len(GUARDED)
    with transaction.atomic():
        assert Grain.objects.count() == 0


def fail_inside(person: Person) -> None:
    with tenant(person.caller):
        assert Grain.objects.update(agent="changed") == 1
        raise ZeroDivisionError


def test_the_setting_ends_with_the_door_also_after_an_exception(alice: Person) -> None:
    live(alice)
    with pytest.raises(ZeroDivisionError):
        fail_inside(alice)
    assert Grain.objects.count() == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('garner.namespaces', true)")
        assert not cursor.fetchone()[0]


def test_an_exception_inside_the_door_rolls_everything_back(alice: Person) -> None:
    live(alice)
    with pytest.raises(ZeroDivisionError):
        fail_inside(alice)
    assert alice.inspect(alice.recalled("safe code")["memories"][0]["memory"]["id"])["agent"] is None


def test_a_door_inside_the_same_callers_door_joins_it(alice: Person) -> None:
    live(alice)
    with tenant(alice.caller):
        with tenant(caller_of(alice.secret), durable=False):
            assert Grain.objects.count() == 1
        assert Grain.objects.count() == 1


def test_a_door_for_another_caller_inside_an_open_one_is_refused(alice: Person, bob: Person) -> None:
    with tenant(alice.caller), pytest.raises(RuntimeError, match="another namespace"):
        grain_list(caller=bob.caller, where=None)  # type: ignore[arg-type]


def test_a_door_inside_a_foreign_transaction_is_refused(alice: Person) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError), tenant(alice.caller):
        pass


def test_a_door_that_may_lose_its_last_commit_still_shows_it_at_once(alice: Person) -> None:
    with tenant(alice.caller, durable=False), connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("off",)
    with tenant(alice.caller), connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)


def test_a_door_that_rides_shows_nothing_before_its_first_trip_and_its_rows_with_it(alice, bob):
    from retrieval.arrays import pipelined

    alice.store("It rained.")
    bob.store("It snowed.")
    count = "SELECT count(*) FROM grains_grain"
    with tenant(alice.caller, durable=False, rides=True):
        with connection.cursor() as cursor:
            cursor.execute(count)
            assert cursor.fetchone() == (0,)
        assert pipelined([(count, [])]) == [[(1,)]]
        assert pipelined([(count, []), (count, [])]) == [[(1,)], [(1,)]]
    with tenant(bob.caller):
        assert pipelined([(count, [])]) == [[(1,)]]


def test_a_door_that_rode_nowhere_leaves_nothing_behind(alice, bob):
    from retrieval.arrays import pipelined

    with tenant(alice.caller, durable=False, rides=True):
        pass
    bob.store("It snowed.")
    with tenant(bob.caller):
        assert pipelined([("SELECT count(*) FROM grains_grain", [])]) == [[(1,)]]
