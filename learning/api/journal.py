"""The journal for a namespace's admins: what was changed automatically, and undoing it."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.fields import Flag, Identity, Text
from accounts.api.views import MemoryView, parsed
from accounts.errors import NotFound
from accounts.scopes import Scope
from learning.journal import Undone, journal_undo
from learning.journal.selectors import PAGE, journal_page
from learning.models import JournalEntry


class JournalIn(serializers.Serializer[Any]):
    """Which entries."""

    kind = Text(required=False, help_text="merge, summary, archive, undo, ...")
    run = Identity(required=False, help_text="Those of one run of a job.")
    subject = Identity(required=False, help_text="Those about one memory.")
    before = Identity(required=False, help_text="The id of the last entry seen: older ones follow.")
    limit = serializers.IntegerField(required=False, min_value=1, max_value=PAGE)


class EntryOut(serializers.Serializer[Any]):
    """One automatic change: what it was about, why, and each value before and after, by aspect and id."""

    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    kind = serializers.CharField()
    actor = serializers.CharField()
    run = serializers.UUIDField(allow_null=True)
    subjects = serializers.ListField(child=serializers.UUIDField())
    cause = serializers.DictField()
    before = serializers.DictField()
    after = serializers.DictField()
    undoes = serializers.UUIDField(allow_null=True)
    undone_at = serializers.DateTimeField(allow_null=True)
    undone_by = serializers.UUIDField(allow_null=True)


class JournalOut(serializers.Serializer[Any]):
    """Entries, the newest first."""

    entries = EntryOut(many=True)


class UndoIn(serializers.Serializer[Any]):
    """How to undo."""

    dry_run = Flag(required=False, help_text="Only say whether and what it would put back.")


class UndoneOut(serializers.Serializer[Any]):
    """What was put back."""

    id = serializers.UUIDField()
    undo = serializers.UUIDField(allow_null=True, help_text="The entry that tells of it.")
    restored = serializers.IntegerField()
    gone = serializers.IntegerField(help_text="Things that are no longer there, and stay so.")
    already = serializers.BooleanField(help_text="It had been undone before.")
    dry_run = serializers.BooleanField()


class JournalView(MemoryView):
    """What was changed automatically."""

    scope = Scope.ADMIN

    @extend_schema(parameters=[JournalIn], responses=JournalOut)
    def get(self, request: Request) -> Response:
        """The journal of the key's namespace."""
        found = journal_page(caller=self.caller, **parsed(JournalIn, request.query_params.dict()))
        return Response({"entries": [entry_json(entry) for entry in found]})


class UndoView(MemoryView):
    """Undo an automatic change."""

    scope = Scope.ADMIN

    @extend_schema(request=UndoIn, responses=UndoneOut)
    def post(self, request: Request, id: str) -> Response:
        """Put back what the entry changed; 409 when something else has changed it since."""
        dry_run = bool(parsed(UndoIn, request).get("dry_run"))
        undone = journal_undo(caller=self.caller, id=_entry_id(id), dry_run=dry_run)
        return Response({**undone_json(undone), "dry_run": dry_run})


def entry_json(entry: JournalEntry) -> dict[str, Any]:
    """An entry as callers see it."""
    plain = ("at", "kind", "actor", "run", "cause", "before", "after", "undoes", "undone_at", "undone_by")
    subjects = [str(subject) for subject in entry.subjects]
    return {"id": str(entry.pk), "subjects": subjects, **{name: getattr(entry, name) for name in plain}}


def undone_json(undone: Undone) -> dict[str, Any]:
    """What undoing did, as callers see it."""
    return {
        "id": str(undone.entry.pk),
        "undo": str(undone.undo) if undone.undo else None,
        "restored": undone.restored,
        "gone": undone.gone,
        "already": undone.already,
    }


def _entry_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("There is no such entry in the journal.", field="id") from None
