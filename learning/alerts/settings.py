"""Whom to tell, which a namespace may set for itself."""

from accounts.namespace_settings import NamespaceSetting, register

ALERT_EMAILS = register(
    NamespaceSetting(
        "alert_emails", str, "ALERT_EMAILS", None, "Addresses, separated by commas, that are told when a signal fires."
    )
)
