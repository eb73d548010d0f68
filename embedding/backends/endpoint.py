"""Any OpenAI-compatible endpoint (`POST <url>/embeddings`): a server beside us, or a provider.

Texts leave this machine for the endpoint's. Unlike the built-in model it may be slow or away: then nothing can be
stored or asked, and callers are told to try again.
"""

import math
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2
import numpy as np

from embedding.backends import Vectors
from embedding.errors import EndpointFailed, WrongDimension
from embedding.windows import Piece, Window, cut

BATCH = 64  # texts a request: below every provider's limit that we know of
TRIES = 3
PAUSE = 0.25  # seconds before the second try, doubled before each further one
LONGEST_PAUSE = 5.0  # seconds, whatever Retry-After says: a caller waits meanwhile
TIMEOUT = httpx2.Timeout(20.0, connect=5.0)
_WORD = re.compile(r"\w+|[^\w\s]")
_PIECE = 4  # characters: what tokenizers of this kind make of English on average, and never fewer tokens for us


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the model is. `url` ends before /embeddings; `key` is sent as a bearer token unless empty."""

    url: str
    model: str
    key: str = ""


class EndpointEncoder:
    """A model behind an endpoint, asked once at the start: for vectors of `dimension` numbers, or else for its own.

    Raises WrongDimension when neither has the right length, EndpointFailed when there is no answer.
    """

    def __init__(self, endpoint: Endpoint, dimension: int) -> None:
        self._endpoint = endpoint
        headers = {"Authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}
        self._client = httpx2.Client(base_url=endpoint.url.rstrip("/") + "/", headers=headers, timeout=TIMEOUT)
        self.dimension = dimension
        self.name = f"endpoint:{endpoint.model}"[:64]
        self._shorten = self._can_shorten()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See backends.Encoder. Raises EndpointFailed."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), BATCH):
            batch = texts[start : start + BATCH]
            vectors[start : start + len(batch)] = self._unit(self._ask(batch, shorten=self._shorten), len(batch))
        return vectors

    def count(self, texts: Sequence[str]) -> list[int]:
        """See backends.Encoder; the model's tokenizer is not here, so a token is up to four letters of a word."""
        return [sum(1 for _ in _pieces(text)) for text in texts]

    def windows(self, text: str, size: int, overlap: int) -> list[Window]:
        """See backends.Encoder; tokens as in count()."""
        return cut(text, list(_pieces(text)), size=size, overlap=overlap)

    def _can_shorten(self) -> bool:
        """Whether the endpoint takes `dimensions`; models that are of the right length need not."""
        try:
            answer = self._ask(["warm up"], shorten=True)
            shortens = True
        except EndpointRefused:
            answer = self._ask(["warm up"], shorten=False)
            shortens = False
        self._unit(answer, 1)
        return shortens

    def _ask(self, texts: Sequence[str], *, shorten: bool) -> Any:
        body: dict[str, Any] = {"model": self._endpoint.model, "input": list(texts), "encoding_format": "float"}
        if shorten:
            body["dimensions"] = self.dimension
        problem = ""
        for attempt in range(TRIES):
            try:
                answer = self._client.post("embeddings", json=body)
            except httpx2.HTTPError as error:
                problem, wait = type(error).__name__, 0.0
            else:
                if answer.status_code < 300:
                    return _document(answer)
                if answer.status_code < 500 and answer.status_code != 429:
                    raise EndpointRefused(f"The embedding endpoint answers with {answer.status_code}.")
                problem, wait = str(answer.status_code), _retry_after(answer)
            if attempt + 1 < TRIES:
                time.sleep(min(LONGEST_PAUSE, max(wait, PAUSE * 2**attempt)))
        raise EndpointFailed(f"The embedding endpoint fails ({problem}).")

    def _unit(self, document: Any, count: int) -> Vectors:
        """The vectors in the order asked for, of length 1. Raises EndpointFailed or WrongDimension."""
        try:
            rows = sorted(document["data"], key=lambda row: row["index"])
            vectors = np.array([row["embedding"] for row in rows], np.float64)
        except (KeyError, TypeError, ValueError) as error:
            raise EndpointFailed("The embedding endpoint's answer is not one.") from error
        if len(rows) != count or vectors.ndim != 2:
            raise EndpointFailed(f"The embedding endpoint answers {count} texts with {len(rows)} vectors.")
        if vectors.shape[1] != self.dimension:
            raise WrongDimension(self._endpoint.model, vectors.shape[1], self.dimension)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or not lengths.all():
            raise EndpointFailed("The embedding endpoint answers with vectors that have no direction.")
        return np.asarray(vectors / lengths, np.float32)


class EndpointRefused(EndpointFailed):
    """The endpoint understands us and will not: trying again is useless."""


def _document(answer: httpx2.Response) -> Any:
    try:
        return answer.json()
    except ValueError as error:
        raise EndpointFailed("The embedding endpoint's answer is no JSON.") from error


def _retry_after(answer: httpx2.Response) -> float:
    given = answer.headers.get("retry-after", "")
    return float(given) if given.isdecimal() else 0.0


def _pieces(text: str) -> Iterator[Piece]:
    for number, found in enumerate(_WORD.finditer(text)):
        for part in range(math.ceil((found.end() - found.start()) / _PIECE)):
            start = found.start() + part * _PIECE
            yield Piece(start, min(start + _PIECE, found.end()), number)
