"""Measure the default model here: `python -m embedding.measure [--home DIR] [--texts FILE.jsonl[.gz]]`.

FILE has one JSON object a line with "memories": [{"text": ...}]; without it the calibration's own
texts are used, which flatters the accuracy.
"""

import argparse
import gzip
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import gettempdir

import numpy as np
from onnxruntime import InferenceSession

from embedding.artefact import open_artefact
from embedding.backends.onnx_encoder import OnnxEncoder, encode_ids, open_session, run
from embedding.build import ensure_model
from embedding.calibration import calibration_texts
from embedding.graph import Float32, write_model
from embedding.tokens import WordPieces
from embedding.weights import load_tensors, published_model

TEXTS = 1000
COMPANY_EVERY = 10  # of which texts the vector alone is compared with the one in company


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Cosines of int8 to fp32 over texts, and the largest change in any component that company makes."""

    mean: float
    first_percentile: float
    least: float
    company: float


def reference_session() -> InferenceSession:
    """The fp32 graph, straight from the published weights."""
    model = write_model(load_tensors(published_model().weights), Float32())
    return open_session(model.SerializeToString())


def accuracy(folder: Path, texts: Sequence[str]) -> Accuracy:
    """Compare the model in `folder` with fp32 over the texts."""
    pieces = WordPieces(published_model().tokenizer)
    encoder = OnnxEncoder(folder)
    vectors = encoder.encode(texts)
    cosines = (vectors * encode_ids(reference_session(), pieces.ids(texts))).sum(axis=1)
    alone = np.concatenate([encoder.encode([text]) for text in texts[::COMPANY_EVERY]])
    company = float(np.abs(vectors[::COMPANY_EVERY] - alone).max())
    percentile = float(np.percentile(cosines, 1))
    return Accuracy(float(cosines.mean()), percentile, float(cosines.min()), company)


def cpu_milliseconds(session: InferenceSession, tokens: int, *, calls: int = 200) -> float:
    """Median CPU of this process for one text of `tokens` word pieces, model only."""
    dice = np.random.default_rng(1)
    spent = []
    for _ in range(calls):
        ids = [[101, *dice.integers(1996, 29_000, tokens - 2).tolist(), 102]]
        spent.append(_cpu(partial(run, session, ids)))
    return statistics.median(spent) * 1000


def read_texts(path: Path | None, count: int = TEXTS) -> list[str]:
    """Up to `count` texts, spread evenly over the file."""
    if path is None:
        return calibration_texts()
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        texts = [memory["text"] for line in lines for memory in json.loads(line)["memories"]]
    return texts[:: max(1, len(texts) // count)][:count]


def _cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _load(folder: Path) -> tuple[OnnxEncoder, float, float]:
    """The encoder, seconds to load it, by how many MB the peak of resident memory rose."""
    before, start = _peak_megabytes(), time.perf_counter()
    encoder = OnnxEncoder(folder)
    encoder.encode(["first"])
    return encoder, time.perf_counter() - start, _peak_megabytes() - before


def _peak_megabytes() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)  # bytes on macOS, KB elsewhere


def _report(folder: Path, texts: Sequence[str]) -> None:
    encoder, seconds, megabytes = _load(folder)
    print(f"model          {encoder.name}, {encoder.dimension} dimensions")
    print(f"cold load      {seconds:.2f} s, {megabytes:.0f} MB resident")
    session = open_session(open_artefact(folder).model)
    for tokens in (13, 20, 100, 256):
        print(f"one text       {tokens} tokens: {cpu_milliseconds(session, tokens):.2f} ms of CPU")
    spent = _cpu(lambda: encoder.encode(texts))
    mean = np.mean(encoder.count(texts))
    print(f"batches        {len(texts)} texts of {mean:.0f} tokens: {len(texts) / spent:.0f} a CPU second")
    print(f"cosine to fp32 {accuracy(folder, texts)}")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m embedding.measure", description=__doc__)
    parser.add_argument("--home", type=Path, default=Path(gettempdir()) / "garner-measure")
    parser.add_argument("--texts", type=Path)
    chosen = parser.parse_args()
    _report(ensure_model(chosen.home), read_texts(chosen.texts))


if __name__ == "__main__":
    main()
