"""Sessions in the database, with their owner, so that they can be listed and ended."""

from datetime import timedelta
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest

import clock
from accounts.attempts import address_of
from accounts.people.models import BrowserSession

SEEN_EVERY = timedelta(minutes=1)  # `last_seen_at` is written at most this often
ORIGIN = "origin"  # the session's key for where it came from


class SessionStore(DatabaseStore):
    """Django's engine on our table: a row carries its user, address and browser beside the data."""

    row: BrowserSession | None = None

    @classmethod
    def get_model_class(cls) -> Any:
        """Our table."""
        return BrowserSession

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """The row of this session's data."""
        instance: Any = super().create_model_instance(data)
        origin = data.get(ORIGIN, {})
        instance.user_id = int(data["_auth_user_id"]) if "_auth_user_id" in data else None
        instance.address, instance.agent = origin.get("address", ""), origin.get("agent", "")
        if self.row is not None:
            instance.began_at = self.row.began_at
        return instance

    def _get_session_from_db(self) -> Any:
        self.row = super()._get_session_from_db()  # type: ignore[misc] # a documented point of Django's, untyped
        return self.row

    def seen(self) -> None:
        """Note that the session is in use."""
        moment = clock.now()
        if self.row is not None and moment - self.row.last_seen_at > SEEN_EVERY:
            BrowserSession.objects.filter(pk=self.row.pk).update(last_seen_at=moment)


def origin_note(request: HttpRequest) -> None:
    """Write into the session where it comes from: the peer's address, never what a header claims."""
    agent = request.META.get("HTTP_USER_AGENT", "")
    request.session[ORIGIN] = {"address": address_of(request), "agent": agent[:256]}
