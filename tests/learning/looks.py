"""Looking at a namespace's health at chosen moments, without a warm-up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

from tests.learning.background import done
from tests.people import Person

LOOK = timedelta(minutes=15)


class Clock:
    """A moment that moves on with every look."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def look(self, person: Person, times: int = 1) -> dict[str, Any]:
        """The signals by name, after so many looks."""
        for _ in range(times):
            self.now += LOOK
            with time_machine.travel(self.now, tick=False):
                done(person, "health")
        return {one["name"]: one for one in self.shown(person)["signals"]}

    def shown(self, person: Person, hours: int = 24) -> Any:
        with time_machine.travel(self.now, tick=False):
            return person.call("get", f"/v1/admin/health?hours={hours}")


def unwarmed(person: Person, **settings: Any) -> Person:
    person.call("patch", "/v1/admin/settings", {"health_warm_up": 0, **settings})
    return person
