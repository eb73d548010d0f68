"""Cut a long text into overlapping slices, by tokens, without cutting through words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Window(NamedTuple):
    """A slice of a text: characters, `stop` exclusive."""

    start: int
    stop: int

    def of(self, text: str) -> str:
        """What stands there."""
        return text[self.start : self.stop]


@dataclass(frozen=True, slots=True)
class Piece:
    """One token: where it stands in the text (characters, end exclusive) and the word it is part of."""

    start: int
    end: int
    word: int


def cut(text: str, pieces: Sequence[Piece], *, size: int, overlap: int) -> list[Window]:
    """Slices of at most `size` pieces; each begins about `overlap` pieces before the end of the last.

    Cuts fall between words; only a word of more than `size` pieces is cut through. A text of at most
    `size` pieces comes back whole. Raises ValueError unless 0 <= overlap < size.
    """
    if not 0 <= overlap < size:
        raise ValueError("overlap must be at least 0 and less than size")
    if len(pieces) <= size:
        return [Window(0, len(text))]
    slices, first = [], 0
    while True:
        end = _word_start(pieces, min(first + size, len(pieces)), after=first)
        slices.append(Window(pieces[first].start, pieces[end - 1].end))
        if end == len(pieces):
            return slices
        first = _word_start(pieces, end - overlap, after=first)


def _word_start(pieces: Sequence[Piece], at: int, *, after: int) -> int:
    """The last word boundary in after+1..at; `at` itself (but past `after`) when there is none."""
    if at >= len(pieces):
        return len(pieces)
    for index in range(at, after, -1):
        if pieces[index].word != pieces[index - 1].word:
            return index
    return max(at, after + 1)
