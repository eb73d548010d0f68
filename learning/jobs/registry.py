"""Which jobs there are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from accounts.door import Caller
from accounts.errors import NotFound

if TYPE_CHECKING:
    from learning.jobs.work import Work

Perform = Callable[["Work"], None]
Wanted = Callable[[Caller, datetime], bool]

_jobs: dict[str, "Job"] = {}


@dataclass(frozen=True, slots=True)
class Job:
    """A job's name, how often beat asks for it unless the operator says otherwise, and what it does.

    `wanted` says cheaply whether the namespace has anything to do; without it every round is a run.
    """

    name: str
    every: timedelta
    about: str
    perform: Perform
    wanted: Wanted | None = None


def job(name: str, *, every: timedelta, wanted: Wanted | None = None) -> Callable[[Perform], Perform]:
    """Declare the decorated function a job; the first line of its docstring says to people what it is for.

    The module must be imported when the app is ready (LearningConfig.ready). Raises ValueError for a taken name.
    """

    def declare(perform: Perform) -> Perform:
        if name in _jobs:
            raise ValueError(f"There are two jobs '{name}'.")
        _jobs[name] = Job(name, every, (perform.__doc__ or name).partition("\n")[0], perform, wanted)
        return perform

    return declare


def jobs() -> Mapping[str, Job]:
    """All jobs by name."""
    return MappingProxyType(_jobs)


def job_find(name: str) -> Job:
    """The job of this name, or NotFound."""
    try:
        return _jobs[name]
    except KeyError:
        raise NotFound(f"There is no job '{name}'.", field="name") from None
