"""What can go wrong, in words for people. One handler makes JSON of these (accounts/api/errors.py).

`status` is the HTTP status of the /v1 dialect and `code` its slug; other adapters map the classes.
"""


class GarnerError(Exception):
    """A request that cannot be served, with a sentence for its sender."""

    status = 400
    code = "bad_request"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Invalid(GarnerError):
    """A field has a value that no request may have."""

    status, code = 422, "invalid"


class OutOfBounds(Invalid):
    """A value of the right type that is blank, too long, too large or too many: 400 in memoryOSS's dialect."""

    status = 400


class EmptyFilter(GarnerError):
    """Nothing was named: nothing must never mean everything."""

    status, code = 422, "empty_filter"


class TooMany(GarnerError):
    """The filter matches more than one call may touch."""

    status, code = 422, "too_many"


class Unauthenticated(GarnerError):
    """No key, or one that is unknown, expired or revoked."""

    status, code = 401, "unauthenticated"


class Forbidden(GarnerError):
    """The key is known but may not do this."""

    status, code = 403, "forbidden"


class NamespaceFull(GarnerError):
    """The namespace holds as much as it may; waiting does not help, forgetting does."""

    status, code = 403, "namespace_full"


class NotFound(GarnerError):
    """No such thing in the caller's namespace."""

    status, code = 404, "not_found"


class Conflict(GarnerError):
    """The change collides with what is stored."""

    status, code = 409, "conflict"


class InFlight(GarnerError):
    """A request with this Idempotency-Key is being served."""

    status, code = 409, "in_flight"


class KeyReused(GarnerError):
    """This Idempotency-Key came with another request before."""

    status, code = 422, "idempotency_key_reused"


class VersionMoved(GarnerError):
    """`if_version` names a version that is no longer the current one."""

    status, code = 412, "version_moved"


class TooLarge(GarnerError):
    """The body or a field is over its limit."""

    status, code = 413, "too_large"


class OverQuota(GarnerError):
    """The caller's rate is used up; `retry_after` is in seconds."""

    status, code = 429, "over_quota"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(GarnerError):
    """A part that is needed does not answer; trying again later is right."""

    status, code = 503, "unavailable"
    retry_after = 1


class Backlogged(GarnerError):
    """More changes of the namespace wait for the worker than may; reading goes on. `retry_after` is in seconds."""

    status, code = 503, "backlogged"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class StorageFull(GarnerError):
    """The database's disk is full: reading goes on, nothing can be written until an operator has made room."""

    status, code = 507, "storage_full"
    retry_after = 60


class KeyringUnusable(GarnerError):
    """The master key is missing or damaged: nothing can be verified or searched without it."""

    status, code = 503, "keyring_unusable"
