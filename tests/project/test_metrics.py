"""/metrics: behind a key, without content, right across processes."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from accounts.scopes import Role
from tests.people import Person

ROOT = Path(__file__).resolve().parents[2]
OBSERVE = """
from memoryproject.metrics import REQUEST_SECONDS, exposition
for _ in range({times}):
    REQUEST_SECONDS.labels("GET", "health", "200").observe(0.003)
if {tell}:
    print(exposition().decode())
"""


def metrics(person: Person, **headers: str) -> str:
    given = {"authorization": f"Bearer {person.secret}", **headers}
    response = person.client.get("/metrics", headers=given)
    assert response.status_code == 200, response.content
    assert response["Content-Type"].startswith("text/plain; version=")
    return str(response.content.decode())


def counted(text: str, route: str) -> float:
    pattern = rf'^garner_http_request_seconds_count\{{.*route="{route}".*\}} (\S+)$'
    return sum(float(value) for value in re.findall(pattern, text, re.MULTILINE))


def test_metrics_need_a_key_and_say_so_in_json(alice: Person) -> None:
    response = alice.client.get("/metrics")
    assert (response.status_code, set(response.json())) == (401, {"error", "code", "field"})
    assert response["Content-Type"] == "application/json"


def test_any_key_reads_them(alice: Person) -> None:
    assert "garner_http_request_seconds_bucket" in metrics(alice.with_role(Role.READER))


@pytest.mark.parametrize("accept", ["text/plain", "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "*/*"])
def test_a_scraper_may_ask_for_text_only(alice: Person, accept: str) -> None:
    metrics(alice, accept=accept)


def test_an_instance_may_show_them_to_everybody(alice: Person, settings) -> None:
    settings.METRICS_OPEN = True
    assert alice.client.get("/metrics").status_code == 200


def test_each_request_is_counted_once_by_its_route(alice: Person) -> None:
    route = "v1/inspect/<str:id>"
    before = counted(metrics(alice), route)
    alice.inspect("x")
    alice.inspect("y")
    assert counted(metrics(alice), route) - before == 2


def test_addresses_that_are_not_there_share_one_label(alice: Person) -> None:
    alice.call("get", "/v1/secret-4711")
    assert "secret-4711" not in metrics(alice)


def test_metrics_name_no_namespace_and_no_content(alice: Person) -> None:
    alice.store("xylophone4711")
    alice.recall("xylophone4711")
    text = metrics(alice)
    assert "xylophone4711" not in text
    assert alice.namespace.name not in text


def test_the_numbers_of_all_processes_are_added_up(tmp_path: Path) -> None:
    told = ""
    for times, tell in ((2, False), (3, True)):
        code = OBSERVE.format(times=times, tell=tell)
        environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
        )
        told = done.stdout
    assert counted(told, "health") == 5
