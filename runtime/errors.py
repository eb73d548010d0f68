"""What can go wrong while Garner's processes are started; each message is a sentence for the person who
started them.
"""

EX_CONFIG = 78
"""sysexits(3): something is configured wrongly; starting again without a change is useless."""


class RunError(Exception):
    """Garner cannot be started, stopped or kept running; the message says why in one sentence or two."""

    exit_code = 1


class ConfigurationError(RunError):
    """The settings, the home folder or the machine do not allow a start: retrying does not help."""

    exit_code = EX_CONFIG


class AlreadyRunning(RunError):
    """Another live process owns the same home."""


class ServerFailed(RunError):
    """An embedded server did not come up, or did not stop, in time."""
