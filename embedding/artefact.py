"""The built model on disk: a folder with the graph, the tokenizer and a manifest of their sums.

The manifest is written last of all and the folder renamed into place, so a folder that exists is whole;
the sums tell a file that was damaged or exchanged later.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedding.errors import ModelCorrupt, ModelMissing
from embedding.minilm import NAME
from embedding.weights import file_sha256

MODEL_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"
MANIFEST_FILE = "manifest.json"


@dataclass(frozen=True, slots=True)
class Artefact:
    """Two checked files."""

    model: Path
    tokenizer: Path


def open_artefact(folder: Path) -> Artefact:
    """Check the model in `folder` against its manifest.

    Raises ModelMissing when there is no manifest, ModelCorrupt when anything differs from it.
    """
    sums = _recorded_sums(folder)
    return Artefact(model=_checked(folder, MODEL_FILE, sums), tokenizer=_checked(folder, TOKENIZER_FILE, sums))


def is_built(folder: Path) -> bool:
    """Whether a whole model was put here; its sums are checked when it is opened."""
    return (folder / MANIFEST_FILE).is_file()


def _recorded_sums(folder: Path) -> dict[str, str]:
    path = folder / MANIFEST_FILE
    if not path.is_file():
        raise ModelMissing(f"No model in {folder}: run python -m embedding.build")
    try:
        manifest: dict[str, Any] = json.loads(path.read_bytes())
        name, sums = manifest["name"], manifest["sha256"]
        recorded = {file: str(sums[file]) for file in (MODEL_FILE, TOKENIZER_FILE)}
    except (ValueError, KeyError, TypeError) as error:
        raise ModelCorrupt(_advice(folder, f"{MANIFEST_FILE} is unreadable")) from error
    if name != NAME:
        raise ModelCorrupt(_advice(folder, f"{MANIFEST_FILE} names the model {name!r}, expected {NAME!r}"))
    return recorded


def _checked(folder: Path, file: str, sums: dict[str, str]) -> Path:
    try:
        found = file_sha256(folder / file)
    except FileNotFoundError as error:
        raise ModelCorrupt(_advice(folder, f"{file} is missing")) from error
    if found != sums[file]:
        raise ModelCorrupt(_advice(folder, f"{file} has sha256 {found}, expected {sums[file]}"))
    return folder / file


def _advice(folder: Path, fault: str) -> str:
    return f"The embedding model in {folder} is damaged: {fault}. Run python -m embedding.build --again"
