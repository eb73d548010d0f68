"""The model's word pieces: ids for the encoder, counts and windows for long texts."""

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Encoding, Tokenizer

from embedding.minilm import MAX_TOKENS
from embedding.windows import Piece, Window, cut

# Characters of a text that are tokenised to encode it: 254 pieces of English are about 1,200 characters, and
# two million characters would cost a second before all but these were dropped.
READ = 20_000
# Ids of [CLS] and [SEP] in the model's vocabulary (tokenizer.json, pinned in embedding.weights).
CLS = 101
SEP = 102


class WordPieces:
    """The tokenizer, safe to share between threads: nothing changes after it is loaded."""

    def __init__(self, path: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.no_padding()  # the file asks for padding and truncation to 128
        self._tokenizer.no_truncation()

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Word-piece ids of each text between [CLS] and [SEP], at most MAX_TOKENS with these."""
        room = MAX_TOKENS - 2
        return [[CLS, *self._encode(text[:READ]).ids[:room], SEP] for text in texts]

    def count(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text, neither cut nor with [CLS] and [SEP]."""
        return [len(self._encode(text)) for text in texts]

    def windows(self, text: str, size: int, overlap: int) -> list[Window]:
        """See embedding.windows.cut."""
        encoding = self._encode(text)
        words = (-1 if word is None else word for word in encoding.word_ids)
        places = zip(encoding.offsets, words, strict=True)
        pieces = [Piece(start, end, word) for (start, end), word in places]
        return cut(text, pieces, size=size, overlap=overlap)

    def _encode(self, text: str) -> Encoding:
        return self._tokenizer.encode(_valid(text), add_special_tokens=False)


def _valid(text: str) -> str:
    """The text with "?" for each lone surrogate, which Rust's strings cannot hold; offsets stay the same."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
