"""An operator's way through the pages in a real browser: from create_admin to a purge and a restore."""

import io
import re
import sys

import pytest
from django.core.management import call_command

from accounts.models import User
from tests.browser.conftest import Window
from tests.visitors import PASSWORD, code_now, code_unused

pytestmark = pytest.mark.slow
REFUSED = "status of 429"  # what a browser's console says of a lock-out


@pytest.fixture
def chief(window, alice, monkeypatch) -> User:
    """An operator as `manage.py create_admin` makes one."""
    name = f"chief-{alice.namespace.name}"
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))
    call_command("create_admin", name, stdout=io.StringIO())
    return User.objects.get(username=name)


def give_password(window: Window, user: User, secret: str = PASSWORD) -> None:
    window.page.fill("#id_username", user.username)
    window.page.fill("#id_password", secret)
    window.page.click("button[type=submit]")


def give_code(window: Window, code: str) -> None:
    window.page.fill("#id_code", code)
    window.page.click("button[type=submit]")


def enrol(window: Window, user: User) -> list[str]:
    """Password, QR code, first code; the recovery codes."""
    window.open("/admin/")
    give_password(window, user)
    window.page.wait_for_selector("img.qr")
    window.picture("enrolment")
    give_code(window, code_now(user, confirmed=False))
    window.page.wait_for_selector("ol.codes")
    window.picture("recovery-codes")
    return window.page.locator("ol.codes code").all_inner_texts()


def sign_out(window: Window) -> None:
    window.open("/account")
    window.page.click("text=Sign out here")
    window.page.wait_for_url("**/login")


def grow_stale(user: User) -> None:
    """Let the last code be too old for what destroys, in all sessions of this person."""
    from accounts.people.sessions import SessionStore

    for row in user.browser_sessions.all():
        store = SessionStore(row.session_key)
        store.pop("verified_at", None)
        store.save()


def bring_into_view(window: Window, namespace) -> None:
    window.open("/admin/namespaces-in-view/")
    window.page.check(f'input[name=namespace][value="{namespace.pk}"]')
    window.page.click("text=Bring into view")
    window.page.wait_for_selector("text=These namespaces are in view now.")


def test_from_create_admin_to_purge_and_restore(window, alice, chief):
    alice.store("the cat is called Mimi")
    kept = alice.store("the safe code is 4711", author="Ada")["id"]
    codes = enrol(window, chief)
    assert len(codes) == 10
    window.page.click("text=I have kept them")
    window.page.wait_for_selector("text=Namespaces in view")
    bring_into_view(window, alice.namespace)
    window.open("/admin/")
    window.picture("console")
    assert alice.namespace.name in window.text

    window.open("/admin/grains/grain/?q=what+opens+the+safe")
    window.picture("search")
    window.page.click("text=the safe code is 4711")
    window.page.wait_for_selector("text=Version 1")
    window.picture("memory")
    window.page.click(".garner-deeds button:has-text('Quarantine')")
    window.page.click("button:has-text('Quarantine')")
    window.page.wait_for_selector("text=1 done")
    assert alice.recall("safe code") != ["the safe code is 4711"]
    window.open(f"/admin/grains/grain/{kept}/change/")
    window.page.click(".garner-deeds button:has-text('Restore')")
    window.page.click("button:has-text('Restore')")
    window.page.wait_for_selector("text=1 done")
    assert alice.recall("safe code")[0] == "the safe code is 4711"

    grow_stale(chief)
    window.open(f"/admin/grains/grain/{kept}/change/")
    window.page.click(".garner-deeds button:has-text('Purge')")
    window.page.wait_for_selector("text=takes a fresh code")
    window.picture("purge-asks-for-a-code")
    window.page.fill("input[name=code]", "000000")
    window.page.click("button:has-text('Purge')")
    window.page.wait_for_selector("text=That code is not right")
    window.picture("purge-wrong-code")
    window.page.fill("input[name=code]", code_unused(chief))
    window.page.click("button:has-text('Purge')")
    window.page.wait_for_selector("text=1 done")
    assert "the safe code is 4711" not in alice.recall("safe code")
    window.open("/admin/console/deedline/?q=forget")
    window.picture("deeds")
    assert kept in window.text


def test_a_row_is_ticked_and_an_operation_chosen_from_the_list(window, alice, chief):
    alice.store("the safe code is 4711")
    enrol(window, chief)
    bring_into_view(window, alice.namespace)
    window.open("/admin/grains/grain/")
    window.page.check("tbody input.action-select >> nth=0")
    window.picture("ticked")
    window.page.select_option("select[name=action]", "quarantine")
    window.page.click("#changelist-actions button:has-text('Run')")
    window.page.click("button:has-text('Quarantine')")
    window.page.wait_for_selector("text=1 done")
    assert alice.recall("safe code") == []


def test_wrong_code_recovery_code_and_lock_out(window, chief):
    codes = enrol(window, chief)
    sign_out(window)
    give_password(window, chief)
    give_code(window, "000000")
    window.page.wait_for_selector("text=That code is not right")
    window.picture("wrong-code")
    give_code(window, codes[0])
    window.page.wait_for_selector("text=Namespaces in view")
    sign_out(window)
    give_password(window, chief)
    give_code(window, codes[0])  # a second time
    window.page.wait_for_selector("text=That code is not right")
    for _ in range(5):
        window.open("/login")
        give_password(window, chief, "not the password")
    window.page.wait_for_selector("text=Try again in 15 minutes")
    window.picture("lock-out")
    window.open("/login")
    give_password(window, chief)
    assert "Try again in 15 minutes" in window.text
    assert window.problems
    assert all(REFUSED in problem for problem in window.problems)
    window.problems.clear()


def test_a_lost_phone_is_replaced_by_otp_reset(window, chief):
    enrol(window, chief)
    call_command("otp_reset", chief.username, stdout=io.StringIO())
    window.open("/admin/")
    assert "Sign in" in window.text  # out at once
    assert len(enrol(window, chief)) == 10


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/login", "Sign in"),
        ("/login/forgot", "Ask an operator"),
        ("/docs", "/v1/recall"),
        ("/redoc", "Long-term memory for AI agents"),
    ],
)
def test_public_pages_render_without_a_complaint_of_the_browser(window, path, told):
    window.open(path)
    window.page.get_by_text(told).first.wait_for()
    window.picture(path.strip("/").replace("/", "-"))


def test_every_page_of_the_menu_renders(window, alice, chief):
    alice.store("the safe code is 4711")
    alice.recall("safe code")
    enrol(window, chief)
    bring_into_view(window, alice.namespace)
    links = sorted(set(re.findall(r'href="(/admin/[a-z_/-]+/)"', window.page.content())))
    assert len(links) > 12
    for path in ["/account", "/v1/memories", "/admin/accounts/apikey/add/", *links]:
        window.open(path)
        window.picture(re.sub("[^a-z0-9]+", "-", path).strip("-"))
        assert "Internal error" not in window.text
    window.page.emulate_media(color_scheme="dark")
    for path in ("/account", "/admin/grains/grain/"):
        window.open(path)
        window.picture("dark-" + re.sub("[^a-z]+", "-", path).strip("-"))
