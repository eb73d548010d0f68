"""What people decide about grains: put them away, bring them back, keep automatic changes off them."""

from collections.abc import Sequence
from uuid import UUID

from django.db import IntegrityError

import clock
from accounts.deeds import deed_append
from accounts.door import Caller, tenant
from accounts.errors import Conflict, NotFound
from accounts.scopes import Scope
from grains.models import Grain, Status


def grains_quarantine(*, caller: Caller, ids: Sequence[UUID]) -> int:
    """Put grains where no recall finds them; return how many were not there yet. Raises Forbidden."""
    return _change(caller, ids, "grain.quarantine", status=Status.QUARANTINED)


def grains_restore(*, caller: Caller, ids: Sequence[UUID]) -> int:
    """Make grains active again, whatever they were; return how many were not.

    Raises Forbidden, and Conflict when another active memory says the same as one of them: then none is restored.
    """
    try:
        return _change(caller, ids, "grain.restore", status=Status.ACTIVE)
    except IntegrityError as error:
        raise Conflict("Another active memory says the same already.", field="ids") from error


def grains_pin(*, caller: Caller, ids: Sequence[UUID]) -> int:
    """Keep automatic changes off grains; return how many were not pinned yet. Raises Forbidden, NotFound."""
    return _change_all(caller, ids, "grain.pin", pinned=True)


def grains_unpin(*, caller: Caller, ids: Sequence[UUID]) -> int:
    """Let automatic changes touch grains again; return how many were pinned. Raises Forbidden, NotFound."""
    return _change_all(caller, ids, "grain.unpin", pinned=False)


def _change_all(caller: Caller, ids: Sequence[UUID], verb: str, **change: object) -> int:
    """_change() of grains that are all there, or of none. Raises NotFound."""
    with tenant(caller):
        mine = Grain.objects.filter(namespace_id=caller.namespace_id, pk__in=ids)
        there = set(mine.values_list("pk", flat=True))
        if missing := [id_ for id_ in ids if id_ not in there]:
            raise NotFound(f"There is no memory {missing[0]}.", field="ids")
        return _change(caller, ids, verb, **change)


def _change(caller: Caller, ids: Sequence[UUID], verb: str, **change: object) -> int:
    """Set one field of those grains that have another value there; a deed names them."""
    caller.require(Scope.UPDATE)
    with tenant(caller):
        mine = Grain.objects.filter(namespace_id=caller.namespace_id, pk__in=ids).exclude(**change)
        changing = list(mine.order_by("number").select_for_update().values_list("pk", flat=True))
        if changing:
            Grain.objects.filter(pk__in=changing).update(**change, updated_at=clock.now())
            deed_append(caller=caller, verb=verb, subjects=changing)
    return len(changing)
