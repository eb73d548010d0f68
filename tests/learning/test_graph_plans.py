"""Statements on the way of a recall or a feedback stay on their indexes, however large the tables."""

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from accounts.door import tenant
from learning import remembered, shortcuts, stakes
from learning.propagation import lead_sql, onward_sql
from learning.services import feedback
from retrieval.services import feedback as ratings
from tests.people import Person

STATEMENTS = {
    "changes": remembered.CHANGES_SQL,
    "conduits of entries": remembered.ENTRIES_SQL,
    "conduits of grains": remembered.GRAINS_SQL,
    "wordings": f"{remembered.WORDINGS_SQL} AND entry = ANY(%s)",
    "ids": f"{remembered.IDS_SQL} AND number = ANY(%s)",
    "lead": lead_sql(),
    "onward": onward_sql(),
    "stakes held": stakes.HELD_SQL,
    "rated grains": feedback.RATED_SQL,
    "said": ratings.SAID_SQL,
    "shortcuts": shortcuts.APART_SQL,
}


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


@pytest.mark.parametrize("name", list(STATEMENTS))
def test_no_table_is_scanned(alice: Person, name: str) -> None:
    count = itertools.count(1)
    numbered = re.sub("%s", lambda _: f"${next(count)}", STATEMENTS[name]).replace("%%", "%")
    with tenant(alice.caller), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # cheap while a table is as small as here
        cursor.execute(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {numbered}")
        plan = cursor.fetchone()[0][0]["Plan"]
    read = [node for node in nodes(plan) if "Relation Name" in node]
    assert read
    assert all(
        "Index" in node["Node Type"] or node["Node Type"] == "Bitmap Heap Scan" or node["Node Type"] == "ModifyTable"
        for node in read
    )
