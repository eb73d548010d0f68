"""A backend without a model, for unit tests: texts that share words are near, and nothing else is."""

import re
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from embedding.backends import Vectors
from embedding.windows import Piece, Window, cut

NAME = "deterministic-words-1"
DIMENSION = 384
MAX_TOKENS = 254  # what the real model reads of a text, so that tests meet the same limit
_TOKEN = re.compile(r"\w+|[^\w\s]")


class DeterministicEncoder:
    """Each word has a fixed random direction; a text is the sum over its words, damped by log counts.

    The cosine of two texts is about the share of words they have in common; words of no relation meet at
    0 +- .05. The same on every machine. A text without words has the direction of the empty word.
    """

    name = NAME
    dimension = DIMENSION

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See backends.Encoder."""
        vectors = np.zeros((len(texts), DIMENSION), np.float32)
        for row, text in enumerate(texts):
            vectors[row] = _text_vector(text)
        return vectors

    def count(self, texts: Sequence[str]) -> list[int]:
        """See backends.Encoder; a token is a word or one other visible character."""
        return [len(_TOKEN.findall(text)) for text in texts]

    def windows(self, text: str, size: int, overlap: int) -> list[Window]:
        """See backends.Encoder."""
        pieces = [Piece(found.start(), found.end(), n) for n, found in enumerate(_TOKEN.finditer(text))]
        return cut(text, pieces, size=size, overlap=overlap)


def _text_vector(text: str) -> NDArray[np.float32]:
    words = Counter(_TOKEN.findall(text.lower())[:MAX_TOKENS]) or Counter([""])
    total = sum(_word_vector(word) * np.float32(1 + np.log(times)) for word, times in words.items())
    return np.asarray(total / np.linalg.norm(total), np.float32)


def _word_vector(word: str) -> NDArray[np.float32]:
    """A unit vector of signs drawn from the word's hash."""
    digest = blake2b(word.encode("utf-8", "replace"), digest_size=DIMENSION // 8)
    return _signs(digest.digest())


def _signs(digest: bytes) -> NDArray[np.float32]:
    bits = np.unpackbits(np.frombuffer(digest, np.uint8))
    return (bits.astype(np.float32) * 2 - 1) / np.float32(np.sqrt(DIMENSION))
