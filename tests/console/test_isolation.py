"""Ada administers alice's namespace and sees nothing of bob's: on no page, by no address, search or choice.

Over every model that is registered, so that a new one is covered as soon as it is on the site.
"""

from typing import Any

import pytest

from accounts.door import wide
from accounts.models import Membership, User
from accounts.people.services.links import invite
from accounts.scopes import Role
from accounts.services.namespaces import as_operator
from console.base import OperatorAdmin, TenantAdmin
from console.site import site
from tests.visitors import somebody, visitor

MODELS = sorted(site._registry, key=lambda model: model._meta.label)
TENANTS = [model for model in MODELS if isinstance(site._registry[model], TenantAdmin)]
ids = [model._meta.label for model in TENANTS]


def address(model, rest: str = "") -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/{rest}"


@pytest.fixture(scope="module")
def ada(newcomer):
    """Who administers alice's namespace. Nothing here changes anything, so one of each will do."""
    return visitor(role=Role.ADMIN, namespace=newcomer("alice").namespace)


@pytest.fixture(scope="module")
def full_bob(newcomer):
    """Bob's namespace with something of everything that can be made through the API and services."""
    bob = newcomer("bob")
    stored = bob.store("bob's secret is quokka", author="Zebedee", tags=["zebra"], session="s")["id"]
    trace = bob.recalled("what is bob's secret")["trace_id"]
    bob.call("post", "/v1/feedback/trace", {"trace_id": trace, "ratings": [{"grain_id": stored, "useful": True}]})
    member = somebody(enrolled=False)
    User.objects.filter(pk=member.pk).update(username=f"bobs-member-{member.pk}")
    Membership.objects.create(user=member, namespace=bob.namespace, role=Role.WRITER)
    invite(caller=bob.caller, role=Role.READER, email="bobs-friend@example.org")
    return bob


def rows_of(model, namespace) -> list[Any]:
    """Primary keys of the rows that belong to the namespace, as its own door shows them."""
    path = site._registry[model].namespace_path
    with wide([as_operator(namespace)]):
        return list(model._default_manager.filter(**{path: namespace.pk}).values_list("pk", flat=True)[:5])


def traces_of(bob) -> list[str]:
    """Words that only bob's rows hold."""
    return ["quokka", "Zebedee", "zebra", bob.namespace.name, "bobs-friend", "bobs-member"]


def test_every_model_is_a_namespaces_or_the_operators():
    assert MODELS
    for model, admin in site._registry.items():
        assert isinstance(admin, TenantAdmin | OperatorAdmin), model


@pytest.mark.parametrize("model", TENANTS, ids=ids)
def test_a_row_of_another_namespace_is_at_no_address(model, ada, full_bob):
    for key in rows_of(model, full_bob.namespace):
        for rest in (f"{key}/change/", f"{key}/history/", f"{key}/delete/", f"{key}/"):
            page = ada.get(address(model, rest), follow=True)
            assert ada.last.status_code in {301, 302, 403, 404}, rest
            assert not [word for word in traces_of(full_bob) if word in page]
        ada.post(address(model, f"{key}/change/"), role="admin", email="x@example.org")
        assert ada.last.status_code in {302, 403, 404}


@pytest.mark.parametrize("model", TENANTS, ids=ids)
def test_a_list_and_a_search_show_nothing_of_another_namespace(model, ada, full_bob):
    for query in ({}, {"q": "quokka"}, {"q": "what is bob's secret"}, {"q": full_bob.namespace.name}):
        page = ada.get(address(model), **query).replace(query.get("q", "\0"), "")
        assert ada.last.status_code in {200, 302, 403}
        assert not [word for word in traces_of(full_bob) if word in page], query


@pytest.mark.parametrize("model", TENANTS, ids=ids)
def test_a_row_cannot_be_made_in_another_namespace(model, ada, full_bob):
    before = len(rows_of(model, full_bob.namespace))
    page = ada.get(address(model, "add/"))
    assert full_bob.namespace.name not in page
    ada.post(address(model, "add/"), namespace=full_bob.namespace.pk, name="x", role="admin", scopes=["admin"])
    assert ada.last.status_code in {200, 302, 403}
    assert len(rows_of(model, full_bob.namespace)) == before


@pytest.mark.parametrize("model", TENANTS, ids=ids)
def test_no_operation_reaches_a_row_of_another_namespace(model, ada, full_bob):
    keys = rows_of(model, full_bob.namespace)
    for operation in site._registry[model].operations:
        ada.do(address(model), operation.name, *keys)
    assert rows_of(model, full_bob.namespace) == keys
    assert full_bob.recall("what is bob's secret") == ["bob's secret is quokka"]


@pytest.mark.parametrize("model", TENANTS, ids=ids)
def test_a_choice_by_completion_offers_nothing_of_another_namespace(model, ada, full_bob):
    for field in model._meta.concrete_fields:
        if field.is_relation:
            query = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": field.name}
            page = ada.get("/admin/autocomplete/", term="", **query)
            assert not [word for word in traces_of(full_bob) if word in page]


@pytest.mark.parametrize("model", [one for one in MODELS if one not in TENANTS], ids=lambda model: model._meta.label)
def test_what_belongs_to_the_instance_is_for_operators(model, ada, chief):
    assert ada.get(address(model)) is not None
    assert ada.last.status_code == 403
    chief.get(address(model))
    assert chief.last.status_code == 200


@pytest.fixture(scope="module")
def operator(full_bob):
    return visitor(operator=True, namespace=full_bob.namespace)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_list_opens_for_an_operator(model, operator):
    operator.get(address(model))
    assert operator.last.status_code == 200


@pytest.mark.parametrize("model", TENANTS, ids=ids)
def test_every_row_opens_for_an_operator(model, full_bob, operator):
    for key in rows_of(model, full_bob.namespace)[:1]:
        operator.get(address(model, f"{key}/change/"))
        assert operator.last.status_code == 200, key


@pytest.mark.parametrize("model", TENANTS, ids=ids)
def test_even_without_its_filter_a_list_shows_nothing_of_others(model, ada, full_bob, monkeypatch):
    """The database itself hides memories, deeds and recalls; the tables of the door have the filter alone."""
    table = model._meta.db_table
    if table.startswith(("accounts_namespace", "accounts_user", "accounts_membership", "accounts_apikey", "people_")):
        pytest.skip("read before a door can be opened")
    admin = site._registry[model]
    monkeypatch.setattr(type(admin), "get_queryset", lambda self, request: self.model._default_manager.all())
    monkeypatch.setattr(type(admin), "list_display", ("pk",))
    ada.get(address(model))
    shown = {row.pk for row in ada.last.context["cl"].result_list}
    assert not shown & set(rows_of(model, full_bob.namespace))


def test_a_role_in_one_namespace_is_none_in_another(alice, bob):
    both = visitor(role=Role.ADMIN, namespace=alice.namespace)
    Membership.objects.create(user=both.user, namespace=bob.namespace, role=Role.READER)
    mine, foreign = alice.store("alice's fact")["id"], bob.store("bob's fact")["id"]
    assert "bob&#x27;s fact" in both.get("/admin/grains/grain/")
    both.do("/admin/grains/grain/", "purge", mine, foreign)
    assert bob.recall("fact") == ["bob's fact"]
    assert alice.recall("fact") == ["alice's fact"]  # all or nothing: one of them may not be purged
    assert bob.namespace.name not in both.get("/admin/accounts/apikey/")


def test_the_history_of_a_row_is_its_deeds(alice):
    id_ = alice.store("alice's fact")["id"]
    ada = visitor(role=Role.ADMIN, namespace=alice.namespace)
    ada.get(f"/admin/grains/grain/{id_}/history/")
    assert ada.last.headers["Location"] == f"/admin/console/deedline/?q={id_}"
    assert "store" in ada.get("/admin/console/deedline/", q=id_)
