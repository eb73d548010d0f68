"""The hot statements stay on their indexes in a large namespace, and the HNSW index finds what is nearest."""

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import numpy as np
import orjson
import psycopg
import pytest
from django.conf import settings as django_settings
from django.db import connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper

import clock
import embedding.service
from accounts.door import tenant
from accounts.operator import ALIAS
from embedding.backends.deterministic import DeterministicEncoder
from grains.drafts import Draft
from grains.filters import Filter
from grains.indexes import Tended, index_tend
from grains.services.store import grain_store_batch
from retrieval import arrays, candidates, known, sizes, traces, understanding
from retrieval.recall import recall
from retrieval.search import Search
from runtime.postgres import PostgresServer
from tests.people import Person

GRAINS = 3000
# What the planner believes in an instance of 5,000 namespaces: that row-level security leaves it a handful of rows.
CROWD = "ALTER TABLE grains_passage ALTER COLUMN namespace_id"
NAMES = ("Ana", "Ben", "Coco", "Dora", "Emil", "Fay", "Gil", "Hana", "Ivo", "June")
PLACES = ("Lisbon", "Oslo", "Rome", "Paris", "Bonn", "Kiel", "Graz", "Bern", "Lyon", "Cork", "Turin", "Porto")
THINGS = ("bicycle", "kettle", "parrot", "ladder", "violin", "lantern", "compass", "hammock", "teapot", "mirror")
DOINGS = ("sold", "bought", "lost", "found", "painted", "repaired", "borrowed", "hid", "broke", "polished")


def draft(n: int, rng: np.random.Generator) -> Draft:
    words = [str(rng.choice(pool)) for pool in (NAMES, DOINGS, THINGS, PLACES)]
    text = f"{words[0]} {words[1]} a {words[2]} in {words[3]} for {rng.integers(5, 500)} coins, receipt {n}."
    return Draft(text, author=words[0], session=f"s{n // 20}", agent=f"a{n % 40}", tags=[words[2]])


@pytest.fixture(scope="module")
def large(newcomer: Callable[..., Person], servers: PostgresServer) -> Iterator[Person]:
    """3,000 grains, stored by the real services with the encoder that costs nothing."""
    holder = newcomer("large")
    rng = np.random.default_rng(7)
    backend, django_settings.EMBEDDING_BACKEND = django_settings.EMBEDDING_BACKEND, "deterministic"
    embedding.service.reset()
    for start in range(0, GRAINS, 1000):
        grain_store_batch(caller=holder.caller, drafts=[draft(n, rng) for n in range(start, start + 1000)])
    with psycopg.connect(servers.superuser_dsn("garner"), autocommit=True) as superuser:
        superuser.execute(f"{CROWD} SET (n_distinct = 5000)")
        superuser.execute("ANALYZE")
        yield holder
        superuser.execute(f"{CROWD} RESET (n_distinct)")
        superuser.execute("ANALYZE grains_passage")
    django_settings.EMBEDDING_BACKEND = backend
    embedding.service.reset()


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[arrays.Statement]:
    """Every statement that a recall sends through the pipeline."""
    seen: list[arrays.Statement] = []

    def recording(wanted: Sequence[arrays.Statement], *, last: bool = False) -> Any:
        seen.extend(wanted)
        return arrays.pipelined(wanted, last=last)

    for module in (candidates, known, traces, understanding):
        monkeypatch.setattr(module, "pipelined", recording)
    return seen


def generic_plan(sql: str) -> dict[str, Any]:
    """The plan that a prepared statement gets: parameters unknown. Where an index can serve, none but it is taken:
    a scan of the whole table is cheap while one namespace is all there is in it."""
    count = itertools.count(1)
    numbered = re.sub("%s", lambda _: f"${next(count)}", sql).replace("%%", "%")
    arrays.pipelined([candidates.PREFER_ORDERED])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {numbered}")
        plan: dict[str, Any] = cursor.fetchone()[0][0]["Plan"]
    return plan


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


SMALL = {"accounts_namespace"}  # one row a tenant
SEARCHES = {
    "plain": Search("Who sold a violin in Oslo?"),
    "filtered": Search("Who sold a violin in Oslo?", where=Filter(agent="a7", tags=["violin"], metadata={"x": 1})),
    "as of": Search("Who sold a violin in Oslo?", as_of=clock.now(), where=Filter(session="s3")),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_no_hot_statement_reads_a_whole_table(large: Person, statements: list[arrays.Statement], name: str) -> None:
    sizes._sizes.clear()
    found = recall(caller=large.caller, search=SEARCHES[name], vectors=True)
    assert found.trace_id
    assert len(statements) >= 6
    for sql, _ in statements:
        with tenant(large.caller):
            whole = [node for node in nodes(generic_plan(sql)) if node["Node Type"] == "Seq Scan"]
        assert {node["Relation Name"] for node in whole} <= SMALL, sql


def test_what_results_replaced_is_found_by_its_index_though_sorting_is_off(
    large: Person, statements: list[arrays.Statement]
) -> None:
    recall(caller=large.caller, search=SEARCHES["plain"])
    (sql,) = [sql for sql, _ in statements if "superseded_by = grain.id" in sql]
    with tenant(large.caller):
        found = {node.get("Alias"): node for node in nodes(generic_plan(sql))}
    assert found["old"]["Index Name"] == "grain_superseded_by"
    assert found["grains_grain"]["Index Name"] == "grain_number"


def test_candidates_are_probed_one_by_one_also_where_all_is_vacuumed(
    large: Person, statements: list[arrays.Statement], servers: PostgresServer
) -> None:
    """An index that has all the columns asked for tempts the planner to read the namespace from end to end."""
    with psycopg.connect(servers.superuser_dsn("garner"), autocommit=True) as superuser:
        superuser.execute("VACUUM (FREEZE, ANALYZE) grains_grain")
    recall(caller=large.caller, search=Search("Who sold a violin in Oslo?"))
    (pool,) = [sql for sql, _ in statements if "What the ranking reads of the pool" in sql]
    with tenant(large.caller):
        probes = [node for node in nodes(generic_plan(pool)) if node.get("Relation Name") == "grains_grain"]
    assert len(probes) == 4
    for probe in probes:
        condition = probe["Index Cond"].replace("namespace_id", "")
        assert "number" in condition or "session_key" in condition, str(probe)


def test_the_statement_of_common_terms_stays_on_its_index(
    large: Person, statements: list[arrays.Statement], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "COMMON", 50)
    sizes._common.clear()
    recall(caller=large.caller, search=Search("receipt of the parrot"))
    kinds = [sql for sql, _ in statements if "LIMIT 200000" in sql or "common terms" in sql]
    assert len(kinds) == 2
    for sql in kinds:
        with tenant(large.caller):
            assert all(node["Node Type"] != "Seq Scan" for node in nodes(generic_plan(sql))), sql
    sizes._common.clear()


def test_common_terms_find_what_rare_ones_find(large: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def best() -> list[str]:
        sizes._common.clear()
        return large.recall("Who hid a compass in Graz?", limit=5)

    plain = best()
    monkeypatch.setattr(candidates, "COMMON", 50)
    assert best() == plain
    assert any("hid a compass in Graz" in content for content in plain)
    sizes._common.clear()


@pytest.fixture(scope="module")
def indexed(large: Person, servers: PostgresServer) -> Iterator[Tended]:
    """What tending the namespace's index said, the first time; dropped afterwards."""
    was, django_settings.OWNER_DATABASE_URL = django_settings.OWNER_DATABASE_URL, servers.owner_dsn()
    yield index_tend(large.namespace.pk)
    most, django_settings.HNSW_FROM_PASSAGES = django_settings.HNSW_FROM_PASSAGES, 1_000_000
    index_tend(large.namespace.pk)
    django_settings.HNSW_FROM_PASSAGES, django_settings.OWNER_DATABASE_URL = most, was
    connections[ALIAS].close()
    cast("DatabaseWrapper", connections[ALIAS]).close_pool()
    del connections[ALIAS]
    del connections.settings[ALIAS]


def nearest_sql(person: Person, limit: int) -> str:
    return arrays.statement("nearest").format(namespace=person.namespace.pk, limit=limit)


def nearest(person: Person, vector: np.ndarray, *, exact: bool) -> list[int]:
    with tenant(person.caller), connection.cursor() as cursor:
        if exact:
            cursor.execute("SET LOCAL enable_indexscan = off")
        ((row,),) = (arrays.pipelined([(nearest_sql(person, 10), [vector, vector])]),)
    return list(row[0][0])


def test_a_namespace_that_has_grown_gets_its_own_index_once(large: Person, indexed: Tended) -> None:
    assert indexed == Tended(large.namespace.pk, GRAINS, "built")
    assert index_tend(large.namespace.pk).done == "kept"


def test_the_index_is_used(large: Person, indexed: Tended) -> None:
    with tenant(large.caller):
        names = {node.get("Index Name") for node in nodes(generic_plan(nearest_sql(large, 80)))}
    assert f"passage_hnsw_{large.namespace.pk}" in names


def test_the_index_finds_at_least_95_percent_of_the_exact_top_ten(large: Person, indexed: Tended) -> None:
    rng = np.random.default_rng(11)
    vectors = DeterministicEncoder().encode([draft(n, rng).content for n in range(100)])
    hits = [len({*nearest(large, v, exact=False)} & {*nearest(large, v, exact=True)}) for v in vectors]
    assert sum(hits) / 1000 >= 0.95


def test_a_recall_over_the_index_finds_what_was_asked_for(large: Person, indexed: Tended) -> None:
    assert any("receipt 1234." in content for content in large.recall("receipt 1234"))


def test_another_namespace_neither_uses_that_index_nor_gets_one(
    newcomer: Callable[..., Person], large: Person, indexed: Tended
) -> None:
    small = newcomer("small")
    small.store("x")
    assert index_tend(small.namespace.pk).done == "none"
    with tenant(small.caller):
        names = {node.get("Index Name") for node in nodes(generic_plan(nearest_sql(small, 80)))}
    assert f"passage_hnsw_{large.namespace.pk}" not in names


def test_an_index_that_is_no_longer_worth_it_is_dropped(large: Person, indexed: Tended, settings) -> None:
    settings.HNSW_FROM_PASSAGES = 3 * GRAINS
    assert index_tend(large.namespace.pk).done == "dropped"
    settings.HNSW_FROM_PASSAGES = GRAINS
    assert index_tend(large.namespace.pk).done == "built"


def test_traces_hold_json_whatever_is_in_them(large: Person, statements: list[arrays.Statement]) -> None:
    recall(caller=large.caller, search=Search("violin", where=Filter(metadata={"ü": [1.5, None]})))
    (row,) = [params for sql, params in statements if "INSERT INTO retrieval_trace" in sql]
    assert orjson.loads(row[-3])["metadata"] == {"ü": [1.5, None]}
