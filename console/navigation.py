"""The console's menu: what a person may see, in the order of their work."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from console.viewer import viewer_of

# (title, [(label, symbol, model as app_model)]); a model that is not there, or not theirs to see, has no line.
MENU = (
    (
        "Memory",
        (
            ("Grains", "grain", "grains_grain"),
            ("Clusters", "bubble_chart", "learning_cluster"),
            ("Conduits", "conversion_path", "learning_conduit"),
            ("Recalls", "manage_search", "console_traceline"),
        ),
    ),
    (
        "What was done",
        (
            ("Deeds", "history_edu", "console_deedline"),
            ("Journal", "undo", "learning_journalentry"),
            ("Job runs", "play_circle", "learning_run"),
            ("Alerts", "notifications", "learning_alert"),
            ("Contradictions", "call_split", "learning_dispute"),
            ("Retention", "auto_delete", "learning_retentionrule"),
        ),
    ),
    (
        "Access",
        (
            ("Namespaces", "deployed_code", "accounts_namespace"),
            ("Members", "group", "accounts_membership"),
            ("People", "person", "accounts_user"),
            ("Invitations", "mail", "people_onetimelink"),
            ("Keys", "key", "accounts_apikey"),
            ("Webhooks", "webhook", "accounts_webhook"),
            ("Deliveries", "outbox", "accounts_delivery"),
        ),
    ),
    (
        "Instance",
        (
            ("Schedules", "schedule", "django_celery_beat_periodictask"),
            ("Intervals", "timer", "django_celery_beat_intervalschedule"),
            ("Crontabs", "calendar_month", "django_celery_beat_crontabschedule"),
        ),
    ),
)


def _page(title: str, symbol: str, name: str) -> dict[str, Any]:
    return {"title": title, "icon": symbol, "link": reverse(f"admin:{name}")}


# Pages that belong to no model, by the part of the menu that they close; the last one is for operators.
PAGES = {
    "Memory": [("Review queue", "rule", "review"), ("Health signals", "monitor_heart", "health")],
    "What was done": [("Check the logs", "verified", "chain")],
    "Instance": [("Settings in force", "tune", "settings_in_force")],
}


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """unfold's menu for this person."""
    from console.site import site  # noqa: PLC0415 (the settings name this function)

    shown = {f"{one._meta.app_label}_{one._meta.model_name}": admin for one, admin in site._registry.items()}  # noqa: SLF001 (Django's documented meta API)
    groups = []
    for title, lines in MENU:
        items = [
            {"title": label, "icon": symbol, "link": reverse(f"admin:{model}_changelist")}
            for label, symbol, model in lines
            if model in shown and shown[model].has_view_permission(request)
        ]
        if title in PAGES and (title != "Instance" or viewer_of(request).operates):
            items += [_page(*one) for one in PAGES[title]]
        if items:
            groups.append({"title": title, "separator": True, "items": items})
    return [{"items": [_page("Namespaces in view", "visibility", "namespaces_in_view")]}, *groups]
