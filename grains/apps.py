"""Django's name for this app."""

from django.apps import AppConfig


class GrainsConfig(AppConfig):
    """The app `grains`."""

    name = "grains"

    def ready(self) -> None:
        """Register the settings that a namespace may have of its own."""
        from grains import room  # noqa: F401, PLC0415 (importing it is registering them)
