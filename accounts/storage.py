"""Telling a full disk from a database that is away: the one refuses writes only, so that reading can go on."""

from psycopg.errors import DiskFull


def disk_is_full(error: BaseException) -> bool:
    """Whether PostgreSQL has refused for want of space (SQLSTATE 53100), as psycopg or Django tells it."""
    return isinstance(error, DiskFull) or isinstance(error.__cause__, DiskFull)
