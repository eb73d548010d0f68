"""The default backend: int8 MiniLM on onnxruntime, one thread a call."""

import platform
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from embedding.artefact import open_artefact
from embedding.backends import Vectors
from embedding.minilm import DIMENSION, NAME
from embedding.tokens import WordPieces
from embedding.windows import Window

# A batch ends at 16 texts, at 512 tokens or when padding would pass 7 %. CPU a text, measured (1 / 4 / 16
# equally long texts a batch): 13 tokens .77 / .62 / .60 ms, 20 tokens 1.09 / .96 / .93, 100 tokens
# 5.4 / 5.2 / 5.5, 256 tokens 15.3 / 15.3 / 17.6: past some 200 tokens a batch saves nothing more, and
# memory grows with it.
# Eight queries of 13-20 tokens, a text: .85 ms with padding up to 7 %, .94 without that limit.
BATCH = 16
BATCH_TOKENS = 512
PADDING = 1.07


class OnnxEncoder:
    """all-MiniLM-L6-v2 from a built model folder (embedding.build.ensure_model).

    A text's vector does not depend on the texts it is encoded with. Loading reads and checks the files once;
    raises ModelMissing or ModelCorrupt.
    """

    name = NAME
    dimension = DIMENSION

    def __init__(self, folder: Path) -> None:
        artefact = open_artefact(folder)
        self._pieces = WordPieces(artefact.tokenizer)
        self._session = open_session(artefact.model)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See backends.Encoder; batches are sorted by length, so that little is padded."""
        return encode_ids(self._session, self._pieces.ids(texts))

    def count(self, texts: Sequence[str]) -> list[int]:
        """See backends.Encoder; a token is a word piece."""
        return self._pieces.count(texts)

    def windows(self, text: str, size: int, overlap: int) -> list[Window]:
        """See backends.Encoder; a token is a word piece."""
        return self._pieces.windows(text, size, overlap)


def encode_ids(session: onnxruntime.InferenceSession, ids: Sequence[Sequence[int]]) -> Vectors:
    """Vectors of any number of texts, given as word-piece ids, in their order."""
    vectors = np.empty((len(ids), DIMENSION), np.float32)
    for rows in _batches([len(row) for row in ids]):
        vectors[rows] = run(session, [ids[row] for row in rows])
    return vectors


def open_session(model: Path | bytes, *, saturates: bool | None = None) -> onnxruntime.InferenceSession:
    """A session that computes on the calling thread and never spins; run() may be called concurrently.

    `model` is a file or its content. On a CPU that `saturates` (None: look) onnxruntime multiplies u8 by u8
    instead of u8 by s8: the same sums, in 1.6 times the time where both work.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if saturates or (saturates is None and _saturates()):
        options.add_session_config_entry("session.x64quantprecision", "1")
    # The fused kernel is six times slower than the two nodes it replaces (see embedding.graph).
    return onnxruntime.InferenceSession(
        model if isinstance(model, bytes) else str(model),
        options,
        providers=["CPUExecutionProvider"],
        disabled_optimizers=["SkipLayerNormFusion"],
    )


def _saturates() -> bool:
    """Whether u8 x s8 products are summed in 16 bits here: x86 without VNNI, or where that cannot be seen."""
    if platform.machine().lower() not in {"x86_64", "amd64"}:
        return False
    try:
        return "vnni" not in Path("/proc/cpuinfo").read_text()
    except OSError:
        return True


def run(session: onnxruntime.InferenceSession, ids: Sequence[Sequence[int]]) -> Vectors:
    """Vectors of one padded batch of word-piece ids."""
    tokens = np.zeros((len(ids), max(map(len, ids))), np.int64)
    mask = np.zeros_like(tokens)
    for row, pieces in enumerate(ids):
        tokens[row, : len(pieces)] = pieces
        mask[row, : len(pieces)] = 1
    vectors: Vectors = session.run(["embedding"], {"input_ids": tokens, "attention_mask": mask})[0]
    return vectors


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Row numbers in batches, shortest texts first, within BATCH, BATCH_TOKENS and PADDING."""
    batch: list[int] = []
    tokens = 0
    for row in np.argsort(lengths, kind="stable").tolist():
        padded = (len(batch) + 1) * lengths[row]
        full = len(batch) == BATCH or padded > min(BATCH_TOKENS, PADDING * (tokens + lengths[row]))
        if batch and full:
            yield batch
            batch, tokens = [], 0
        batch.append(row)
        tokens += lengths[row]
    if batch:
        yield batch
