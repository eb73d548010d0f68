"""A cursor that speaks numpy: columns come back as arrays, one row for a whole candidate set.

Reading 150 candidates as one row of arrays costs a hundredth of reading 150 rows in Python. Arrays must hold no
NULL. Binary layout: PostgreSQL's array_send (20 bytes of header for one dimension, then length and value).
"""

from collections.abc import Sequence
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from django.db import connection
from numpy.typing import NDArray
from psycopg.abc import DumperKey
from psycopg.adapt import AdaptersMap, Buffer, Dumper, Loader
from psycopg.pq import Format

from accounts.door import opening_taken

Statement = tuple[str, Sequence[Any]]

_HEADER = 20
_CODES = {"int2": "i2", "int4": "i4", "int8": "i8", "float4": "f4", "float8": "f8", "bool": "u1"}
_TYPES = psycopg.adapters.types


def _framed(code: str) -> np.dtype[Any]:
    """One array element as it is sent: its length, then its value, big-endian."""
    return np.dtype([("length", ">i4"), ("value", f">{code}")])


def _loader(name: str) -> type[Loader]:
    framed, native = _framed(_CODES[name]), np.dtype("?" if name == "bool" else _CODES[name])

    class ArrayLoader(Loader):
        """Binary array -> numpy array of the machine's own byte order."""

        format = Format.BINARY

        def load(self, data: Buffer) -> NDArray[Any]:
            """The values of a one-dimensional array without NULL."""
            if len(data) < _HEADER:
                return np.empty(0, native)
            return np.frombuffer(data, framed, offset=_HEADER)["value"].astype(native)

    return ArrayLoader


def _array_bytes(values: NDArray[Any], element_oid: int, code: str) -> bytes:
    framed = np.empty(len(values), _framed(code))
    framed["length"], framed["value"] = framed.dtype["value"].itemsize, values
    header = np.array([1, 0, element_oid, len(values), 1], ">i4")
    return header.tobytes() + framed.tobytes()


class NumpyDumper(Dumper):
    """numpy float32 and int64 vectors as real[] and bigint[] parameters."""

    format = Format.BINARY

    def get_key(self, obj: Any, format: Any) -> DumperKey:
        """One dumper for each element type."""
        return (self.cls, (RealDumper if obj.dtype == np.float32 else BigintDumper,))

    def upgrade(self, obj: Any, format: Any) -> "NumpyDumper":
        """The dumper that knows this array's element type."""
        return (RealDumper if obj.dtype == np.float32 else BigintDumper)(self.cls)

    def dump(self, obj: Any) -> bytes:
        """Never called: `upgrade` has chosen a dumper with a type."""
        raise TypeError(f"no parameter type for {obj.dtype}")


class RealDumper(NumpyDumper):
    """float32 vector -> real[]."""

    oid = _TYPES["float4"].array_oid

    def dump(self, obj: Any) -> bytes:
        """The array's wire form."""
        return _array_bytes(obj, _TYPES["float4"].oid, "f4")


class BigintDumper(NumpyDumper):
    """Integer vector -> bigint[]."""

    oid = _TYPES["int8"].array_oid

    def dump(self, obj: Any) -> bytes:
        """The array's wire form."""
        return _array_bytes(obj, _TYPES["int8"].oid, "i8")


def _adapters() -> AdaptersMap:
    adapters = AdaptersMap(psycopg.adapters)
    adapters.register_dumper(np.ndarray, NumpyDumper)
    for name in _CODES:
        adapters.register_loader(_TYPES[name].array_oid, _loader(name))
    return adapters


_ADAPTERS = _adapters()


class ArrayCursor(psycopg.Cursor[Any]):
    """A cursor with binary results and numpy arrays both ways."""

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        super().__init__(raw)
        self._adapters = AdaptersMap(_ADAPTERS)
        self.format = Format.BINARY


@cache
def statement(name: str) -> str:
    """A statement of retrieval/sql/, for str.format."""
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text()


def pipelined(statements: Sequence[Statement]) -> list[list[tuple[Any, ...]]]:
    """Run prepared statements on the open door's connection in one round trip; return each one's rows.

    Raises RuntimeError outside a transaction: only the door opens one.
    """
    raw = connection.connection
    if raw is None or not connection.in_atomic_block:
        raise RuntimeError("Statements run inside the door only.")
    opening = opening_taken()
    wanted = [*([opening] if opening else []), *statements]
    cursors = [ArrayCursor(raw) for _ in wanted]
    with connection.wrap_database_errors, raw.pipeline() if len(wanted) > 1 else nullcontext():
        for cursor, (sql, params) in zip(cursors, wanted, strict=True):
            cursor.execute(sql, params, prepare=True)
    told = cursors[1:] if opening else cursors
    return [cursor.fetchall() if cursor.description else [] for cursor in told]
