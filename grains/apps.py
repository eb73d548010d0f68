"""Django's name for this app."""

from django.apps import AppConfig


class GrainsConfig(AppConfig):
    """The app `grains`."""

    name = "grains"
