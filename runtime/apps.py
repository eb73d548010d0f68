"""Django's registration of the runtime app: it has commands, no models."""

from django.apps import AppConfig


class RuntimeConfig(AppConfig):
    """The embedded default and its commands."""

    name = "runtime"
