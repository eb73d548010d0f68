"""Whoever names another namespace than the key's gets 403, not an answer about their own."""

import pytest

from tests.people import Person

READ = (
    "/v1/memories", "/grains", "/pending_feedback", "/v1/clusters", "/metrics", "/health/signals", "/v1/admin/keys",
    "/v1/admin/tokens", "/v1/admin/settings", "/v1/admin/retention", "/v1/admin/journal", "/v1/admin/space-stats",
    "/v1/admin/audit/verify", "/v1/admin/lifecycle", "/v1/admin/webhooks",
)  # fmt: skip


@pytest.mark.parametrize("path", READ)
def test_another_namespace_in_the_address_is_refused(alice: Person, bob: Person, path: str) -> None:
    bob.call("get", f"{path}?namespace={alice.namespace.name}")
    assert bob.last.status_code == 403
    bob.call("get", path, **{"x-namespace": alice.namespace.name})
    assert bob.last.status_code == 403


@pytest.mark.parametrize("path", ["/v1/memories", "/grains", "/v1/admin/keys"])
def test_ones_own_namespace_may_be_named(alice: Person, path: str) -> None:
    alice.call("get", f"{path}?namespace={alice.namespace.name}", **{"x-namespace": alice.namespace.name})
    assert alice.last.status_code == 200


def test_another_parameter_that_speaks_of_namespaces_names_none(alice: Person) -> None:
    alice.call("get", "/v1/memories?agent=namespace")
    assert alice.last.status_code == 200


def test_a_key_for_another_namespace_is_not_made(alice: Person, bob: Person) -> None:
    answer = bob.call("post", "/v1/admin/keys", {"role": "reader", "namespace": alice.namespace.name})
    assert (bob.last.status_code, answer["field"]) == (403, "namespace")
    bob.call("post", "/v1/admin/keys", {"role": "reader", "namespace": bob.namespace.name})
    assert bob.last.status_code == 201
