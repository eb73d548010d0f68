"""Lists of large namespaces: nothing counts a table, and a page costs the same number of queries whatever it shows."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

LISTS = ["/admin/grains/grain/", "/admin/console/deedline/", "/admin/console/traceline/", "/admin/learning/conduit/"]


def statements(visitor, path: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        visitor.get(path)
    assert visitor.last.status_code == 200
    return [query["sql"] for query in captured.captured_queries]


@pytest.mark.parametrize("path", LISTS)
def test_a_list_counts_no_table(path, ada, alice):
    alice.store("one")
    asked = statements(ada, path)
    assert asked
    assert not [sql for sql in asked if "count(" in sql.lower()]


def test_fifty_memories_cost_no_more_queries_than_one(ada, alice):
    alice.store("one")
    few = len(statements(ada, LISTS[0]))
    alice.store_batch(*({"content": f"fact {n}"} for n in range(60)))
    many = statements(ada, LISTS[0])
    assert len(many) == few
    assert [sql for sql in many if "LIMIT 50" in sql or "LIMIT 51" in sql]


def test_the_last_page_ends(ada, alice):
    alice.store_batch(*({"content": f"fact {n}"} for n in range(60)))
    assert ada.get(LISTS[0], p=2).count("action-select") >= 10
    assert "fact" not in ada.get(LISTS[0], p=40)
    assert ada.last.status_code in {200, 302}
