"""/v1/admin/settings: an admin reads and changes what the own namespace has set."""

import pytest

from accounts.scopes import Role

PATH = "/v1/admin/settings"


def by_name(answer):
    return {setting["name"]: setting for setting in answer["settings"]}


def test_an_admin_sees_every_setting_with_its_bounds(alice):
    answer = alice.call("get", PATH)
    assert answer["namespace"] == alice.namespace.name
    assert by_name(answer)["memex_half_life_days"] == {
        "name": "memex_half_life_days",
        "value": 30.0,
        "default": 30.0,
        "own": False,
        "operators_only": False,
        "help": "After how many days the memex dialect's recency has halved.",
        "minimum": 0.01,
        "maximum": 36500,
    }
    assert "memex" in by_name(answer)["default_profile"]["choices"]


def test_an_admin_sets_some_and_takes_them_back(alice, bob):
    changed = alice.call("patch", PATH, {"memex_half_life_days": 7, "default_profile": "memex"})
    assert {n for n, s in by_name(changed).items() if s["own"]} == {"memex_half_life_days", "default_profile"}
    assert by_name(bob.call("get", PATH))["default_profile"]["value"] == ""
    back = alice.call("patch", PATH, {"memex_half_life_days": None})
    assert by_name(back)["memex_half_life_days"]["value"] == 30.0
    assert by_name(back)["default_profile"]["value"] == "memex"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"nothing": 1}, 422, "nothing"),
        ({"memex_half_life_days": "7"}, 422, "memex_half_life_days"),
        ({"memex_half_life_days": 0}, 422, "memex_half_life_days"),
        ({"default_profile": "best"}, 422, "default_profile"),
        ({"default_profile": {"a": 1}}, 422, "default_profile"),
        ({"grains_per_minute": 0}, 403, "grains_per_minute"),
        ({}, 422, None),
        ([], 422, None),
        (["default_profile"], 422, None),
    ],
)
def test_what_cannot_be_set_is_refused(alice, body, status, field):
    answer = alice.call("patch", PATH, body)
    assert (alice.last.status_code, answer["field"]) == (status, field)
    assert not any(setting["own"] for setting in alice.call("get", PATH)["settings"])


@pytest.mark.parametrize("role", [Role.READER, Role.WRITER])
@pytest.mark.parametrize("method", ["get", "patch"])
def test_it_is_for_admins(alice, role, method):
    alice.with_role(role).call(method, PATH, {"default_profile": "memex"} if method == "patch" else None)
    other = alice.with_role(role)
    other.call(method, PATH)
    assert other.last.status_code == 403


def test_without_a_key_there_is_nothing(alice):
    alice.call("get", PATH, authorization="")
    assert alice.last.status_code == 401
