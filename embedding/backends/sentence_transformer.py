"""Any sentence-transformers model, on torch: needs requirements/torch.txt, which the default does without."""

import importlib
from collections.abc import Sequence
from threading import Lock
from typing import Any

import numpy as np

from embedding.backends import Vectors
from embedding.errors import BackendMissing, WrongDimension
from embedding.windows import Piece, Window, cut

BATCH = 32


class SentenceTransformerEncoder:
    """A model by its name or its folder. A name that is not on this machine yet is downloaded by the library.

    Raises BackendMissing without sentence-transformers, WrongDimension unless its vectors have `dimension` numbers.
    """

    def __init__(self, model: str, dimension: int) -> None:
        try:
            library: Any = importlib.import_module("sentence_transformers")
        except ImportError as error:
            raise BackendMissing("sentence-transformers is not installed: see requirements/torch.txt.") from error
        self._model = library.SentenceTransformer(model, device="cpu")
        self._lock = Lock()  # a fast tokenizer refuses a second thread while it changes its padding
        found = int(self._model.get_embedding_dimension())
        if found != dimension:
            raise WrongDimension(model, found, dimension)
        self.dimension = dimension
        self.name = f"st:{model.rstrip('/').rpartition('/')[2]}"[:64]

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See backends.Encoder."""
        with self._lock:
            vectors = self._model.encode(
                list(texts), batch_size=BATCH, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
            )
        return np.asarray(vectors, np.float32).reshape(len(texts), self.dimension)

    def count(self, texts: Sequence[str]) -> list[int]:
        """See backends.Encoder; a token is one of the model's."""
        return [len(self._tokens(text)["input_ids"]) for text in texts]

    def windows(self, text: str, size: int, overlap: int) -> list[Window]:
        """See backends.Encoder; a token is one of the model's. Needs a fast tokenizer, as all current models have."""
        tokens = self._tokens(text)
        words = (-1 if word is None else word for word in tokens.word_ids())
        pieces = [Piece(start, end, word) for (start, end), word in zip(tokens["offset_mapping"], words, strict=True)]
        return cut(text, pieces, size=size, overlap=overlap)

    def _tokens(self, text: str) -> Any:
        with self._lock:
            return self._model.tokenizer(
                text, add_special_tokens=False, truncation=False, return_offsets_mapping=True, verbose=False
            )
