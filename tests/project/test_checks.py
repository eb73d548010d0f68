"""Unsafe production settings fail `manage.py check --deploy`."""

import pytest
from django.core.checks import run_checks


def found(*, deploy: bool = True) -> set[str]:
    """The ids of our own problems."""
    problems = run_checks(include_deployment_checks=deploy)
    return {str(problem.id) for problem in problems if str(problem.id).startswith("garner.")}


def test_the_defaults_are_safe():
    assert found() == set()


@pytest.mark.parametrize(
    ("problem", "unsafe"),
    [
        ("garner.E010", {"DEBUG": True}),
        ("garner.E011", {"ALLOWED_HOSTS": ["*"]}),
        ("garner.E012", {"OPEN_LOOPBACK": True, "PUBLIC_URL": "https://memory.example.org"}),
        ("garner.E012", {"OPEN_LOOPBACK": True, "GARNER_HOST": "0.0.0.0", "PUBLIC_URL": "https://x.example"}),
        ("garner.E013", {"BROWSABLE_API": "debug"}),
        ("garner.E014", {"EMBEDDING_BACKEND": "deterministic"}),
        ("garner.W010", {"METRICS_OPEN": True, "PUBLIC_URL": "https://memory.example.org"}),
        ("garner.W011", {"PUBLIC_URL": "http://memory.example.org"}),
        ("garner.W011", {"GARNER_HOST": "192.168.1.9"}),
    ],
)
def test_an_unsafe_setting_is_told(settings, problem, unsafe):
    for name, value in unsafe.items():
        setattr(settings, name, value)
    assert found() == {problem}
    assert found(deploy=False) == set()


def test_an_instance_without_a_keyring_is_not_ready_for_production(settings, tmp_path):
    settings.KEYRING_PATH = tmp_path / "none"
    assert found() == {"garner.E015"}


def test_open_loopback_on_an_unreachable_instance_is_fine(settings):
    settings.OPEN_LOOPBACK = True
    assert found() == set()


@pytest.mark.parametrize(
    ("name", "problem"),
    [("BROWSABLE_API", "garner.E001"), ("RERANKER", "garner.E003"), ("EMBEDDING_BACKEND", "garner.E002")],
)
def test_a_choice_that_does_not_exist_is_told_always(settings, name, problem):
    setattr(settings, name, "everybody")
    assert found(deploy=False) == {problem}
