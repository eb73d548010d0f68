"""Int8 layers: per channel, exact where they claim to be, and close to float32 elsewhere."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from embedding.backends.onnx_encoder import open_session
from embedding.calibration import calibration_texts, observe
from embedding.graph import MICROSOFT, OPSET, GraphWriter, Linear
from embedding.quantise import TABLE_BLOCK, Extremes, Int8, plan_layer
from embedding.tokens import WordPieces
from embedding.weights import load_tensors, published_model

dice = np.random.default_rng(3)


def layer(inputs: int = 64, outputs: int = 48) -> Linear:
    """A layer whose output channels differ a thousandfold in size."""
    weight = dice.normal(size=(inputs, outputs)) * np.logspace(-2, 1, outputs)
    return Linear("dense", weight.astype(np.float32), dice.normal(size=outputs).astype(np.float32))


def activations(inputs: int = 64) -> np.ndarray:
    """Rows with one channel fifty times wider than the rest."""
    rows = dice.normal(size=(200, inputs))
    rows[:, 5] *= 50
    return rows.astype(np.float32)


def extremes(rows: np.ndarray) -> Extremes:
    return Extremes(rows.min(axis=0), rows.max(axis=0))


def computed(graph: GraphWriter, output: str, feed: dict[str, np.ndarray]) -> np.ndarray:
    """What onnxruntime makes of the nodes written so far."""
    kinds = {np.dtype(np.float32): TensorProto.FLOAT, np.dtype(np.int64): TensorProto.INT64}
    inputs = [helper.make_tensor_value_info(name, kinds[x.dtype], x.shape) for name, x in feed.items()]
    outputs = [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)]
    body = helper.make_graph(graph.nodes, "part", inputs, outputs, graph.constants)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
    model: onnx.ModelProto = helper.make_model(body, opset_imports=opsets, ir_version=9)
    result: np.ndarray = open_session(model.SerializeToString()).run([output], feed)[0]
    return result


def relative_error(found: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """Per output channel."""
    error: np.ndarray = np.sqrt(np.square(found - exact).mean(axis=0) / np.square(exact).mean(axis=0))
    return error


def test_a_layer_computes_what_float32_computes_within_a_few_per_cent_in_every_channel():
    linear, rows = layer(), activations()
    graph = GraphWriter()
    output = Int8({"dense": extremes(rows)}).dense(graph, "x", linear)
    found = computed(graph, output, {"x": rows})
    assert relative_error(found, rows @ linear.weight + linear.bias).max() < 0.03


def test_every_output_channel_has_a_scale_of_its_own_and_uses_all_codes():
    linear = layer()
    plan = plan_layer(linear, extremes(activations()))
    assert plan.scales.shape == (48,)
    assert (np.abs(plan.codes).max(axis=0) == 127).all()
    assert plan.codes.dtype == np.int8


def test_smoothing_is_exact_and_narrows_the_wide_channel():
    linear, rows = layer(), activations()
    plan = plan_layer(linear, extremes(rows))
    assert np.array_equal(np.exp2(np.rint(np.log2(plan.factors))), plan.factors)
    assert np.argmax(plan.factors) == 5
    assert np.array_equal(rows / plan.factors * plan.factors, rows)


def test_what_was_seen_fits_the_range():
    rows = activations()
    plan = plan_layer(layer(), extremes(rows))
    codes = np.rint(rows / plan.factors / plan.scale) + float(plan.zero)
    assert codes.min() >= -1
    assert codes.max() <= 256


def test_a_layer_that_reads_only_positive_numbers_spends_no_code_on_negative_ones():
    rows = np.abs(activations())
    assert plan_layer(layer(), extremes(rows)).zero == 0


def test_channels_that_were_never_used_do_no_harm():
    rows = activations()
    rows[:, 7] = 0
    plan = plan_layer(layer(), extremes(rows))
    assert np.isfinite(plan.factors).all()
    assert np.isfinite(plan.scale)


def test_a_table_in_uint8_gives_its_rows_back():
    table = dice.normal(size=(50, 3 * TABLE_BLOCK)).astype(np.float32)
    graph = GraphWriter()
    output = Int8({}).lookup(graph, "ids", table)
    ids = np.array([[3, 0, 49], [7, 7, 1]])
    found = computed(graph, output, {"ids": ids})
    assert np.abs(found - table[ids]).max() <= np.abs(table).max() / 127 / 2 + 1e-6


def test_calibration_texts_are_always_the_same_and_of_every_length():
    texts = calibration_texts()
    assert texts == calibration_texts()
    counts = WordPieces(published_model().tokenizer).count(texts)
    assert min(counts) == 1
    assert max(counts) > 256


@pytest.mark.slow
def test_observing_more_texts_only_widens_the_extremes():
    tensors = load_tensors(published_model().weights)
    pieces = WordPieces(published_model().tokenizer)
    few = observe(tensors, pieces, calibration_texts()[:5])
    more = observe(tensors, pieces, calibration_texts()[:25])
    assert len(few) == 24
    for name, seen in few.items():
        assert (more[name].low <= seen.low).all()
        assert (more[name].high >= seen.high).all()
