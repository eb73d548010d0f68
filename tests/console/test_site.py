"""Who gets onto the console, and what every page of it leaves behind."""

import pytest
from django.test import Client

from accounts.door import wide
from accounts.models import Deed
from accounts.scopes import Role
from accounts.services.namespaces import as_operator
from tests.visitors import Visitor, signed_in, somebody, visitor

GRAINS = "/admin/grains/grain/"


def deeds(namespace, verb: str) -> list[Deed]:
    with wide([as_operator(namespace)]):
        return list(Deed.objects.filter(namespace_id=namespace.pk, verb=verb).order_by("at"))


def test_nobody_gets_in_without_signing_in(db):
    answer = Client().get(GRAINS)
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/login?next=%2Fadmin%2Fgrains%2Fgrain%2F"


def test_a_password_alone_opens_nothing(alice):
    user = somebody(roles={alice.namespace: Role.ADMIN}, enrolled=False)
    assert signed_in(user).get(GRAINS).headers["Location"].startswith("/login")


def test_who_is_not_staff_stays_outside(alice):
    user = somebody(staff=False, roles={alice.namespace: Role.ADMIN})
    assert signed_in(user).get(GRAINS).status_code == 302


def test_a_member_sees_the_memories_of_their_namespace(alice, ada):
    alice.store("the safe code is 4711")
    assert "the safe code is 4711" in ada.get(GRAINS)


def test_the_first_page_shows_what_there_is(ada):
    page = ada.get("/admin/")
    assert ada.last.status_code == 200
    assert GRAINS in page


@pytest.mark.parametrize("path", ["/admin", "/admin/login/", "/admin/password_change/"])
def test_the_admins_own_ways_lead_to_ours(ada, path):
    ada.get(path)
    assert ada.last.status_code in {301, 302}


def test_a_page_leaves_a_deed_in_every_namespace_in_view(alice, bob):
    operator = visitor(operator=True)
    operator.bring_into_view(alice.namespace, bob.namespace)
    operator.get(GRAINS)
    for namespace in (alice.namespace, bob.namespace):
        (deed,) = deeds(namespace, "console.view")
        assert deed.actor == f"user:{operator.user.pk}"
        assert deed.detail["page"] == "grains_grain_changelist"


def test_an_operator_sees_no_namespace_that_they_did_not_choose(alice, bob, chief):
    alice.store("alice's fact")
    bob.store("bob's fact")
    assert "fact" not in chief.get(GRAINS)
    chief.post("/admin/namespaces-in-view/", namespace=str(alice.namespace.pk))
    page = chief.get(GRAINS)
    assert "alice&#x27;s fact" in page
    assert "bob" not in page


def test_a_member_cannot_bring_a_foreign_namespace_into_view(alice, bob, ada):
    bob.store("bob's fact")
    ada.post("/admin/namespaces-in-view/", namespace=str(bob.namespace.pk))
    assert "fact" not in ada.get(GRAINS)
    assert bob.namespace.name not in ada.get("/admin/namespaces-in-view/")


def test_a_page_runs_only_scripts_from_our_files(ada):
    ada.get("/admin/")
    policy = ada.last.headers["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval'" in policy
    assert "default-src 'none'" in policy


def test_settings_are_shown_to_operators_with_secrets_masked(ada, chief, settings):
    settings.EMBEDDING_API_KEY = "sk-very-secret"
    assert ada.get("/admin/settings-in-force/") is not None
    assert ada.last.status_code == 403
    page = chief.get("/admin/settings-in-force/")
    assert "EMBEDDING_API_KEY" in page
    assert "sk-very-secret" not in page
    assert settings.SECRET_KEY not in page
    assert settings.DATABASES["default"]["PASSWORD"] not in page


def test_django_writes_no_history_of_its_own(chief, alice):
    from django.contrib.admin.models import LogEntry

    chief.post("/admin/accounts/namespace/add/", name=f"{alice.namespace.name}-two")
    assert chief.last.status_code == 302
    assert not LogEntry.objects.exists()


def test_static_files_of_the_console_are_served(ada: Visitor):
    for path in ("unfold/css/styles.css", "unfold/js/alpine/alpine.js", "console/console.css", "admin/js/core.js"):
        assert ada.client.get(f"/static/{path}").status_code == 200
