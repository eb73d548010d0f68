"""Django's name for this app."""

from django.apps import AppConfig


class LearningConfig(AppConfig):
    """The app `learning`."""

    name = "learning"

    def ready(self) -> None:
        """Declare the jobs, what the journal can put back, what reads the outbox, the checks, and the channel."""
        from accounts import outbox  # noqa: PLC0415
        from learning import (  # noqa: F401, PLC0415 (importing them is declaring)
            checks,
            consolidation,
            jobs,
            journal,
            switches,
        )
        from learning.channel import GraphChannel  # noqa: PLC0415
        from learning.clusters import job as clusters  # noqa: F401, PLC0415
        from learning.clusters.candidates import ClusterMates  # noqa: PLC0415
        from learning.clusters.expansion import beside  # noqa: PLC0415
        from learning.contradiction import job, queue  # noqa: F401, PLC0415
        from learning.health import job as health  # noqa: F401, PLC0415
        from learning.journal import retention as journal_retention  # noqa: F401, PLC0415
        from learning.lifecycle import revival  # noqa: F401, PLC0415
        from learning.retention import job as retention  # noqa: F401, PLC0415
        from learning.use import folding, promotion, tidying  # noqa: F401, PLC0415
        from learning.wiring import job as wiring  # noqa: F401, PLC0415
        from learning.wiring import queue as unwired  # noqa: PLC0415
        from retrieval import channels, expansion, followers  # noqa: PLC0415

        outbox.register(queue.CONSUMER)
        outbox.register(unwired.CONSUMER)
        channels.register(GraphChannel())
        expansion.register(beside)
        followers.register(ClusterMates())
