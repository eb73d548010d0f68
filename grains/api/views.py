"""memoryOSS's memory API: store, update, forget, inspect, list."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.idempotency import idempotent
from accounts.api.views import MemoryView, parsed
from accounts.errors import Invalid
from accounts.scopes import Scope
from grains.api import serializers as shape
from grains.api.render import page_json, peeked_json
from grains.drafts import Draft
from grains.filters import Filter
from grains.selectors import grain_inspect, grain_list
from grains.services.custody import grains_pin, grains_unpin
from grains.services.forget import grain_forget
from grains.services.store import Stored, grain_store, grain_store_batch
from grains.services.update import Change, grain_update


class StoreView(MemoryView):
    """Remember one thing."""

    scope = Scope.STORE

    @extend_schema(request=shape.StoreIn, responses=shape.StoredOut)
    @idempotent
    def post(self, request: Request) -> Response:
        """Store a memory; an exact repeat answers with the memory that is there."""
        return Response(
            _stored_json(grain_store(caller=self.caller, draft=self._draft(parsed(shape.StoreIn, request))))
        )

    def _draft(self, wanted: dict[str, Any]) -> Draft:
        self.caller.require_namespace(wanted.pop("namespace", None))
        return Draft(**wanted)


class StoreBatchView(StoreView):
    """Remember many things at once."""

    @extend_schema(request=shape.BatchIn, responses=shape.BatchOut)
    @idempotent
    def post(self, request: Request) -> Response:
        """Store up to 1,000 memories, all or none."""
        drafts = [self._draft(wanted) for wanted in parsed(shape.BatchIn, request)["memories"]]
        stored = grain_store_batch(caller=self.caller, drafts=drafts)
        return Response({"stored": [_stored_json(one) for one in stored]})


class UpdateView(MemoryView):
    """Change a memory."""

    scope = Scope.UPDATE

    @extend_schema(request=shape.UpdateIn, responses=shape.UpdatedOut)
    @idempotent
    def patch(self, request: Request) -> Response:
        """Change fields of a memory; new content becomes a new version."""
        wanted = parsed(shape.UpdateIn, request)
        self.caller.require_namespace(wanted.pop("namespace", None))
        id_, if_version = wanted.pop("id"), wanted.pop("if_version", None) or _if_match(request)
        grain = grain_update(caller=self.caller, id=id_, change=Change(**wanted), if_version=if_version)
        updated = {"id": str(grain.id), "version": grain.version, "updated_at": grain.updated_at}
        return Response(updated, headers={"ETag": f'"{grain.version}"'})


def _if_match(request: Request) -> int | None:
    """The version in If-Match; None without one, or for any ("*"). Raises Invalid for what was never an ETag here."""
    given = request.META.get("HTTP_IF_MATCH", "*").strip()
    if given == "*":
        return None
    number = given.removeprefix('"').removesuffix('"')
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise Invalid("If-Match must be an ETag of this memory.", field="If-Match")
    return int(number)


class ForgetView(MemoryView):
    """Forget memories."""

    scope = Scope.FORGET

    @extend_schema(request=shape.ForgetIn, responses={200: shape.ForgottenOut})
    @idempotent
    def delete(self, request: Request) -> Response:
        """Erase the memories named by ids, or else those that match every given condition."""
        wanted = parsed(shape.ForgetIn, request)
        self.caller.require_namespace(wanted.pop("namespace", None))
        ids = wanted.pop("ids", [])
        return Response({"deleted": grain_forget(caller=self.caller, ids=ids, where=Filter(**wanted))})


class PinView(MemoryView):
    """Keep automatic changes off memories."""

    scope = Scope.UPDATE

    @extend_schema(request=shape.PinIn, responses=shape.PinnedOut)
    @idempotent
    def post(self, request: Request) -> Response:
        """Pin memories, or take the pins out: retention, summaries, merges and updates leave pinned ones alone."""
        wanted = parsed(shape.PinIn, request)
        self.caller.require_namespace(wanted.get("namespace"))
        pinned = wanted.get("pinned", True)
        change = grains_pin if pinned else grains_unpin
        return Response({"pinned": pinned, "changed": change(caller=self.caller, ids=wanted["ids"])})


def uuid_of(text: str) -> UUID:
    """The id in an address. Raises BadId."""
    try:
        return UUID(text)
    except ValueError as error:
        raise BadId("invalid UUID", field="id") from error


class BadId(Invalid):
    """An address with something that is no UUID."""

    status = 400


class PeekView(MemoryView):
    """Look at one memory from afar."""

    scope = Scope.RECALL

    @extend_schema(responses=shape.PeekOut)
    def get(self, request: Request, id: str) -> Response:
        """Metadata, size and beginning of one memory of the key's namespace."""
        memory = grain_inspect(caller=self.caller, id=uuid_of(id)).memory
        headers = {"ETag": f'"{memory.grain.version}"'}
        return Response(peeked_json(memory, self.caller.namespace), headers=headers)


class ListView(MemoryView):
    """Page through memories."""

    scope = Scope.RECALL

    @extend_schema(parameters=[shape.ListIn], responses=shape.ListOut)
    def get(self, request: Request) -> Response:
        """The memories that match, newest first."""
        wanted = parsed(shape.ListIn, request.query_params.dict())
        self.caller.require_namespace(wanted.pop("namespace", None))
        limit, after = wanted.pop("limit", 100), wanted.pop("cursor", None)
        tags = [tag for tag in wanted.pop("tags", "").split(",") if tag]
        page = grain_list(caller=self.caller, where=Filter(tags=tags, **wanted), limit=limit, after=after)
        return Response(page_json(page, self.caller.namespace, wanted.get("agent"), wanted.get("session")))


def _stored_json(stored: Stored) -> dict[str, Any]:
    duplicate = {"duplicate": True} if stored.duplicate else {}
    return {"id": str(stored.id), "version": stored.version, **duplicate}
