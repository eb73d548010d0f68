"""For how long the logs are kept: the instance's days, and those of namespaces that have days of their own."""

from datetime import datetime, timedelta

from accounts.models import Namespace, NamespaceOverride
from accounts.namespace_settings import Between, NamespaceSetting, register
from accounts.operator import operator, scan
from accounts.outbox.models import DeadLetter
from accounts.webhooks.models import Delivery

MOST_DAYS = 36_500
DAYS = {
    "deeds": register(
        NamespaceSetting(
            name="deed_retention_days",
            type=int,
            default_from="DEED_RETENTION_DAYS",
            bounds=Between(0, MOST_DAYS),
            help="Days for which the log of changes is kept; 0: for good.",
            operators_only=True,  # it is evidence against a namespace's own admins too
        )
    ),
    "traces": register(
        NamespaceSetting(
            name="trace_retention_days",
            type=int,
            default_from="TRACE_RETENTION_DAYS",
            bounds=Between(0, MOST_DAYS),
            help="Days for which the receipts of recalls are kept; 0: for good.",
        )
    ),
}
DEAD_LETTERS = register(
    NamespaceSetting(
        name="dead_letter_retention_days",
        type=int,
        default_from="DEAD_LETTER_RETENTION_DAYS",
        bounds=Between(1, MOST_DAYS),
        help="Days for which work that was given up can be revived.",
    )
)


def days_kept() -> dict[str, int]:
    """The instance's days for each log."""
    return {log: setting.default for log, setting in DAYS.items()}


def overrides(log: str) -> dict[int, int]:
    """The days of namespaces that have their own for a log. As the operator."""
    return overrides_named(DAYS[log].name)


def overrides_named(name: str) -> dict[int, int]:
    """The values of a setting in namespaces that have one of their own. As the operator."""
    with operator(list(Namespace.objects.values_list("pk", flat=True))) as alias:
        own = NamespaceOverride.objects.using(alias).filter(name=name)
        return dict(own.values_list("namespace_id", "value"))


def dead_letters_sweep(now: datetime) -> int:
    """Drop dead letters past their retention; return how many. As the operator."""
    return _sweep(DeadLetter, "at", now)


def deliveries_sweep(now: datetime) -> int:
    """Drop webhooks' deliveries, of whatever state, past the retention of dead letters; return how many."""
    return _sweep(Delivery, "created_at", now)


def _sweep(model: type[DeadLetter] | type[Delivery], moment: str, now: datetime) -> int:
    own = overrides_named(DEAD_LETTERS.name)
    with scan() as alias:
        rows = model._default_manager.using(alias)  # noqa: SLF001 (Django's documented API)
        limit = {f"{moment}__lt": now - timedelta(days=DEAD_LETTERS.default)}
        counts = [rows.exclude(namespace_id__in=own).filter(**limit).delete()[0]]
        for namespace_id, days in own.items():
            limit = {f"{moment}__lt": now - timedelta(days=days)}
            counts.append(rows.filter(namespace_id=namespace_id, **limit).delete()[0])
    return sum(counts)
