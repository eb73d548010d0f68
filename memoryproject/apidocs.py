"""The API's description for people and programs: /openapi.json, /docs, /redoc, and the files that they load."""

from functools import cache
from pathlib import Path

import orjson
from csp.decorators import csp_update
from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.static import serve
from drf_spectacular.generators import SchemaGenerator

from memoryproject.policies import API_DOCS

KEEP_SECONDS = 3600  # the files change with a new version of Garner only


@require_safe
def openapi_json(request: HttpRequest) -> HttpResponse:
    """The OpenAPI schema, the same as the committed docs/openapi.yaml."""
    return HttpResponse(_schema(), content_type="application/json")


@require_safe
@csp_update(API_DOCS)
def swagger(request: HttpRequest) -> HttpResponse:
    """Swagger UI: read the schema and try it with a key."""
    return render(request, "apidocs/swagger.html")


@require_safe
@csp_update(API_DOCS)
def redoc(request: HttpRequest) -> HttpResponse:
    """Redoc: the schema as a document."""
    return render(request, "apidocs/redoc.html")


@require_safe
def asset(request: HttpRequest, path: str) -> HttpResponseBase:
    """A static file of Garner or of an installed app, from its package: nothing has to be collected first."""
    file = _file(path)
    response = serve(request, file.name, document_root=str(file.parent))
    response["Cache-Control"] = f"public, max-age={KEEP_SECONDS}"
    return response


def _file(path: str) -> Path:
    try:
        found = finders.find(path)
    except SuspiciousFileOperation as error:  # a way out of the folders is no address of ours
        raise Http404 from error
    if not found or not Path(found).is_file():
        raise Http404
    return Path(found)


@cache
def _schema() -> bytes:
    """Made once a process: it takes a good part of a second."""
    return orjson.dumps(SchemaGenerator().get_schema(request=None, public=True))  # type: ignore[no-untyped-call]
