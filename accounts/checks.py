"""Our own system checks: values that can be no setting always, unsafe ones with `manage.py check --deploy`."""

from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution

from embedding.service import BACKENDS

RERANKERS = ("", "sentence-transformers", "cohere", "tei")
BROWSABLE = ("staff", "off", "debug")


@register
def networks(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """GARNER_WEBHOOK_PRIVATE_NETWORKS is a list of networks."""
    return [
        Error(f"GARNER_WEBHOOK_PRIVATE_NETWORKS: {text} is no network such as 10.0.0.0/8.", id="garner.E004")
        for text in settings.WEBHOOK_PRIVATE_NETWORKS
        if not _is_network(text)
    ]


@register
def values(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Settings that are a choice have one of its values."""
    choices = [
        ("garner.E001", "GARNER_BROWSABLE_API", settings.BROWSABLE_API, BROWSABLE),
        ("garner.E003", "GARNER_RERANKER", settings.RERANKER, RERANKERS),
        ("garner.E002", "GARNER_EMBEDDING_BACKEND", settings.EMBEDDING_BACKEND, BACKENDS),
    ]
    return [
        Error(f"{name} must be one of {', '.join(one or 'nothing' for one in known)}.", id=code)
        for code, name, value, known in choices
        if value not in known
    ]


@register(Tags.security, deploy=True)
def production(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Settings that are right for trying things out and wrong where others can reach the instance."""
    return [problem for unsafe, problem in _production() if unsafe]


def _production() -> list[tuple[bool, CheckMessage]]:
    exposed = bool(settings.PUBLIC_URL) or not _is_loopback(settings.GARNER_HOST)
    return [
        (settings.DEBUG, Error("GARNER_DEBUG shows errors with their values to callers.", id="garner.E010")),
        ("*" in settings.ALLOWED_HOSTS, Error("GARNER_ALLOWED_HOSTS allows any Host.", id="garner.E011")),
        (
            settings.OPEN_LOOPBACK and exposed,
            Error(
                "GARNER_OPEN_LOOPBACK on an instance that others reach: a proxy that adds no X-Forwarded-* header "
                "would let everybody in as a writer of 'default'.",
                id="garner.E012",
            ),
        ),
        (
            settings.BROWSABLE_API == "debug",
            Error("GARNER_BROWSABLE_API=debug lets people browse who are not staff.", id="garner.E013"),
        ),
        (
            settings.EMBEDDING_BACKEND == "deterministic",
            Error("GARNER_EMBEDDING_BACKEND=deterministic understands no meaning: it is for tests.", id="garner.E014"),
        ),
        ("*" in settings.TRUSTED_PROXIES, Error("GARNER_TRUSTED_PROXIES believes anybody.", id="garner.E016")),
        (
            not settings.KEYRING_PATH.exists(),
            Error("There is no keyring yet: start Garner once, then back the file up.", id="garner.E015"),
        ),
        (
            settings.METRICS_OPEN and exposed,
            Caution("GARNER_METRICS_OPEN shows metrics to everybody who reaches the instance.", id="garner.W010"),
        ),
        (
            exposed and not settings.PUBLIC_URL.startswith("https://"),
            Caution("Keys travel in clear text unless GARNER_PUBLIC_URL is an https:// address.", id="garner.W011"),
        ),
        (
            settings.SESSION_COOKIE_SECURE and not settings.SECURE_HSTS_SECONDS,
            Caution("GARNER_HSTS_SECONDS=0: a browser may be led to plain HTTP once.", id="garner.W012"),
        ),
    ]


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _is_network(text: str) -> bool:
    try:
        return bool(ip_network(text))
    except ValueError:
        return False
