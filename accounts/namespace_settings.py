"""Settings that a namespace may have of its own: which there are, and which value holds.

`garner.toml` < environment < the namespace's own value, in the table of overrides. Each app registers its own here,
beside the code that reads them; docs/settings.md lists them all, and a test keeps it so.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from threading import Lock
from typing import Any, Generic, TypeVar, cast, overload

from cachetools import TTLCache
from django.conf import settings

from accounts.door import Caller, tenant
from accounts.errors import Invalid
from accounts.models import NamespaceOverride
from text.normal import unstorable

T = TypeVar("T", bool, int, float, str)
TEXT_CHARS = 1000
REMEMBER_SECONDS = 4.0  # how long a process trusts what it has read; a change holds everywhere within 5 s


@dataclass(frozen=True, slots=True)
class Between:
    """Numbers from `least` to `most`, both included."""

    least: float
    most: float


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of these texts."""

    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NamespaceSetting(Generic[T]):
    """A setting that a namespace may override.

    `default_from` is the name of the Django setting whose value holds otherwise, or a function that tells it.
    `operators_only` ones (what a tenant may use up) are set by `manage.py namespace set`, not by its own admins.
    """

    name: str
    type: type[T]
    default_from: str | Callable[[], T]
    bounds: Between | OneOf | None
    help: str
    operators_only: bool = False

    @property
    def default(self) -> T:
        """The instance's value, which holds where a namespace has none of its own."""
        if callable(self.default_from):
            return self.default_from()
        return cast("T", getattr(settings, self.default_from))

    def checked(self, value: Any) -> T:
        """`value` as this setting's type. Raises Invalid for another type and for what is out of bounds."""
        whole_as_number = self.type is float and type(value) is int
        if not (type(value) is self.type or whole_as_number):
            raise Invalid(f"{self.name} must be {_KINDS[self.type]}.", field=self.name)
        if isinstance(value, str) and (len(value) > TEXT_CHARS or unstorable(value)):
            raise Invalid(f"{self.name} has at most {TEXT_CHARS} characters, and no NUL.", field=self.name)
        if isinstance(self.bounds, OneOf) and value not in self.bounds.choices:
            raise Invalid(f"{self.name} must be one of {', '.join(self.bounds.choices)}.", field=self.name)
        if isinstance(self.bounds, Between) and not (
            isfinite(value) and self.bounds.least <= value <= self.bounds.most
        ):
            raise Invalid(f"{self.name} must be {self.bounds.least:g} to {self.bounds.most:g}.", field=self.name)
        return self.type(value)

    def read(self, text: str) -> T:
        """The value that somebody typed. Raises Invalid."""
        try:
            value = _FLAGS[text.lower()] if self.type is bool else self.type(text)
        except (KeyError, ValueError) as error:
            raise Invalid(f"{self.name} must be {_KINDS[self.type]}.", field=self.name) from error
        return self.checked(value)


_KINDS: Mapping[type, str] = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
_FLAGS = {"1": True, "true": True, "on": True, "yes": True, "0": False, "false": False, "off": False, "no": False}
_registered: dict[str, NamespaceSetting[Any]] = {}


def register(setting: NamespaceSetting[T]) -> NamespaceSetting[T]:
    """Make a setting known; give it back, as what `setting_of` is asked with. Raises ValueError for a taken name."""
    if _registered.setdefault(setting.name, setting) is not setting:
        raise ValueError(f"There are two namespace settings called {setting.name}.")
    return setting


def registered() -> dict[str, NamespaceSetting[Any]]:
    """All of them by name, in alphabetical order."""
    return dict(sorted(_registered.items()))


def setting_named(name: str) -> NamespaceSetting[Any]:
    """The setting of this name. Raises Invalid when no namespace can have such a one."""
    if name not in _registered:
        raise Invalid(f"There is no setting '{name[:64]}' that a namespace may have of its own.", field=name[:64])
    return _registered[name]


_known: TTLCache[int, dict[str, Any]] = TTLCache(maxsize=10_000, ttl=REMEMBER_SECONDS, timer=time.monotonic)
_lock = Lock()


@overload
def setting_of(namespace_id: int, setting: NamespaceSetting[T]) -> T: ...
@overload
def setting_of(namespace_id: int, setting: str) -> Any: ...
def setting_of(namespace_id: int, setting: NamespaceSetting[Any] | str) -> Any:
    """The value that holds in a namespace: its own, else the instance's. At most 5 s old.

    Outside a door this opens one for the namespace, at most once in REMEMBER_SECONDS a process. Inside the door of
    another namespace it raises RuntimeError, as any second door does, unless it knows the answer.
    """
    known = setting if isinstance(setting, NamespaceSetting) else setting_named(setting)
    return overrides_of(namespace_id).get(known.name, known.default)


def overrides_of(namespace_id: int) -> Mapping[str, Any]:
    """The namespace's own values by name."""
    with _lock:
        own = _known.get(namespace_id)
    if own is None:
        own = _from_table(namespace_id)
        with _lock:
            _known[namespace_id] = own
    return own


def overrides_forget(namespace_id: int) -> None:
    """Read a namespace's values anew when they are asked for next: in this process at once."""
    with _lock:
        _known.pop(namespace_id, None)


def _from_table(namespace_id: int) -> dict[str, Any]:
    """Values that the registry knows and still allows: a bound may have narrowed since one was set."""
    own = {}
    with tenant(Caller(namespace_id, "", "settings", frozenset()), durable=False):
        rows = list(NamespaceOverride.objects.filter(namespace_id=namespace_id).values_list("name", "value"))
    for name, value in rows:
        try:
            own[name] = setting_named(name).checked(value)
        except Invalid:
            continue
    return own
