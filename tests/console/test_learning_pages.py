"""The graph, the journal, jobs and clusters on the console: seen, undone by admins, edited by nobody."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.door import tenant
from accounts.scopes import Role
from grains.models import Grain
from learning.models import Cluster, ClusterMember, Conduit, JournalEntry, Run
from tests.learning.background import done, status_of
from tests.visitors import visitor

JOURNAL, RUNS, CLUSTERS = "/admin/learning/journalentry/", "/admin/learning/run/", "/admin/learning/cluster/"
CONDUITS = "/admin/learning/conduit/"
THEN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def archived(alice) -> str:
    """A memory that retention has put away, and so an entry of the journal and a run."""
    with time_machine.travel(THEN, tick=False):
        id_ = str(alice.store("the safe code is 4711")["id"])
    alice.call("put", "/v1/admin/retention", {"rules": [{"action": "archive", "after_days": 90}]})
    with time_machine.travel(THEN + timedelta(days=100), tick=False):
        done(alice, "retention")
    assert status_of(alice, id_) == "archived"
    return id_


def entry_of(alice) -> JournalEntry:
    with tenant(alice.caller):
        return JournalEntry.objects.get(namespace_id=alice.namespace.pk, undoes=None)


def test_an_admin_undoes_what_a_job_did(ada, alice, archived):
    entry = entry_of(alice)
    assert str(entry.pk) in ada.get(JOURNAL)
    ada.do(JOURNAL, "undo", entry.pk)
    assert status_of(alice, archived) == "active"


def test_undoing_takes_a_fresh_code(ada, alice, archived):
    ada.grow_stale()
    assert "takes a fresh code" in ada.do(JOURNAL, "undo", entry_of(alice).pk)
    assert status_of(alice, archived) == "archived"


def test_a_writer_neither_sees_nor_undoes_the_journal(alice, archived):
    writer = visitor(role=Role.WRITER, namespace=alice.namespace)
    writer.get(JOURNAL)
    assert writer.last.status_code == 403
    writer.do(JOURNAL, "undo", entry_of(alice).pk)
    assert status_of(alice, archived) == "archived"


def test_what_cannot_be_undone_is_told(ada, alice, archived):
    alice.store("the safe code is 4711")  # said again meanwhile
    ada.do(JOURNAL, "undo", entry_of(alice).pk)
    assert ada.last.status_code == 302
    assert "says the same" in ada.get(JOURNAL)
    assert status_of(alice, archived) == "archived"


def test_runs_of_jobs_are_shown_and_found_in_the_journal(ada, alice, archived):
    assert "retention" in ada.get(RUNS)
    with tenant(alice.caller):
        run = Run.objects.filter(namespace_id=alice.namespace.pk, job="retention").latest("queued_at")
    ada.get(f"{RUNS}{run.pk}/change/")
    assert ada.last.status_code == 200
    assert str(entry_of(alice).pk) in ada.get(JOURNAL, q=run.pk)
    assert str(entry_of(alice).pk) not in ada.get(JOURNAL, q="nonsense").replace("nonsense", "")


def test_a_cluster_shows_its_members(ada, alice, bob):
    id_ = alice.store("the safe code is 4711")["id"]
    with tenant(alice.caller):
        cluster = Cluster.objects.create(namespace=alice.namespace, name="safes", size=1)
        number = Grain.objects.get(pk=id_).number
        ClusterMember.objects.create(
            namespace_id=alice.namespace.pk, grain_number=number, cluster_id=cluster.pk, weight=1.0
        )
    assert "safes" in ada.get(CLUSTERS)
    page = ada.get(f"{CLUSTERS}{cluster.pk}/change/")
    assert "the safe code is 4711" in page
    assert f"/admin/grains/grain/{id_}/change/" in page


def test_conduits_are_found_by_the_number_of_a_grain(ada, alice):
    ids = [alice.store(text)["id"] for text in ("the safe code is 4711", "the cat is called Mimi")]
    with tenant(alice.caller):
        source, number = (Grain.objects.get(pk=id_).number for id_ in ids)
        conduit = Conduit.objects.create(namespace=alice.namespace, source=source, target=number)
    ada.get(CONDUITS, q=number)
    assert conduit in list(ada.last.context["cl"].result_list)
    for odd in ("x", "9" * 30, "-1"):
        ada.get(CONDUITS, q=odd)
        assert list(ada.last.context["cl"].result_list) == []


@pytest.mark.parametrize("path", [JOURNAL, RUNS, CLUSTERS, CONDUITS])
def test_nothing_learned_is_added_or_edited_by_hand(path, ada):
    for rest in ("add/", "1/change/"):
        ada.post(f"{path}{rest}", name="x", weight="1")
        assert ada.last.status_code in {302, 403, 404}
