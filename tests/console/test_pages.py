"""Pages of the console that belong to no model: the first one, the review queue, the check of the logs."""

from uuid import UUID

from accounts.scopes import Role
from console.in_force import masked
from grains.services.custody import grains_quarantine
from tests.visitors import visitor

GRAINS, REVIEW, CHAIN = "/admin/grains/grain/", "/admin/review/", "/admin/chain/"


def test_the_first_page_counts_what_is_in_view(ada, alice, bob):
    alice.store("one")
    alice.store("two")
    bob.store("bob's")
    page = ada.get("/admin/")
    assert f"<td>{alice.namespace.name}</td><td>2</td>" in page
    assert bob.namespace.name not in page


def test_the_review_queue_shows_and_decides(ada, alice, bob):
    kept = alice.store("the safe code is 4711")["id"]
    foreign = bob.store("bob's secret")["id"]
    grains_quarantine(caller=alice.caller, ids=[UUID(kept)])
    grains_quarantine(caller=bob.caller, ids=[UUID(foreign)])
    page = ada.get(REVIEW)
    assert "the safe code is 4711" in page
    assert "secret" not in page
    ada.post(REVIEW, namespace=alice.namespace.pk, key=f"ca.{kept}", action="confirm")
    assert alice.recall("safe code") == ["the safe code is 4711"]
    assert "4711" not in ada.get(REVIEW)


def test_nobody_decides_for_another_namespace(ada, bob):
    foreign = bob.store("bob's secret")["id"]
    grains_quarantine(caller=bob.caller, ids=[UUID(foreign)])
    ada.post(REVIEW, namespace=bob.namespace.pk, key=f"ca.{foreign}", action="confirm")
    assert ada.last.status_code == 403
    assert bob.recall("secret") == []


def test_a_key_of_nothing_is_told_and_no_error(ada, alice):
    ada.post(REVIEW, namespace=alice.namespace.pk, key="ca.nonsense", action="confirm")
    assert ada.last.status_code == 302
    ada.post(REVIEW, namespace=alice.namespace.pk, key="", action="destroy")
    assert ada.last.status_code == 302


def test_a_reader_has_no_review_queue(alice):
    kept = alice.store("the safe code is 4711")["id"]
    grains_quarantine(caller=alice.caller, ids=[UUID(kept)])
    assert "4711" not in visitor(role=Role.READER, namespace=alice.namespace).get(REVIEW)


def test_the_logs_are_checked_in_the_namespaces_in_view(ada, alice, bob):
    alice.store("one")
    page = ada.post(CHAIN)
    assert f"<td>{alice.namespace.name}</td>" in page
    assert "sound" in page
    assert bob.namespace.name not in page


def test_logins_and_secrets_are_masked_in_settings():
    assert masked("DATABASE_URL", "postgresql://garner:hunter2@db/garner") == "postgresql://db/garner"
    assert "hunter2" not in masked("EMBEDDING_API_KEY", "hunter2")
    assert masked("EMBEDDING_API_KEY", "") == "not set"
    assert masked("ALLOWED_HOSTS", ["a", "b"]) == "a, b"
