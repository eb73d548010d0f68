"""Int8 for the graph: weights per output channel, activations per tensor with fixed, calibrated ranges.

Fixed ranges instead of dynamic ones: a dynamic range is taken over the whole batch, so a text's vector
would depend on the texts it happened to share a batch with (measured: cosine down to .981 between the same
text alone and in company). Fixed ranges cost less too: no pass for the extremes.

A few channels are hundreds of times wider than the rest, so each channel is divided by a factor before it
is rounded and the weight's row multiplied by it (SmoothQuant, Xiao et al. 2023, arXiv 2211.10438); what
rounding adds on average to an output is taken back from its bias.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embedding.graph import MICROSOFT, GraphWriter, Linear

Floats = NDArray[np.float32]

# Mean cosine to fp32 on 400 texts of dialogue and long answers: .5 .987, .7 .9954, .75 .9959, .8 .9958.
SMOOTHING = 0.75
# Columns per scale of a table row: the widest power of two that divides 384; 128 was faster than 32.
TABLE_BLOCK = 128
# Shares of the observed extreme that are tried as the clipping point.
CLIPS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)


@dataclass(frozen=True, slots=True)
class Activations:
    """What reached one dense layer while calibrating: a fair sample of rows, and the extremes."""

    rows: Floats  # (samples, inputs)
    largest: Floats  # (inputs,), largest magnitude seen in each channel over every token


@dataclass(frozen=True, slots=True)
class Rounding:
    """Affine uint8 code of a tensor: value = scale * (code - zero)."""

    scale: float
    zero: int

    def codes(self, values: Floats) -> Floats:
        """The codes of values, as whole float32 numbers in 0..255."""
        codes: Floats = np.clip(np.rint(values / np.float32(self.scale)) + self.zero, 0, 255)
        return codes.astype(np.float32, copy=False)

    def apply(self, values: Floats) -> Floats:
        """Values as they come back out of their codes."""
        return (self.codes(values) - self.zero) * np.float32(self.scale)


@dataclass(frozen=True, slots=True)
class Int8:
    """A graph.Precision; `seen` holds the calibration of every dense layer by name."""

    seen: Mapping[str, Activations]

    def lookup(self, graph: GraphWriter, ids: str, table: Floats) -> str:
        """Rows of the table kept as uint8 around 128 in blocks of TABLE_BLOCK columns."""
        blocks = table.reshape(len(table), -1, TABLE_BLOCK)
        scales = np.abs(blocks).max(axis=-1) / 127
        codes = (np.rint(blocks / scales[..., None]) + 128).astype(np.uint8).reshape(table.shape)
        inputs = [graph.constant("words", codes), ids, graph.constant("words.scale", scales)]
        sizes = {"block_size": TABLE_BLOCK, "bits": 8, "gather_axis": 0, "quantize_axis": 1}
        return graph.node("GatherBlockQuantized", inputs, "words.rows", domain=MICROSOFT, **sizes)

    def dense(self, graph: GraphWriter, x: str, linear: Linear) -> str:
        """See graph.Precision."""
        name = linear.name
        plan = plan_layer(linear, self.seen[name])
        x = graph.node("Mul", [x, graph.constant(f"{name}.smooth", 1 / plan.factors)], f"{name}.smoothed")
        scale = graph.constant(f"{name}.x.scale", np.float32(plan.rounding.scale))
        zero = graph.constant(f"{name}.x.zero", np.uint8(plan.rounding.zero))
        codes = graph.node("QuantizeLinear", [x, scale, zero], f"{name}.x")
        weight = graph.constant(f"{name}.weight", plan.codes)
        weight_scale = graph.constant(f"{name}.scale", plan.scales)
        bias = graph.constant(f"{name}.bias", plan.bias)
        inputs = [codes, weight, scale, weight_scale, zero, "", bias]
        return graph.node("MatMulIntegerToFloat", inputs, f"{name}.out", domain=MICROSOFT)


@dataclass(frozen=True, slots=True)
class LayerPlan:
    """A dense layer in int8: y = scale_x * scales * ((round(x / factors) - zero) @ codes) + bias."""

    factors: Floats  # (inputs,), powers of two: the division is exact
    rounding: Rounding
    codes: NDArray[np.int8]  # (inputs, outputs), -127..127
    scales: Floats  # (outputs,)
    bias: Floats  # (outputs,)


def plan_layer(linear: Linear, seen: Activations) -> LayerPlan:
    """Choose factors, ranges and codes for one dense layer."""
    factors = _factors(linear.weight, seen.largest)
    weight = linear.weight * factors[:, None]
    rows = seen.rows / factors
    rounding = _best_rounding(rows, seen.largest / factors, importance=np.square(weight).sum(axis=1))
    scales = (np.abs(weight).max(axis=0) / 127).astype(np.float32)
    codes = np.rint(weight / scales).astype(np.int8)
    drift = (rounding.apply(rows).mean(axis=0) @ (codes * scales)) - rows.mean(axis=0) @ weight
    return LayerPlan(factors, rounding, codes, scales, (linear.bias - drift).astype(np.float32))


def _factors(weight: Floats, largest: Floats) -> Floats:
    """Powers of two near largest^SMOOTHING / weight^(1 - SMOOTHING), around 1."""
    wide = np.log2(np.maximum(largest, 1e-6))
    heavy = np.log2(np.maximum(np.abs(weight).max(axis=1), 1e-9))
    exponents = SMOOTHING * wide - (1 - SMOOTHING) * heavy
    factors: Floats = np.exp2(np.rint(exponents - exponents.mean())).astype(np.float32)
    return factors


def _best_rounding(rows: Floats, largest: Floats, *, importance: Floats) -> Rounding:
    """The clipping with the least squared error, each channel weighted by what its weights make of it."""
    low = max(float(rows.min()), -float(largest.max()))
    high = min(float(rows.max()), float(largest.max()))

    def error(rounding: Rounding) -> float:
        return float((np.square(rounding.apply(rows) - rows).mean(axis=0) * importance).sum())

    lows = min((_rounding(low * clip, high) for clip in CLIPS), key=error)
    best_low = -lows.zero * lows.scale
    return min((_rounding(best_low, high * clip) for clip in CLIPS), key=error)


def _rounding(low: float, high: float) -> Rounding:
    """Codes that span low..high, which must enclose 0."""
    scale = float(np.float32((high - low) / 255))
    return Rounding(scale=scale, zero=int(np.clip(np.rint(-low / scale), 0, 255)))
