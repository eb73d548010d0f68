"""What people do to rows: asked first, with a fresh code where it destroys, and written to the deeds."""

import re

import pytest

from accounts.door import wide
from accounts.models import ApiKey, Deed, Namespace
from accounts.people.models import TotpDevice
from accounts.scopes import Role, Scope
from accounts.services.keys import key_create
from accounts.services.namespaces import as_operator
from console.site import site
from grains.models import Grain
from tests.visitors import Visitor, code_unused, signed_in, somebody, visitor

GRAINS, KEYS, PEOPLE = "/admin/grains/grain/", "/admin/accounts/apikey/", "/admin/accounts/user/"
DESTROYING = [
    (model._meta.label, one.name) for model, admin in site._registry.items() for one in admin.operations if one.destroys
]


def verbs(namespace, *wanted: str) -> list[str]:
    with wide([as_operator(namespace)]):
        found = Deed.objects.filter(namespace_id=namespace.pk).order_by("at").values_list("verb", flat=True)
        return [verb for verb in found if verb in wanted]


@pytest.fixture
def fact(alice) -> str:
    return str(alice.store("the safe code is 4711")["id"])


def test_an_operation_asks_first(ada, alice, fact):
    page = ada.post(GRAINS, action="purge", _selected_action=fact)
    assert "There is no way back" in page
    assert alice.recall("safe code") == ["the safe code is 4711"]


def test_a_purge_with_a_recent_code_erases_and_is_written_down(ada, alice, fact):
    ada.do(GRAINS, "purge", fact)
    assert ada.last.status_code == 302
    assert alice.recall("safe code") == []
    assert verbs(alice.namespace, "forget") == ["forget"]


def test_a_purge_without_a_recent_code_asks_for_one(ada, alice, fact):
    ada.grow_stale()
    page = ada.do(GRAINS, "purge", fact)
    assert "takes a fresh code" in page
    assert alice.recall("safe code") == ["the safe code is 4711"]


def test_a_wrong_code_erases_nothing_and_the_right_one_does(ada, alice, fact):
    ada.grow_stale()
    assert "not right" in ada.do(GRAINS, "purge", fact, code="000000")
    assert alice.recall("safe code") == ["the safe code is 4711"]
    ada.do(GRAINS, "purge", fact, code=code_unused(ada.user))
    assert alice.recall("safe code") == []


@pytest.mark.parametrize(("label", "name"), DESTROYING)
def test_whatever_destroys_takes_a_fresh_code(label, name, chief, alice, fact):
    """Over all operations there are: without a recent code nothing happens but a question."""
    from django.apps import apps

    model = apps.get_model(label)
    key_create(namespace=alice.namespace, scopes=Role.READER.scopes)
    somebody(roles={alice.namespace: Role.READER})
    chief.bring_into_view(alice.namespace)
    chief.grow_stale()
    with wide([as_operator(alice.namespace)]):
        path = getattr(site._registry[model], "namespace_path", None)
        mine = {path: alice.namespace.pk} if path else {}
        key = model._default_manager.filter(**mine).first()
    if key is None:
        pytest.skip("no row of this kind is made here")
    page = chief.do(f"/admin/{label.lower().replace('.', '/')}/", name, key.pk)
    assert "takes a fresh code" in page
    with wide([as_operator(alice.namespace)]):
        assert model._default_manager.filter(pk=key.pk).exists()
    assert "takes a fresh code" in chief.do(f"/admin/{label.lower().replace('.', '/')}/", name, key.pk, code="000000")


def test_quarantine_hides_from_recall_and_restore_brings_back(ada, alice, fact):
    ada.do(GRAINS, "quarantine", fact)
    assert alice.recall("safe code") == []
    assert "4711" in ada.get(GRAINS, status__exact="quarantined")
    ada.do(GRAINS, "restore", fact)
    assert alice.recall("safe code") == ["the safe code is 4711"]
    assert verbs(alice.namespace, "grain.quarantine", "grain.restore") == ["grain.quarantine", "grain.restore"]


def test_a_memory_that_was_said_again_meanwhile_is_not_restored(ada, alice, fact):
    ada.do(GRAINS, "quarantine", fact)
    alice.store("the safe code is 4711")
    ada.do(GRAINS, "restore", fact)
    assert "says the same already" in ada.get(GRAINS)
    assert alice.recall("safe code") == ["the safe code is 4711"]


def test_pinning_is_remembered(ada, alice, fact):
    ada.do(GRAINS, "pin", fact)
    with wide([as_operator(alice.namespace)]):
        assert Grain.objects.get(pk=fact).pinned
    ada.do(GRAINS, "unpin", fact)
    assert verbs(alice.namespace, "grain.pin", "grain.unpin") == ["grain.pin", "grain.unpin"]


def test_a_reader_may_look_but_not_touch(alice, fact):
    reader = visitor(role=Role.READER, namespace=alice.namespace)
    assert "4711" in reader.get(GRAINS)
    assert "Purge" not in reader.get(f"{GRAINS}{fact}/change/")
    for name in ("purge", "quarantine", "pin"):
        reader.do(GRAINS, name, fact)
    assert alice.recall("safe code") == ["the safe code is 4711"]


def test_a_writer_may_quarantine_but_not_purge(alice, fact):
    writer = visitor(role=Role.WRITER, namespace=alice.namespace)
    writer.do(GRAINS, "purge", fact)
    assert alice.recall("safe code") == ["the safe code is 4711"]
    writer.do(GRAINS, "quarantine", fact)
    assert alice.recall("safe code") == []


def test_a_search_finds_what_an_agent_would(ada, alice, fact):
    alice.store("the cat is called Mimi")
    page = ada.get(GRAINS, q="what opens the safe?")
    assert "4711" in page
    assert verbs(alice.namespace, "console.view") == ["console.view"]


@pytest.mark.parametrize("query", ["\x00", "x" * 20000, "   ", "'; DROP TABLE grains_grain; --", "\ud800"])
def test_odd_searches_are_pages_not_errors(ada, query):
    ada.get(GRAINS, q=query.encode("utf-8", "replace").decode())
    assert ada.last.status_code in {200, 302, 400}


def test_a_memorys_page_shows_versions_and_recalls(ada, alice, fact):
    alice.update(id=fact, content="the safe code is 4712")
    alice.recall("safe code")
    page = ada.get(f"{GRAINS}{fact}/change/")
    assert "the safe code is 4711" in page
    assert "the safe code is 4712" in page
    assert "Version 2" in page
    assert ">safe code</a>" in page


def test_a_memory_is_no_markup_on_any_page(ada, alice):
    id_ = alice.store("<script>alert(1)</script><img src=x onerror=alert(2)>")["id"]
    for path in (GRAINS, f"{GRAINS}{id_}/change/"):
        page = ada.get(path)
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_a_key_is_shown_once_and_works(ada, alice):
    form = {"namespace": alice.namespace.pk, "name": "for the robot", "scopes": ["recall", "store"]}
    page = ada.post(f"{KEYS}add/", **form)
    (secret,) = re.findall(r"gk_[\w-]{43}", page)
    alice.secret = secret
    alice.store("stored with the new key")
    assert alice.last.status_code == 200
    assert secret not in ada.get(KEYS)
    key = ApiKey.objects.get(namespace=alice.namespace, name="for the robot")
    assert set(key.scopes) == {Scope.RECALL, Scope.STORE}
    assert verbs(alice.namespace, "key.create")


def test_a_revoked_key_says_so(ada, alice):
    key = key_create(namespace=alice.namespace, scopes=Role.READER.scopes).key
    ada.do(KEYS, "revoke_keys", key.pk)
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert verbs(alice.namespace, "key.revoke") == ["key.revoke"]


def test_nothing_of_a_key_can_be_edited(ada, alice):
    key = ApiKey.objects.get(namespace=alice.namespace)
    ada.post(f"{KEYS}{key.pk}/change/", name="renamed", scopes=["recall"])
    assert ada.last.status_code == 403
    key.refresh_from_db()
    assert key.name == ""


def test_a_link_to_set_a_password_is_for_operators(ada, chief, alice):
    member = somebody(roles={alice.namespace: Role.READER})
    ada.do(PEOPLE, "reset_links", member.pk)
    assert "/login/link/" not in ada.get(PEOPLE)
    assert "/login/link/" in chief.do(PEOPLE, "reset_links", member.pk)


def test_an_operator_resets_a_second_factor(chief, alice):
    member = somebody(roles={alice.namespace: Role.READER})
    browser = signed_in(member)
    chief.do(PEOPLE, "reset_second_factor", member.pk)
    assert not TotpDevice.objects.filter(user=member).exists()
    assert browser.get("/account").status_code == 302
    assert verbs(alice.namespace, "person.otp_reset") == ["person.otp_reset"]


def test_who_is_no_longer_active_is_out_at_once(chief, alice):
    member = somebody(roles={alice.namespace: Role.READER})
    browser = signed_in(member)
    chief.post(f"{PEOPLE}{member.pk}/change/", email="")
    assert chief.last.status_code == 302
    assert browser.get("/account").status_code == 302


def test_nobody_makes_themselves_an_operator(ada, chief):
    for one in (ada, chief):
        one.post(f"{PEOPLE}{ada.user.pk}/change/", email="", is_active="on", is_superuser="on")
    ada.user.refresh_from_db()
    assert not ada.user.is_superuser


def test_a_member_is_removed_and_their_role_changed(ada, alice):
    member = somebody(roles={alice.namespace: Role.READER})
    row = member.memberships.get()
    ada.post(f"/admin/accounts/membership/{row.pk}/change/", role="writer")
    row.refresh_from_db()
    assert row.role == "writer"
    ada.do("/admin/accounts/membership/", "remove_members", row.pk)
    assert not member.memberships.exists()
    assert verbs(alice.namespace, "console.change", "person.leave") == ["console.change", "person.leave"]


def test_an_operator_makes_and_deletes_a_namespace(chief, alice):
    name = f"{alice.namespace.name}-next"
    chief.post("/admin/accounts/namespace/add/", name=name)
    made = Namespace.objects.get(name=name)
    assert name in chief.get("/admin/accounts/namespace/")
    chief.do("/admin/accounts/namespace/", "delete_namespaces", made.pk)
    assert not Namespace.objects.filter(name=name).exists()


def test_a_member_makes_no_namespace(ada: Visitor, alice):
    ada.post("/admin/accounts/namespace/add/", name=f"{alice.namespace.name}-mine")
    assert ada.last.status_code == 403
    ada.do("/admin/accounts/namespace/", "delete_namespaces", alice.namespace.pk)
    assert Namespace.objects.filter(pk=alice.namespace.pk).exists()
