"""What every operation of the OpenAPI schema has in common: the errors that any of them may answer with."""

from typing import Any

from drf_spectacular.openapi import AutoSchema

# What each status means, whatever the operation; its own answers come first.
ERRORS = {
    400: "A value that no request may have, or a body that is not JSON.",
    401: "No key, or one that is unknown, expired or revoked.",
    403: "The key may not do this, or names another namespace.",
    404: "There is no such thing in the caller's namespace.",
    405: "The address knows other methods.",
    406: "No format of ours is among those accepted.",
    409: "The change collides with what is stored or in flight.",
    412: "`if_version` or `If-Match` names a version that has moved on.",
    413: "The body, or a field, is over its limit.",
    415: "The body is no JSON, or has a Content-Encoding.",
    422: "A field is missing, unknown or of the wrong type.",
    429: "The caller's quota is used up; Retry-After says when to come again.",
    503: "A part that is needed does not answer; Retry-After says when to come again.",
    507: "The disk of the database is full: reading goes on, writing does not.",
}
# Our own shape of an error, and FastAPI's, which the dialects of memex and Flux speak.
SHAPES: dict[str, dict[str, Any]] = {
    "Error": {
        "type": "object",
        "description": "What went wrong, in one sentence, with a slug for programs.",
        "properties": {
            "error": {"type": "string"},
            "code": {"type": "string"},
            "field": {"type": "string", "nullable": True},
            "retry_after_ms": {"type": "integer", "description": "With 429: as Retry-After, in milliseconds."},
        },
        "required": ["error", "code", "field"],
    },
    "Detail": {
        "type": "object",
        "description": "What went wrong, as FastAPI says it: a sentence, or a list of faults with their places.",
        "properties": {"detail": {}},
        "required": ["detail"],
    },
}


WRITES_ONLY = {409, 412, 507}


class GarnerSchema(AutoSchema):
    """drf-spectacular's schema of one operation, with the statuses of ERRORS that it does not declare itself.

    A view whose errors have another shape than ours (the other dialects) names it: `error_component = "Detail"`.
    """

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        """The operation with its errors, or None where it is left out."""
        operation = super().get_operation(*args, **kwargs)
        shape = getattr(self.view, "error_component", "Error")
        if operation is None:
            return None
        for status in ERRORS:
            if self.method != "GET" or status not in WRITES_ONLY:
                reference = {"$ref": f"#/components/responses/{shape}{status}"}
                operation["responses"].setdefault(str(status), reference)
        return operation


def add_error_components(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A postprocessing hook: the answers that the operations refer to, in each shape."""
    components = result.setdefault("components", {})
    components["schemas"] = dict(sorted((components.get("schemas", {}) | SHAPES).items()))
    components["responses"] = {
        f"{name}{status}": _answer(meaning, name) for name in SHAPES for status, meaning in ERRORS.items()
    }
    return result


def _answer(meaning: str, shape: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{shape}"}}}
    return {"description": meaning, "content": content}
