"""What every embedding backend offers, and the two that ship."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from embedding.windows import Window

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """Texts to vectors. Safe to call from any number of threads at once."""

    @property
    def name(self) -> str:
        """Names model and format, at most 64 characters; vectors of different names never compare."""
        ...

    @property
    def dimension(self) -> int:
        """Length of every vector."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector per text, (len(texts), dimension), in the order given; what exceeds the model's
        window is not read.
        """
        ...

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, not cut, without special ones."""
        ...

    def windows(self, text: str, size: int, overlap: int) -> list[Window]:
        """Where to cut the text into slices of at most `size` tokens, overlapping by about `overlap`.

        Raises ValueError unless 0 <= overlap < size.
        """
        ...
