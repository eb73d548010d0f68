"""The API describes itself, and every file of the description comes from us."""

import re

import pytest
from django.test import Client

PAGES = ["/docs", "/redoc"]


@pytest.fixture
def browser() -> Client:
    return Client()


def test_the_served_schema_names_every_endpoint_of_the_memory_api(browser):
    paths = browser.get("/openapi.json").json()["paths"]
    assert {"/v1/store", "/v1/recall", "/v1/forget", "/v1/inspect/{id}", "/health"} <= set(paths)


def test_every_write_declares_that_the_disk_may_be_full(browser):
    operation = browser.get("/openapi.json").json()["paths"]["/v1/store"]["post"]
    assert operation["responses"]["507"] == {"$ref": "#/components/responses/Error507"}


def test_a_read_does_not_declare_errors_of_writes(browser):
    responses = browser.get("/openapi.json").json()["paths"]["/v1/memories"]["get"]["responses"]
    assert not {"409", "412", "507"} & set(responses)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_loads_only_files_that_we_serve(browser, page):
    html = browser.get(page).content.decode()
    loaded = re.findall(r'(?:src|href)="([^"]+)"', html)
    ours = [address for address in loaded if address.startswith("/static/")]
    assert "http" not in "".join(loaded)
    assert len(ours) == 3 if page == "/redoc" else 2
    assert [browser.get(address).status_code for address in ours] == [200] * len(ours)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_may_not_run_or_load_anything_from_elsewhere(browser, page):
    policy = browser.get(page)["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe-eval" not in policy
    assert "http" not in policy


def test_a_static_file_has_its_type_and_may_be_kept(browser):
    response = browser.get("/static/apidocs/swagger.js")
    assert response["Content-Type"].startswith(("text/javascript", "application/javascript"))
    assert response["Cache-Control"] == "public, max-age=3600"


def test_a_static_file_that_has_not_changed_is_not_sent_again(browser):
    seen = browser.get("/static/apidocs/swagger.js")["Last-Modified"]
    assert browser.get("/static/apidocs/swagger.js", headers={"if-modified-since": seen}).status_code == 304


@pytest.mark.parametrize("path", ["nothing.js", "../pyproject.toml", "%2e%2e/pyproject.toml", "apidocs", ""])
def test_nothing_but_static_files_can_be_had_there(browser, path):
    assert browser.get(f"/static/{path}").status_code == 404


def test_the_pages_are_read_only(browser):
    assert browser.post("/docs").status_code == 405
