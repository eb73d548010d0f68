"""Django's name for this app."""

from django.apps import AppConfig


class RetrievalConfig(AppConfig):
    """The app `retrieval`."""

    name = "retrieval"
