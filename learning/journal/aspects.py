"""What can be put back. Each aspect reads (and locks) and writes values by id, inside the open door.

The fields of a grain are here; other modules add theirs with `aspect` when the app is ready.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.door import Caller
from accounts.errors import NotFound
from grains.models import Grain, Status, Vitals
from grains.services.status import status_set

Value = str | int | float | bool | None
Values = Mapping[str, Value]
Read = Callable[[Caller, Sequence[str]], dict[str, Value]]
Write = Callable[[Caller, Values], None]

_aspects: dict[str, "Aspect"] = {}


@dataclass(frozen=True, slots=True)
class Aspect:
    """`read` answers for the ids that still exist, and locks them; `write` sets them.

    A value of None in `before` means that the change made the thing: `write` gets None and puts it away.
    """

    name: str
    read: Read
    write: Write


def aspect(name: str, read: Read, write: Write) -> None:
    """Declare an aspect. Raises ValueError for a taken name."""
    if name in _aspects:
        raise ValueError(f"There are two aspects '{name}'.")
    _aspects[name] = Aspect(name, read, write)


def aspect_find(name: str) -> Aspect:
    """The aspect of this name, or NotFound (of a version of Garner that is not this one)."""
    try:
        return _aspects[name]
    except KeyError:
        raise NotFound(f"This version does not know how to undo '{name}'.") from None


def plain(value: object) -> Value:
    """A value as the journal holds it: ids and moments as text. Raises ValueError for anything that may be content."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str) and len(value) <= 64 and len(value.split()) <= 1:
        return str(value)
    raise ValueError(f"The journal holds ids and numbers, not {type(value).__name__}.")


def _grains(caller: Caller, ids: Sequence[str]) -> list[Grain]:
    mine = Grain.objects.filter(namespace_id=caller.namespace_id, id__in=ids)
    return list(mine.order_by("number").select_for_update())


def _field(name: str) -> tuple[Read, Write]:
    def read(caller: Caller, ids: Sequence[str]) -> dict[str, Value]:
        return {str(grain.id): plain(getattr(grain, name)) for grain in _grains(caller, ids)}

    def write(caller: Caller, values: Values) -> None:
        for id_, value in values.items():
            Grain.objects.filter(namespace_id=caller.namespace_id, id=id_).update(**{name: value})

    return read, write


def _status_write(caller: Caller, values: Values) -> None:
    """A grain that the change made is archived, not erased: undoing loses nothing either."""
    status_set(caller=caller, statuses={UUID(i): Status(str(value or Status.ARCHIVED)) for i, value in values.items()})


def _confirmed_read(caller: Caller, ids: Sequence[str]) -> dict[str, Value]:
    numbers = {grain.number: str(grain.id) for grain in _grains(caller, ids)}
    vitals = Vitals.objects.filter(namespace_id=caller.namespace_id, grain_number__in=numbers)
    return {numbers[number]: confirmed for number, confirmed in vitals.values_list("grain_number", "confirmed")}


def _confirmed_write(caller: Caller, values: Values) -> None:
    for grain in _grains(caller, list(values)):
        mine = Vitals.objects.filter(namespace_id=caller.namespace_id, grain_number=grain.number)
        mine.update(confirmed=int(values[str(grain.id)] or 0))


aspect("grain.status", _field("status")[0], _status_write)
for _name in ("superseded_by", "valid_to", "confidence", "importance"):
    aspect(f"grain.{_name}", *_field(_name))
aspect("grain.confirmed", _confirmed_read, _confirmed_write)
