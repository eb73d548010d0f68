"""Resources of every profile: a grain, a trace, the memory's health. JSON, marked as data."""

from typing import Any
from uuid import UUID

import pydantic_core

import clock
from accounts.door import Caller
from accounts.errors import Invalid
from accounts.scopes import Scope
from grains.api.render import inspected_json
from grains.selectors import grain_inspect
from mcp_bridge.registry import resource
from mcp_bridge.rendering import explanation_shape, health_shape
from mcp_bridge.shapes import DATA_NOTE


@resource("garner://grain/{id}", scope=Scope.RECALL, title="A memory")
def grain(caller: Caller, id: str) -> str:
    """One memory with everything that is known of it."""
    found = inspected_json(grain_inspect(caller=caller, id=_uuid(id)), caller.namespace, clock.now())
    return _json({"note": DATA_NOTE, **found})


@resource("garner://trace/{id}", scope=Scope.RECALL, title="A recall's receipt")
def trace(caller: Caller, id: str) -> str:
    """Why a recall returned what it did: query, decision, and each result with its signals."""
    return _json(explanation_shape(caller, _uuid(id)))


@resource("garner://health", scope=Scope.RECALL, title="The memory's health")
def health(caller: Caller) -> str:
    """What is stored, and how the last day's recalls went."""
    return _json(health_shape(caller))


def _json(document: Any) -> str:
    return pydantic_core.to_json(document, indent=2).decode()


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid("That is not an id.", field="id") from error
