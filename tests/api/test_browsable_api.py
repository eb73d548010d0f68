"""The API as pages: browsers get HTML and sign in by session, programs get JSON and pay nothing for it."""

from datetime import timedelta

import pytest
from django.test import Client

import clock
from accounts.models import User
from accounts.people.models import BrowserSession
from accounts.scopes import Role
from accounts.tasks import sessions_clear
from tests.visitors import signed_in
from tests.visitors import somebody as member

HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def staff(alice) -> User:
    return member(roles={alice.namespace: Role.WRITER})


def post(client: Client, path: str, body: object, **headers: str):
    return client.post(path, body, content_type="application/json", headers=headers)


@pytest.fixture
def browser(staff) -> Client:
    return signed_in(staff)


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/plain, */*"])
def test_programs_get_json(alice, accept):
    alice.call("get", "/v1/memories", accept=accept)
    assert alice.last["Content-Type"] == "application/json"


def test_a_browser_gets_a_page(browser, alice):
    alice.store("the safe code is 4711")
    page = browser.get("/v1/memories", headers=HTML)
    assert page.status_code == 200
    assert page["Content-Type"] == "text/html; charset=utf-8"
    assert "the safe code is 4711" in page.content.decode()


def test_a_page_of_an_endpoint_that_takes_posts_has_a_form(browser):
    page = browser.get("/v1/recall", headers=HTML)
    assert page.status_code == 405
    assert '<textarea name="_content"' in page.content.decode()


def test_a_page_has_no_form_for_what_the_person_may_not_do(alice):
    reader = member(roles={alice.namespace: Role.READER})
    page = signed_in(reader).get("/v1/store", headers=HTML)
    assert page.status_code == 403
    assert '<textarea name="_content"' not in page.content.decode()


def test_stored_text_is_never_markup(browser, alice):
    alice.store("<script>alert(1)</script> <img src=x onerror=alert(1)>")
    page = browser.get("/v1/memories", headers=HTML).content.decode()
    assert "<script>alert" not in page
    assert "<img" not in page


def test_a_page_may_run_only_our_scripts(browser):
    page = browser.get("/v1/memories", headers=HTML)
    assert "script-src 'self'" in page["Content-Security-Policy"]
    assert "unsafe-inline" not in page["Content-Security-Policy"].split("style-src")[0]


def test_a_member_acts_with_the_scopes_of_their_role(browser):
    assert post(browser, "/v1/store", {"content": "stored by a person"}).status_code == 200
    assert browser.delete("/v1/forget", {"tags": ["x"]}, content_type="application/json").status_code == 403


def test_a_member_of_several_namespaces_has_to_name_one(alice, bob):
    both = signed_in(member(roles={alice.namespace: Role.READER, bob.namespace: Role.READER}))
    assert both.get("/v1/memories").status_code == 403
    assert both.get(f"/v1/memories?namespace={bob.namespace.name}").json()["namespace"] == bob.namespace.name
    header = {"x-namespace": alice.namespace.name}
    assert both.get("/v1/memories", headers=header).json()["namespace"] == alice.namespace.name


def test_a_member_cannot_name_a_namespace_of_others(browser, bob):
    assert browser.get(f"/v1/memories?namespace={bob.namespace.name}").status_code == 403


def test_somebody_without_membership_reads_nothing(db):
    assert signed_in(member()).get("/v1/memories").status_code == 403


def test_a_session_changes_nothing_without_the_csrf_token(staff):
    strict = signed_in(staff, enforce_csrf_checks=True)
    assert post(strict, "/v1/store", {"content": "forged"}).status_code == 403
    strict.get("/v1/store", headers=HTML)  # the page sets the token
    token = strict.cookies["csrftoken"].value
    assert post(strict, "/v1/store", {"content": "meant"}, **{"x-csrftoken": token}).status_code == 200


def test_only_staff_browse_in_production(alice):
    person = member(staff=False, roles={alice.namespace: Role.WRITER})
    assert signed_in(person).get("/v1/memories").status_code == 401


def test_every_member_browses_while_debugging(alice, settings):
    settings.BROWSABLE_API = "debug"
    person = member(staff=False, roles={alice.namespace: Role.WRITER})
    assert signed_in(person).get("/v1/memories").status_code == 200


def test_when_it_is_off_browsers_get_json_and_sessions_count_for_nothing(browser, settings):
    settings.BROWSABLE_API = "off"
    answer = browser.get("/v1/memories", headers=HTML)
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/json"


def test_a_session_with_a_password_alone_counts_for_nothing(alice):
    person = member(roles={alice.namespace: Role.ADMIN}, enrolled=False)
    assert signed_in(person).get("/v1/memories").status_code == 401


def test_a_request_with_a_key_never_touches_a_session(alice, staff):
    client = signed_in(staff)
    answer = client.get("/v1/memories", headers={"authorization": "Bearer gk_unknown"})
    assert answer.status_code == 401
    assert not answer.cookies


def test_sessions_that_are_over_are_dropped(staff):
    over, still = signed_in(staff), signed_in(staff)
    ended = BrowserSession.objects.filter(pk=over.cookies["sessionid"].value)
    ended.update(expire_date=clock.now() - timedelta(seconds=1))
    sessions_clear()
    assert not ended.exists()
    assert still.get("/v1/memories").status_code == 200


@pytest.mark.parametrize(
    "path", ["/v1/memories", "/v1/store", "/v1/admin/keys", "/v1/inspect/x", "/grains", "/retrieve"]
)
@pytest.mark.parametrize("header", ["Bearer gk_wrong", "Basic YTpi", "Bearer a.b.c"])
def test_a_wrong_key_is_refused_with_a_page_too(db, path, header):
    page = Client(raise_request_exception=False).get(path, headers={**HTML, "authorization": header})
    assert page.status_code == 401
    assert page["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("path", ["/v1/memories", "/grains", "/pending_feedback", "/v1/clusters"])
def test_a_namespace_of_others_is_refused_with_a_page_too(browser, bob, path):
    browser.raise_request_exception = False
    page = browser.get(f"{path}?namespace={bob.namespace.name}", headers=HTML)
    assert page.status_code == 403
    assert "You belong to no such namespace." in page.content.decode()
