"""numpy arrays as PostgreSQL's, both ways, in its binary form.

Reading 150 candidates as one row of arrays costs a hundredth of reading 150 rows in Python. Arrays must hold no
NULL. Layout: PostgreSQL's array_send (20 bytes of header for one dimension, then length and value).
"""

from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.abc import DumperKey
from psycopg.adapt import AdaptersMap, Buffer, Dumper, Loader
from psycopg.pq import Format

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


class Binary:
    """What psycopg calls an adaptation context: a connection that speaks numpy both ways."""

    adapters = _adapters()

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        self.connection = raw
