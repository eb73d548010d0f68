"""Every row of the three seeds' endpoint tables: asked as its clients ask, answered with its shape and its codes."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from accounts.scopes import Role
from tests.people import Person

UNKNOWN = "00000000-0000-7000-8000-000000000000"
MEMEX_MEMORY = {"id", "agent_id", "user_id", "content", "importance", "memory_type", "created_at", "score"}
PAIR = {"agent_id": "a", "user_id": "u"}
STORED = {"id", "version"}


@dataclass(frozen=True)
class Row:
    """One line of a table: a request that succeeds with these fields, and requests that are refused so."""

    method: str
    path: str
    body: Any
    status: int
    fields: set[str]
    refused: dict[int, tuple[str, Any]] = field(default_factory=dict)  # status: (path, body)
    scope: Role = Role.READER  # the smallest role that may
    open: bool = False


MEMORYOSS = [
    Row("get", "/health", None, 200, {"status", "memory_mode", "total_memories"}, open=True),
    Row("get", "/v1/source", None, 200, {"license", "source", "version"}, open=True),
    Row("post", "/v1/store", {"content": "One."}, 200, STORED, {422: ("/v1/store", {})}, Role.WRITER),
    Row(
        *("post", "/v1/store/batch", {"memories": [{"content": "One."}, {"content": "Two."}]}, 200, {"stored"}),
        {400: ("/v1/store/batch", {"memories": []})},
        Role.WRITER,
    ),
    Row("post", "/v1/recall", {"query": "x"}, 200, {"memories"}, {422: ("/v1/recall", {})}),
    Row(
        *("post", "/v1/recall/batch", {"queries": [{"query": "x"}]}, 200, {"results"}),
        {400: ("/v1/recall/batch", {"queries": []})},
    ),
    Row(
        *("patch", "/v1/update", {"id": "{id}", "tags": ["a"]}, 200, {"id", "version", "updated_at"}),
        {404: ("/v1/update", {"id": UNKNOWN, "tags": ["a"]})},
        Role.WRITER,
    ),
    Row(
        *("post", "/v1/feedback", {"id": "{id}", "action": "confirm"}, 200),
        {"id", "status", "confidence", "evidence_count", "last_verified_at"},
        {404: ("/v1/feedback", {"id": UNKNOWN, "action": "confirm"})},
        Role.WRITER,
    ),
    Row(
        *("delete", "/v1/forget", {"ids": ["{id}"]}, 200, {"deleted"}),
        {422: ("/v1/forget", {})},
        Role.ADMIN,
    ),
    Row(
        *("get", "/v1/inspect/{id}", None, 200),
        {"id", "content", "tags", "agent", "session", "namespace", "memory_type", "status", "version", "created_at",
         "updated_at", "confidence", "evidence_count", "last_verified_at", "superseded_by", "has_embedding",
         "trust_score", "low_trust", "age_hours"},
        {400: ("/v1/inspect/x", None), 404: (f"/v1/inspect/{UNKNOWN}", None)},
    ),
    Row(
        *("get", "/v1/peek/{id}", None, 200),
        {"id", "agent", "session", "namespace", "tags", "memory_type", "created_at", "updated_at", "content_bytes"},
        {404: (f"/v1/peek/{UNKNOWN}", None)},
    ),
    Row("get", "/v1/memories", None, 200, {"namespace", "agent", "session", "count", "memories"}),
]  # fmt: skip
MEMEX = [
    Row(
        *("post", "/v1/memories", {**PAIR, "content": "One."}, 201, MEMEX_MEMORY),
        {422: ("/v1/memories", PAIR)},
        Role.WRITER,
    ),
    Row(
        *("post", "/v1/memories/search", {**PAIR, "query": "x"}, 200, {"results", "query", "total"}),
        {422: ("/v1/memories/search", {**PAIR, "query": "x", "top_k": 51})},
    ),
    Row(
        *("delete", "/v1/memories/{memex}?agent_id=a", None, 204, set()),
        {404: (f"/v1/memories/{UNKNOWN}?agent_id=a", None), 422: ("/v1/memories/x?agent_id=a", None)},
        Role.WRITER,
    ),
    Row(
        *("get", "/v1/memories/count?agent_id=a&user_id=u", None, 200, {"agent_id", "user_id", "count"}),
        {422: ("/v1/memories/count", None)},
    ),
    Row("get", "/health", None, 200, {"status", "db", "version"}, open=True),
    Row("get", "/", None, 200, {"service", "version", "docs"}, open=True),
    Row("get", "/openapi.json", None, 200, {"openapi", "paths"}, open=True),
]
FLUX = [
    Row("get", "/", None, 200, {"name", "version", "health", "docs", "endpoints"}, open=True),
    Row(
        *("post", "/store", {"content": "One.", "provenance": "user_stated"}, 200, {"grain_id", "status"}),
        {422: ("/store", {"content": ""})},
        Role.WRITER,
    ),
    Row(
        *("post", "/store/batch", {"items": [{"content": "One."}]}, 200, {"grain_ids", "count"}),
        {422: ("/store/batch", {"items": [{"content": "x"}] * 101})},
        Role.WRITER,
    ),
    Row(
        *("post", "/retrieve", {"query": "x"}, 200),
        {"grains", "trace_id", "confidence", "fallback_triggered", "hop_count", "features", "expansion_candidates"},
        {422: ("/retrieve", {})},
    ),
    Row(
        *("post", "/feedback", {"trace_id": "{trace}", "grain_id": "{id}", "useful": True}, 200),
        {"status", "trace_id", "grain_id", "action", "signal"},
        {422: ("/feedback", {})},
        Role.WRITER,
    ),
    Row(
        *("post", "/feedback/batch", {"items": [{"trace_id": "{trace}", "grain_id": "{id}", "useful": True}]}, 200),
        {"status", "count", "results"},
        {422: ("/feedback/batch", {"items": [{}]})},
        Role.WRITER,
    ),
    Row("get", "/pending_feedback", None, 200, {"caller_id", "pending_traces", "expected", "received", "missing"}),
    Row("get", "/grains?status=active&limit=50", None, 200, {"grains"}, {422: ("/grains?status=lost", None)}),
    Row(
        *("get", "/health", None, 200),
        {"status", "signals", "active_warnings", "caller_feedback", "caller_provenance", "computed_at"},
        open=True,
    ),
]
SEEDS = {"memoryoss": MEMORYOSS, "memex": MEMEX, "flux": FLUX}
ROWS = [(dialect, row) for dialect, rows in SEEDS.items() for row in rows]
each_row = pytest.mark.parametrize(
    ("dialect", "row"), ROWS, ids=[f"{dialect} {row.method} {row.path}" for dialect, row in ROWS]
)


@pytest.fixture
def made(alice: Person) -> dict[str, str]:
    """Something to speak of: a memory, one of memex's, and a recall."""
    id_ = alice.store("The code of the safe is 4711.")["id"]
    memex = alice.call("post", "/v1/memories", {**PAIR, "content": "The door is green."})["id"]
    return {"{id}": id_, "{memex}": memex, "{trace}": alice.recalled("code")["trace_id"]}


def filled(value: Any, made: dict[str, str]) -> Any:
    """The request with the ids in it."""
    if isinstance(value, dict):
        return {name: filled(inner, made) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, made) for inner in value]
    for name, id_ in made.items():
        value = value.replace(name, id_) if isinstance(value, str) else value
    return value


@each_row
def test_a_row_answers_with_its_code_and_fields(alice, made, dialect, row):
    answer = alice.call(row.method, filled(row.path, made), filled(row.body, made))
    assert alice.last.status_code == row.status, answer
    assert row.fields <= set(answer or {})


@each_row
def test_a_row_refuses_as_its_table_says(alice, dialect, row):
    for status, (path, body) in row.refused.items():
        answer = alice.call(row.method, path, body)
        assert alice.last.status_code == status, answer
        assert set(answer) == ({"error", "code", "field"} if dialect == "memoryoss" else {"detail"})


@each_row
def test_a_row_asks_for_a_key_and_for_a_role(alice, made, dialect, row):
    path, body = filled(row.path, made), filled(row.body, made)
    alice.call(row.method, path, body, authorization="")
    assert alice.last.status_code == (row.status if row.open else 401)
    for role in (Role.READER, Role.WRITER):
        person = alice.with_role(role)
        person.call(row.method, path, body)
        may = row.open or row.scope in {Role.READER, role}
        assert (person.last.status_code == 403) is not may
        if may:
            break
