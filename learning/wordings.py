"""The rated wordings of a namespace, and which of them are near a question."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from grains.models import DIMENSION
from learning import constants as c

# The vectors' wire form: two numbers that tell the size, then the halves.
WIRE = np.dtype([("size", ">i2", 2), ("halves", ">f2", DIMENSION)])


@dataclass(frozen=True, slots=True)
class Wordings:
    """Keys of wordings' entries, each once, and a row each of their vectors, of length 1."""

    keys: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    vectors: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, DIMENSION), np.float32))

    @classmethod
    def read(cls, keys: NDArray[np.int64] | None, wire: bytes | None) -> "Wordings":
        """Wordings as the database sends them: keys, and the vectors' wire forms in a row."""
        if keys is None or wire is None:
            return cls()
        return cls(keys, np.frombuffer(wire, WIRE)["halves"].astype(np.float32))

    def nearest(self, vector: NDArray[np.float32] | None) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """(keys, gains) of the WORDINGS nearest to a question, from a cosine of NEAR on, the nearest first."""
        if vector is None or not len(self.keys):
            return self.keys[:0], np.empty(0)
        # Rounded as the table rounds, so that a question is as near to itself as any can be.
        cosine = self.vectors @ vector.astype(np.float16).astype(np.float32)
        near = np.flatnonzero(cosine > c.NEAR)
        best = near[np.argsort(-cosine[near], kind="stable")[: c.WORDINGS]]
        return self.keys[best], ((cosine[best] - c.NEAR) / (1 - c.NEAR)).astype(np.float64) ** 2

    def replaced(self, keys: NDArray[np.int64], now: "Wordings") -> "Wordings":
        """These, with what there is `now` of some keys."""
        left = ~np.isin(self.keys, keys)
        return Wordings(np.concatenate([self.keys[left], now.keys]), np.concatenate([self.vectors[left], now.vectors]))

    @property
    def nbytes(self) -> int:
        """What they take in memory."""
        return self.keys.nbytes + self.vectors.nbytes
