"""Cross-encoders: a question and a memory read together, for a relevance. Here, on torch, or behind an endpoint."""

import importlib
import math
from collections.abc import Sequence
from threading import Lock
from typing import Any, Protocol

import httpx2

from embedding.errors import BackendMissing

BATCH = 16  # pairs at once through the local model


class RerankerFailed(Exception):
    """The re-ranker gave no usable answer: the ranking stays as it is."""


class Reranker(Protocol):
    """What judges texts by a question."""

    def relevance(self, query: str, texts: Sequence[str]) -> list[float]:
        """One number for each text, larger is more relevant. Raises RerankerFailed."""
        ...


class CrossEncoderReranker:
    """A sentence-transformers CrossEncoder, by its name or its folder.

    A name that is not on this machine yet is downloaded by the library. Raises BackendMissing without the library.
    """

    def __init__(self, model: str) -> None:
        try:
            library: Any = importlib.import_module("sentence_transformers")
        except ImportError as error:
            raise BackendMissing("sentence-transformers is not installed: see requirements/torch.txt.") from error
        self._model = library.CrossEncoder(model, device="cpu")
        self._lock = Lock()  # a fast tokenizer refuses a second thread while it changes its padding

    def relevance(self, query: str, texts: Sequence[str]) -> list[float]:
        """See Reranker; 0 to 1 for models with one label."""
        with self._lock:
            scores = self._model.predict([(query, text) for text in texts], batch_size=BATCH, show_progress_bar=False)
        return _checked([float(score) for score in scores], len(texts))


class EndpointReranker:
    """An endpoint for re-ranking, in one of two shapes.

    `cohere` (Cohere, Jina, Voyage, vLLM, ...) takes query and documents and answers with results of index and
    relevance_score; `tei` (Hugging Face's text-embeddings-inference) takes query and texts and answers with a list of
    index and score. `url` is the whole address; `seconds` the longest that a connection may say nothing.
    """

    def __init__(self, *, shape: str, url: str, model: str, key: str, seconds: float) -> None:
        self._shape, self._url, self._model = shape, url, model
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx2.Client(headers=headers, timeout=seconds)

    def relevance(self, query: str, texts: Sequence[str]) -> list[float]:
        """See Reranker."""
        try:
            answer = self._client.post(self._url, json=self._body(query, texts))
            answer.raise_for_status()
            document = answer.json()
            rows = document if self._shape == "tei" else document["results"]
            name = "score" if self._shape == "tei" else "relevance_score"
            found = {int(row["index"]): float(row[name]) for row in rows}
        except (httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
            raise RerankerFailed(type(error).__name__) from error
        return _checked([found.get(n, math.nan) for n in range(len(texts))], len(texts))

    def _body(self, query: str, texts: Sequence[str]) -> dict[str, Any]:
        if self._shape == "tei":
            return {"query": query, "texts": list(texts), "truncate": True}
        model = {"model": self._model} if self._model else {}
        return {**model, "query": query, "documents": list(texts), "top_n": len(texts)}


def _checked(scores: list[float], count: int) -> list[float]:
    if len(scores) != count or not all(math.isfinite(score) for score in scores):
        raise RerankerFailed("it did not judge every text")
    return scores
