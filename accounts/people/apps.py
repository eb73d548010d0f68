"""Django's name for this app."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """The app `people`, a part of accounts with migrations of its own."""

    name = "accounts.people"
    label = "people"

    def ready(self) -> None:
        """Have the keyring's rotation seal authenticators' secrets anew."""
        from accounts.people.models import TotpDevice, context_of  # noqa: PLC0415 (models come after apps)
        from accounts.vault import Held, hold  # noqa: PLC0415 (likewise)

        hold(Held(TotpDevice, "sealed_key", lambda device: context_of(device.user_id), tenant=False))
