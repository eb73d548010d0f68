"""Django's name for this app."""

from django.apps import AppConfig


class LearningConfig(AppConfig):
    """The app `learning`."""

    name = "learning"

    def ready(self) -> None:
        """Declare the jobs, what the journal can put back, and the checks."""
        from learning import checks, jobs, journal  # noqa: F401, PLC0415 (importing them is declaring)
