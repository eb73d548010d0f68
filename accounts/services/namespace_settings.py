"""Give a namespace settings of its own, and take them back."""

from collections.abc import Mapping
from typing import Any

import clock
from accounts.deeds import deed_append
from accounts.door import Caller, tenant
from accounts.errors import Forbidden, Invalid
from accounts.models import NamespaceOverride
from accounts.namespace_settings import overrides_forget, overrides_of, setting_named

CHANGES = 100  # settings of one call


def settings_change(*, caller: Caller, changes: Mapping[str, Any], as_operator: bool = False) -> None:
    """Set the caller's namespace's own values by name, all or none; None takes one back to the instance's.

    Raises Invalid for an unknown name or a value out of bounds, and Forbidden for what only the operator sets.
    """
    if not 1 <= len(changes) <= CHANGES:
        raise Invalid(f"Name 1 to {CHANGES} settings.")
    checked = {name: _checked(name, value, as_operator=as_operator) for name, value in changes.items()}
    taken_back = [name for name, value in checked.items() if value is None]
    given = {name: value for name, value in checked.items() if value is not None}
    with tenant(caller):
        before = dict(_stored(caller).filter(name__in=checked).values_list("name", "value"))
        _stored(caller).filter(name__in=taken_back).delete()
        NamespaceOverride.objects.bulk_create(
            [_row(caller, name, value) for name, value in given.items()],
            update_conflicts=True,
            unique_fields=["namespace", "name"],
            update_fields=["value", "changed_at", "changed_by"],
        )
        deed_append(caller=caller, verb="settings.change", subjects=[], detail={"from": before, "to": checked})
    overrides_forget(caller.namespace_id)


def own_settings(*, caller: Caller) -> dict[str, Any]:
    """The namespace's own values by name, as the table has them now."""
    overrides_forget(caller.namespace_id)
    return dict(overrides_of(caller.namespace_id))


def _checked(name: str, value: Any, *, as_operator: bool) -> Any:
    setting = setting_named(name)
    if setting.operators_only and not as_operator:
        raise Forbidden(f"Only the operator of the instance sets {name}.", field=name)
    return None if value is None else setting.checked(value)


def _stored(caller: Caller) -> Any:
    return NamespaceOverride.objects.filter(namespace_id=caller.namespace_id)


def _row(caller: Caller, name: str, value: Any) -> NamespaceOverride:
    return NamespaceOverride(
        namespace_id=caller.namespace_id, name=name, value=value, changed_at=clock.now(), changed_by=caller.subject
    )
