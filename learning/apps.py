"""Django's name for this app."""

from django.apps import AppConfig


class LearningConfig(AppConfig):
    """The app `learning`."""

    name = "learning"
