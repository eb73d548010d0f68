"""Django's name for this app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The app `accounts`."""

    name = "accounts"

    def ready(self) -> None:
        """Register the system checks and the settings that a namespace may have of its own."""
        from accounts import (  # noqa: F401, PLC0415 (importing it is registering them)
            checks,
            outbox,
            retention,
        )
        from accounts.services import backpressure, keys, quotas  # noqa: F401, PLC0415 (likewise)
        from accounts.webhooks import endpoints, events  # noqa: PLC0415

        outbox.register(events.CONSUMER)
        endpoints.secrets_hold()
