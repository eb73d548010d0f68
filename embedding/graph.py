"""The ONNX graph of MiniLM-L6: embeddings, six transformer layers, mean pooling, unit length.

One writer makes both the fp32 reference and the int8 model; a Precision decides how a table of embeddings
is read and how a dense layer is computed. The graph is written for onnxruntime's CPU kernels:
attention is its fused contrib op; a residual sum is Add + LayerNormalization, not the fused
SkipLayerNormalization, whose kernel took 33 us against 5 for the pair (20 tokens, onnxruntime 1.31).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from embedding.minilm import DIMENSION, EPSILON, HEADS, LAYERS, MAX_TOKENS
from embedding.weights import Tensors

MICROSOFT = "com.microsoft"
OPSET = 18
IR_VERSION = 9


@dataclass(frozen=True, slots=True)
class Linear:
    """A dense layer y = x @ weight + bias; weight is (inputs, outputs)."""

    name: str
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]


@dataclass(slots=True)
class GraphWriter:
    """Collects nodes and constants; `taps` maps each dense layer's name to the tensor it reads."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)
    taps: dict[str, str] = field(default_factory=dict)

    def constant(self, name: str, value: NDArray[Any] | np.generic) -> str:
        """Store a constant; return its name."""
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value).reshape(value.shape), name))
        return name

    def node(self, op: str, inputs: list[str], output: str, *, domain: str = "", **attributes: Any) -> str:
        """Append a node with one output; return the output's name."""
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, domain=domain, **attributes))
        return output


class Precision(Protocol):
    """How numbers are kept: fp32 or int8."""

    def lookup(self, graph: GraphWriter, ids: str, table: NDArray[np.float32]) -> str:
        """Rows of `table` at `ids` (n, tokens) as float32 (n, tokens, dimension)."""
        ...

    def dense(self, graph: GraphWriter, x: str, linear: Linear) -> str:
        """The layer's output, bias included, as float32."""
        ...


class Float32:
    """The reference: plain float32 throughout."""

    def lookup(self, graph: GraphWriter, ids: str, table: NDArray[np.float32]) -> str:
        """See Precision."""
        return graph.node("Gather", [graph.constant("words", table), ids], "words.rows")

    def dense(self, graph: GraphWriter, x: str, linear: Linear) -> str:
        """See Precision."""
        weight = graph.constant(f"{linear.name}.weight", linear.weight)
        product = graph.node("MatMul", [x, weight], f"{linear.name}.product")
        bias = graph.constant(f"{linear.name}.bias", linear.bias)
        return graph.node("Add", [product, bias], f"{linear.name}.out")


def write_model(tensors: Tensors, precision: Precision, *, tapped: bool = False) -> onnx.ModelProto:
    """The whole encoder as one model.

    Inputs input_ids and attention_mask, int64 (n, tokens), tokens <= minilm.MAX_TOKENS; output `embedding`,
    float32 (n, minilm.DIMENSION), rows of unit length. With `tapped` the input of every dense layer is an
    output too, under the tensor names in the model's metadata.
    """
    graph = GraphWriter()
    x = _embeddings(graph, tensors, precision)
    mask = graph.node("Cast", ["attention_mask"], "mask.int32", to=TensorProto.INT32)
    for layer in range(LAYERS):
        x = _layer(graph, _LayerTensors(tensors, layer), precision, x, mask)
    _pool(graph, x)
    return _model(graph, tapped=tapped)


def layer_inputs(model: onnx.ModelProto) -> dict[str, str]:
    """Dense layer name -> the output of a tapped model that holds the layer's input."""
    return {entry.key: entry.value for entry in model.metadata_props}


@dataclass(frozen=True, slots=True)
class _LayerTensors:
    tensors: Tensors
    layer: int

    def linear(self, name: str, *parts: str) -> Linear:
        weights = [self.tensors[f"encoder.layer.{self.layer}.{part}.weight"].T for part in parts]
        biases = [self.tensors[f"encoder.layer.{self.layer}.{part}.bias"] for part in parts]
        return Linear(f"{self.layer}.{name}", np.concatenate(weights, axis=1), np.concatenate(biases))

    def norm(self, part: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        prefix = f"encoder.layer.{self.layer}.{part}.LayerNorm"
        return self.tensors[f"{prefix}.weight"], self.tensors[f"{prefix}.bias"]


def _embeddings(graph: GraphWriter, tensors: Tensors, precision: Precision) -> str:
    """Word + position + (always the first) token type, normalised."""
    words = precision.lookup(graph, "input_ids", tensors["embeddings.word_embeddings.weight"])
    places = tensors["embeddings.position_embeddings.weight"][:MAX_TOKENS]
    places = places + tensors["embeddings.token_type_embeddings.weight"][0]
    length = graph.node("Shape", ["input_ids"], "length", start=1, end=2)
    first = graph.constant("first", np.zeros(1, np.int64))
    table = graph.constant("places", places)
    rows = graph.node("Slice", [table, first, length, first], "places.rows")
    norm = tensors["embeddings.LayerNorm.weight"], tensors["embeddings.LayerNorm.bias"]
    return _add_and_norm(graph, "embeddings", words, rows, norm)


def _layer(graph: GraphWriter, tensors: _LayerTensors, precision: Precision, x: str, mask: str) -> str:
    attended = _attention(graph, tensors, precision, x, mask)
    joined = _dense(graph, precision, attended, tensors.linear("attended", "attention.output.dense"))
    name = f"{tensors.layer}.attention"
    x = _add_and_norm(graph, name, joined, x, tensors.norm("attention.output"))
    wide = _dense(graph, precision, x, tensors.linear("wide", "intermediate.dense"))
    active = graph.node("Gelu", [wide], f"{tensors.layer}.active", domain=MICROSOFT)
    narrow = _dense(graph, precision, active, tensors.linear("narrow", "output.dense"))
    return _add_and_norm(graph, f"{tensors.layer}.output", narrow, x, tensors.norm("output"))


def _attention(graph: GraphWriter, tensors: _LayerTensors, precision: Precision, x: str, mask: str) -> str:
    parts = ("attention.self.query", "attention.self.key", "attention.self.value")
    packed = _dense(graph, precision, x, tensors.linear("qkv", *parts))
    split = [f"{tensors.layer}.{part}" for part in ("query", "key", "value")]
    graph.nodes.append(
        helper.make_node("Split", [packed], split, name=f"{tensors.layer}.split", axis=-1, num_outputs=3)
    )
    inputs = [*split, "", mask]
    name = f"{tensors.layer}.context"
    return graph.node("MultiHeadAttention", inputs, name, domain=MICROSOFT, num_heads=HEADS)


def _dense(graph: GraphWriter, precision: Precision, x: str, linear: Linear) -> str:
    graph.taps[linear.name] = x
    return precision.dense(graph, x, linear)


def _add_and_norm(
    graph: GraphWriter, name: str, x: str, y: str, norm: tuple[NDArray[np.float32], NDArray[np.float32]]
) -> str:
    total = graph.node("Add", [x, y], f"{name}.sum")
    scale = graph.constant(f"{name}.norm.scale", norm[0])
    shift = graph.constant(f"{name}.norm.shift", norm[1])
    return graph.node("LayerNormalization", [total, scale, shift], f"{name}.norm", epsilon=EPSILON)


def _pool(graph: GraphWriter, x: str) -> None:
    """Sum over the mask, then unit length: the mean's direction, without the division."""
    weights = graph.node("Cast", ["attention_mask"], "mask.float", to=TensorProto.FLOAT)
    axis = graph.constant("axis", np.ones(1, np.int64))
    row = graph.node("Unsqueeze", [weights, axis], "mask.row")
    total = graph.node("Squeeze", [graph.node("MatMul", [row, x], "pooled.row"), axis], "pooled")
    graph.node("LpNormalization", [total], "embedding", axis=-1, p=2)


def _model(graph: GraphWriter, *, tapped: bool) -> onnx.ModelProto:
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    outputs = [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", DIMENSION])]
    if tapped:
        outputs += list(_tap_outputs(graph))
    body = helper.make_graph(graph.nodes, "minilm", inputs, outputs, graph.constants)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
    model: onnx.ModelProto = helper.make_model(body, opset_imports=opsets, ir_version=IR_VERSION)
    if tapped:
        helper.set_model_props(model, graph.taps)
    return model


def _tap_outputs(graph: GraphWriter) -> Iterator[onnx.ValueInfoProto]:
    for tensor in dict.fromkeys(graph.taps.values()):
        yield helper.make_tensor_value_info(tensor, TensorProto.FLOAT, ["n", "tokens", None])
