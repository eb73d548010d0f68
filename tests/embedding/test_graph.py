"""The graph is BERT: checked against plain numpy and against the publisher's own numbers."""

import math

import numpy as np
import pytest

from embedding.backends.onnx_encoder import encode_ids, open_session, run
from embedding.graph import Float32, layer_inputs, write_model
from embedding.measure import reference_session
from embedding.minilm import DIMENSION, EPSILON, HEADS, LAYERS
from embedding.tokens import WordPieces
from embedding.weights import Tensors, load_tensors, published_model

erf = np.vectorize(math.erf, otypes=[np.float64])


@pytest.fixture(scope="module")
def tensors() -> Tensors:
    return load_tensors(published_model().weights)


@pytest.fixture(scope="module")
def reference():
    return reference_session()


@pytest.fixture(scope="module")
def pieces() -> WordPieces:
    return WordPieces(published_model().tokenizer)


def normalised(x, tensors, prefix):
    centred = x - x.mean(axis=-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPSILON)
    return scaled * tensors[f"{prefix}.LayerNorm.weight"] + tensors[f"{prefix}.LayerNorm.bias"]


def dense(x, tensors, prefix):
    return x @ tensors[f"{prefix}.weight"].T.astype(np.float64) + tensors[f"{prefix}.bias"]


def attention(x, tensors, prefix):
    """Scaled dot products, head by head, in float64."""
    width = DIMENSION // HEADS
    query, key, value = (dense(x, tensors, f"{prefix}.self.{part}") for part in ("query", "key", "value"))
    heads = []
    for head in range(HEADS):
        part = slice(head * width, (head + 1) * width)
        scores = query[:, part] @ key[:, part].T / math.sqrt(width)
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        heads.append(weights / weights.sum(axis=-1, keepdims=True) @ value[:, part])
    return dense(np.concatenate(heads, axis=-1), tensors, f"{prefix}.output.dense")


def plain_bert(ids, tensors):
    """One text through the architecture of Devlin et al. 2019, without any of our code."""
    words = tensors["embeddings.word_embeddings.weight"][ids].astype(np.float64)
    places = tensors["embeddings.position_embeddings.weight"][: len(ids)]
    kinds = tensors["embeddings.token_type_embeddings.weight"][0]
    x = normalised(words + places + kinds, tensors, "embeddings")
    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}"
        attended = attention(x, tensors, f"{prefix}.attention")
        x = normalised(attended + x, tensors, f"{prefix}.attention.output")
        wide = dense(x, tensors, f"{prefix}.intermediate.dense")
        active = wide * 0.5 * (1 + erf(wide / math.sqrt(2)))
        x = normalised(dense(active, tensors, f"{prefix}.output.dense") + x, tensors, f"{prefix}.output")
    mean = x.mean(axis=0)
    return mean / np.linalg.norm(mean)


@pytest.mark.parametrize("text", ["Hey!", "My sister moved to Lisbon in 2019, I think.", "日本語 and naïve 42"])
def test_the_reference_is_bert(tensors, reference, pieces, text):
    (ids,) = pieces.ids([text])
    assert np.abs(run(reference, [ids])[0] - plain_bert(ids, tensors)).max() < 1e-5


def test_the_reference_gives_the_publishers_similarities(reference, pieces):
    """The example of the sentence-transformers documentation (sbert.net, quickstart), to four digits."""
    texts = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
    vectors = encode_ids(reference, pieces.ids(texts))
    expected = [[1.0, 0.6660, 0.1046], [0.6660, 1.0, 0.1411], [0.1046, 0.1411, 1.0]]
    assert np.abs(vectors @ vectors.T - np.array(expected)).max() < 1e-4


def test_a_tapped_graph_shows_what_each_dense_layer_reads(tensors):
    model = write_model(tensors, Float32(), tapped=True)
    inputs = layer_inputs(model)
    names = {f"{layer}.{part}" for layer in range(LAYERS) for part in ("qkv", "attended", "wide", "narrow")}
    assert set(inputs) == names
    session = open_session(model.SerializeToString())
    feed = {"input_ids": np.array([[101, 2000, 102]]), "attention_mask": np.ones((1, 3), np.int64)}
    first, wide = session.run([inputs["0.qkv"], inputs["0.narrow"]], feed)
    assert first.shape == (1, 3, DIMENSION)
    assert wide.shape == (1, 3, 4 * DIMENSION)
    assert wide.min() > -0.171, "GELU never goes below -.17"


def test_ids_are_those_of_the_published_tokenizer(pieces):
    assert pieces.ids(["hello world"]) == [[101, 7592, 2088, 102]]
    assert pieces.ids([""]) == [[101, 102]]
    assert [len(ids) for ids in pieces.ids(["word " * 300, "x" * 30_000])] == [256, 3]
