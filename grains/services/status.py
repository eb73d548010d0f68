"""Where grains stand in their life: the one place that moves them, so that active contents stay unique."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.door import Caller
from accounts.errors import Conflict
from grains.models import Grain, Status


def status_set(*, caller: Caller, statuses: Mapping[UUID, Status]) -> int:
    """Give grains of the caller's namespace these statuses, inside the open door; return how many there are.

    Ids of no grain are skipped. The caller of this writes the deed. Raises Conflict, with nothing changed, when
    another active memory says the same as one that would become active.
    """
    mine = Grain.objects.filter(namespace_id=caller.namespace_id)
    grains = list(mine.filter(id__in=list(statuses)).order_by("number").select_for_update())
    for grain in grains:
        grain.status = statuses[grain.id]
    # Those that leave first: they may be the twins of those that come.
    leaving = [grain for grain in grains if grain.status != Status.ACTIVE]
    coming = [grain for grain in grains if grain.status == Status.ACTIVE]
    try:
        with transaction.atomic():
            for some in (leaving, coming):
                Grain.objects.bulk_update(some, ["status"], batch_size=500)
    except IntegrityError as error:
        raise Conflict(f"Another active memory says the same{_twin(caller, coming)}.", field="id") from error
    return len(grains)


def _twin(caller: Caller, coming: Sequence[Grain]) -> str:
    """Which one, for the sentence: the first active grain with the identity of one that would come."""
    same = Q(pk__in=[])
    for grain in coming:
        same |= Q(agent=grain.agent, user=grain.user, author=grain.author, content_mac=grain.content_mac)
    active = Grain.objects.filter(same, namespace_id=caller.namespace_id, status=Status.ACTIVE)
    twin = active.exclude(id__in=[grain.id for grain in coming]).values_list("id", flat=True).first()
    return f": {twin}" if twin else ""
