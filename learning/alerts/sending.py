"""Alerts by e-mail. One that cannot be sent is tried again with the next looks, and what failed is written down."""

from collections.abc import Sequence

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from accounts.door import tenant
from accounts.namespace_settings import setting_of
from learning.alerts.settings import ALERT_EMAILS
from learning.health.metrics import ALERTS
from learning.health.signals import SIGNALS
from learning.jobs import Work
from learning.models import Alert, AlertState

ATTEMPTS = 5
SECONDS = 10  # for the mail server to answer
KEPT = 1000  # alerts of a namespace

log = structlog.get_logger(__name__)


def alerts_send(work: Work) -> None:
    """Send what waits in the work's namespace, each alert in a mail of its own; never in a transaction."""
    to = _addresses(setting_of(work.caller.namespace_id, ALERT_EMAILS))
    for alert in _waiting(work):
        state, error = _sent(alert, to, work.caller.namespace) if to else (AlertState.NOBODY, "")
        gone = state == AlertState.WAITING and alert.attempts + 1 >= ATTEMPTS
        with work.step():
            Alert.objects.filter(namespace_id=work.caller.namespace_id, pk=alert.pk).update(
                state=AlertState.FAILED if gone else state, attempts=alert.attempts + 1, error=error
            )
        ALERTS.labels(str(AlertState.FAILED if gone else state)).inc()


def _waiting(work: Work) -> list[Alert]:
    with tenant(work.caller):
        mine = Alert.objects.filter(namespace_id=work.caller.namespace_id)
        kept = mine.order_by("-at").values_list("at", flat=True)[KEPT : KEPT + 1]
        mine.filter(at__lte=kept[0]).delete() if kept else None
        return list(mine.filter(state=AlertState.WAITING).order_by("at"))


def _addresses(text: str) -> list[str]:
    return [address for part in text.split(",") if "@" in (address := part.strip())]


def _sent(alert: Alert, to: Sequence[str], namespace: str) -> tuple[AlertState, str]:
    message = EmailMessage(
        subject=f"[Garner] {alert.severity}: {alert.signal} in {namespace}",
        body=_body(alert, namespace),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=list(to),
        connection=get_connection(timeout=SECONDS),
        headers={"Message-ID": f"<{alert.pk}@garner>"},  # a repeat after a crash is one mail to a mail reader
    )
    try:
        message.send()
    except Exception as error:  # noqa: BLE001 (whatever a mail server or a resolver comes up with)
        log.warning("alert_not_sent", signal=alert.signal, error=type(error).__name__)
        return AlertState.WAITING, type(error).__name__
    return AlertState.SENT, ""


def _body(alert: Alert, namespace: str) -> str:
    signal = SIGNALS[alert.signal]
    return (
        f"{alert.signal} of the namespace {namespace} is {alert.value:.4g}; healthy is {signal.range}.\n\n"
        f"{signal.advice}\n\nSeen {alert.at:%Y-%m-%d %H:%M} UTC. GET /v1/admin/health has all signals, "
        "docs/operations.md what to do about each.\n"
    )
