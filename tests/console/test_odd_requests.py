"""Whatever a browser sends, the console answers with a page or a refusal, never with an error of ours."""

import pytest

LISTS = ["/admin/grains/grain/", "/admin/accounts/apikey/", "/admin/console/deedline/", "/admin/learning/conduit/"]
QUERIES = [
    {"p": "x"},
    {"p": "-1"},
    {"p": "99999999999999999999"},
    {"o": "99.x.-1"},
    {"q": "\x00"},
    {"status__exact": "\x00"},
    {"namespace__name": "default"},
    {"nonsense": "1"},
    {"e": "1"},
    {"id__exact": "nonsense"},
]


@pytest.mark.parametrize("query", QUERIES, ids=str)
@pytest.mark.parametrize("path", LISTS[:2])
def test_a_list_with_odd_parameters(path, query, ada):
    ada.get(path, **query)
    assert ada.last.status_code < 500


@pytest.mark.parametrize("key", ["nonsense", "\x00", "1", "9" * 40, "../../etc/passwd", "_2f"])
def test_an_address_of_no_row(key, ada):
    for path in LISTS:
        ada.get(f"{path}{key}/change/")
        assert ada.last.status_code < 500


@pytest.mark.parametrize("key", ["nonsense", "\x00", "9" * 40, ""])
def test_an_operation_on_no_row(key, ada):
    for path, operation in ((LISTS[0], "purge"), (LISTS[1], "revoke_keys")):
        ada.do(path, operation, key)
        assert ada.last.status_code < 500
        ada.do(path, "nonsense", key)
        assert ada.last.status_code < 500


@pytest.mark.parametrize(
    "query", [{"s": "gra"}, {"s": "gra", "page": "x"}, {"s": "gra", "page": "99"}, {"s": "\x00"}, {}]
)
def test_the_search_of_the_menu(query, ada):
    ada.get("/admin/search/", **query)
    assert ada.last.status_code < 500


def test_completion_of_nothing(ada):
    for query in ({}, {"app_label": "x", "model_name": "y", "field_name": "z"}, {"term": "\x00"}):
        ada.get("/admin/autocomplete/", **query)
        assert ada.last.status_code < 500


@pytest.mark.parametrize("form", [{}, {"namespace": "x"}, {"namespace": "9" * 40}, {"namespace": "\x00"}])
def test_odd_forms(form, ada):
    for path in ("namespaces-in-view/", "review/", "chain/", "accounts/apikey/add/", "people/onetimelink/add/"):
        ada.post(f"/admin/{path}", **form)
        assert ada.last.status_code < 500
