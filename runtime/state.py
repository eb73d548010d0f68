"""What `manage.py up` tells `status` and `down`: a small file, replaced as a whole."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from runtime.children import ChildState
from runtime.locks import FileLock, is_held
from runtime.paths import Home


@dataclass(frozen=True, slots=True)
class UpState:
    """The running `up`: its process id, when it started (ISO 8601, UTC), where it serves, and its
    children.
    """

    pid: int
    since: str
    url: str
    children: Sequence[ChildState]


def write_state(home: Home, state: UpState) -> None:
    """Replace the state file."""
    document = {
        "pid": state.pid,
        "since": state.since,
        "url": state.url,
        "children": [child.as_json() for child in state.children],
    }
    fresh = home.state.with_suffix(".new")
    fresh.write_text(json.dumps(document, indent=1))
    fresh.replace(home.state)


def read_state(home: Home) -> UpState | None:
    """The state of the `up` that runs on this home; None when none does.

    The lock decides, not the file: it is given back by the kernel when its holder dies.
    """
    if not is_held(home.up_lock):
        return None
    holder = FileLock(home.up_lock).holder()
    try:
        document = json.loads(home.state.read_text())
        state = UpState(
            pid=int(document["pid"]),
            since=str(document["since"]),
            url=str(document["url"]),
            children=tuple(ChildState(**child) for child in document["children"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        state = None
    if state and state.pid == holder:
        return state
    return UpState(pid=holder or 0, since="", url="", children=())  # it has just begun
