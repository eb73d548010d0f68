"""The sentence-transformers backend, with the weights of the packaged model: no network."""

import subprocess
import sys

import numpy as np
import pytest

from embedding.backends.sentence_transformer import SentenceTransformerEncoder
from embedding.errors import BackendMissing, WrongDimension
from embedding.weights import published_model


@pytest.fixture(scope="module")
def encoder() -> SentenceTransformerEncoder:
    pytest.importorskip("sentence_transformers")
    return SentenceTransformerEncoder(str(published_model().weights.parent), 384)


@pytest.mark.slow
def test_vectors_are_units_and_near_the_built_in_models(encoder, minilm):
    texts = ["The cat sat on the mat.", "Es regnet in Strömen.", "SELECT 1"]
    vectors = encoder.encode(texts)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert ((vectors * minilm.encode(texts)).sum(axis=1) > 0.97).all()  # the built-in one is quantised


@pytest.mark.slow
def test_no_texts_are_no_vectors(encoder):
    assert encoder.encode([]).shape == (0, 384)


@pytest.mark.slow
def test_tokens_are_the_models_own(encoder, minilm):
    texts = ["internationalisation", "one two three", ""]
    assert encoder.count(texts) == minilm.count(texts)
    assert encoder.windows("one two three " * 100, 50, 10) == minilm.windows("one two three " * 100, 50, 10)


@pytest.mark.slow
def test_a_model_that_does_not_fit_the_column_is_refused(encoder):
    with pytest.raises(WrongDimension, match=r"384 numbers.*holds 768"):
        SentenceTransformerEncoder(str(published_model().weights.parent), 768)


def test_without_the_library_the_operator_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(BackendMissing, match=r"requirements/torch\.txt"):
        SentenceTransformerEncoder("any", 384)


def test_the_default_path_never_imports_torch():
    program = "import sys, embedding, embedding.backends.onnx_encoder; print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
