"""Django's name for this app."""

from django.apps import AppConfig


class RetrievalConfig(AppConfig):
    """The app `retrieval`."""

    name = "retrieval"

    def ready(self) -> None:
        """Register the settings that a namespace may have of its own."""
        from retrieval import rerank, scoring  # noqa: F401, PLC0415 (importing it is registering them)
