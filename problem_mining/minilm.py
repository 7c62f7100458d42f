"""all-MiniLM-L6-v2 as a network of whole numbers, made from its published weights.

Weights are rounded to 8 bits per output column, inputs to 8 bits per word while it runs: so a
text's vector depends on that text alone, not on what else is in its batch. There is no padding:
a batch holds texts of one length. Measured against the full precision in docs/mining.md.
"""

import json
import struct
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from itsm.errors import MiningError
from problem_mining.onnx_file import FLOAT, INT64, MICROSOFT, UINT8, Network

Float32 = NDArray[np.float32]
Weights = Mapping[str, Float32]

LAYERS, HEADS, WIDTH = 6, 12, 384
EPSILON = 1e-12
LARGEST = 127.0


def read_safetensors(content: bytes) -> dict[str, Float32]:
    """The float32 tensors of a safetensors file, by name.

    Raises:
        MiningError: it is no such file.
    """
    try:
        (size,) = struct.unpack("<Q", content[:8])
        header = json.loads(content[8 : 8 + size])
        return {
            name: np.frombuffer(
                content[8 + size + told["data_offsets"][0] : 8 + size + told["data_offsets"][1]],
                dtype=np.float32,
            ).reshape(told["shape"])
            for name, told in header.items()
            if name != "__metadata__" and told["dtype"] == "F32"
        }
    except (struct.error, ValueError, KeyError, TypeError) as error:
        raise MiningError("the weights of the model cannot be read") from error


def minilm(weights: Weights) -> bytes:
    """The network as an ONNX file.

    It takes `ids` (batch, length) and `positions` (length), both int64, and gives `vectors`
    (batch, 384), float32, of length 1: the mean over the words of the last layer.
    """
    network = Network("minilm")
    network.takes("ids", INT64, ("batch", "length"))
    network.takes("positions", INT64, ("length",))
    network.constant("per_step", np.array([1 / LARGEST], dtype=np.float32))
    network.constant("middle_and_half", np.array([128.5], dtype=np.float32))
    network.constant("middle", np.array(128, dtype=np.uint8))
    hidden = _embedded(network, weights)
    for layer in range(LAYERS):
        hidden = _layer(network, weights, f"encoder.layer.{layer}.", hidden)
    mean = network.node("ReduceMean", [hidden], "mean", axes=[1], keepdims=0)
    network.node("LpNormalization", [mean], "vectors", axis=-1, p=2)
    network.gives("vectors", FLOAT, ("batch", WIDTH))
    return network.file()


def _embedded(network: Network, weights: Weights) -> str:
    """Words and their positions as vectors; words are kept in 8 bits."""
    whole, step = _rounded(weights["embeddings.word_embeddings.weight"])
    network.constant("words", whole)
    network.constant("words_step", step[:, None])
    first_kind = weights["embeddings.token_type_embeddings.weight"][0]
    network.constant("places", weights["embeddings.position_embeddings.weight"] + first_kind)
    network.node("Gather", ["words", "ids"], "word_whole", axis=0)
    network.node("Cast", ["word_whole"], "word_float", to=FLOAT)
    network.node("Gather", ["words_step", "ids"], "word_step", axis=0)
    network.node("Mul", ["word_float", "word_step"], "word")
    network.node("Gather", ["places", "positions"], "place", axis=0)
    network.node("Add", ["word", "place"], "embedded")
    norm = _norm(network, weights, "embeddings.LayerNorm.")
    return network.node(
        "LayerNormalization", ["embedded", *norm], "hidden", axis=-1, epsilon=EPSILON
    )


def _layer(network: Network, weights: Weights, at: str, hidden: str) -> str:
    """One layer: words look at each other, then each is thought over."""
    asked = [f"{at}attention.self.{part}" for part in ("query", "key", "value")]
    both = _linear(network, f"{at}asked", hidden, *_stacked(weights, asked))
    parts = network.split("Split", [both], [f"{name}.out" for name in asked], axis=-1)
    seen = network.node("MultiHeadAttention", parts, f"{at}seen", MICROSOFT, num_heads=HEADS)
    told = _named(network, weights, f"{at}attention.output.dense", seen)
    hidden = _joined(network, weights, f"{at}attention.output.LayerNorm.", told, hidden)
    wide = _named(network, weights, f"{at}intermediate.dense", hidden)
    bent = network.node("Gelu", [wide], f"{at}bent", MICROSOFT)
    told = _named(network, weights, f"{at}output.dense", bent)
    return _joined(network, weights, f"{at}output.LayerNorm.", told, hidden)


def _stacked(weights: Weights, names: list[str]) -> tuple[Float32, Float32]:
    return (
        np.concatenate([weights[f"{name}.weight"] for name in names]),
        np.concatenate([weights[f"{name}.bias"] for name in names]),
    )


def _joined(network: Network, weights: Weights, at: str, told: str, hidden: str) -> str:
    norm = _norm(network, weights, at)
    inputs = [told, hidden, *norm]
    return network.node("SkipLayerNormalization", inputs, f"{at}out", MICROSOFT, epsilon=EPSILON)


def _norm(network: Network, weights: Weights, at: str) -> list[str]:
    return [network.constant(f"{at}{part}", weights[f"{at}{part}"]) for part in ("weight", "bias")]


def _named(network: Network, weights: Weights, name: str, given: str) -> str:
    return _linear(network, name, given, weights[f"{name}.weight"], weights[f"{name}.bias"])


def _linear(network: Network, name: str, given: str, weight: Float32, bias: Float32) -> str:
    """`given @ weight.T + bias` in whole numbers, each row of `given` rounded by itself."""
    whole, step = _rounded(weight)
    network.constant(f"{name}.whole", np.ascontiguousarray(whole.T))
    network.constant(f"{name}.step", step)
    network.constant(f"{name}.bias", bias)
    network.node("Abs", [given], f"{name}.size")
    network.node("ReduceMax", [f"{name}.size"], f"{name}.largest", axes=[-1], keepdims=1)
    network.node("Mul", [f"{name}.largest", "per_step"], f"{name}.row_step")
    network.node("Div", [given, f"{name}.row_step"], f"{name}.steps")
    # Truncated by the cast, the half makes it rounding; 128 is the zero of unsigned bytes.
    network.node("Add", [f"{name}.steps", "middle_and_half"], f"{name}.shifted")
    network.node("Cast", [f"{name}.shifted"], f"{name}.bytes", to=UINT8)
    inputs = [f"{name}.bytes", f"{name}.whole", "middle"]
    network.node("MatMulInteger", inputs, f"{name}.product")
    network.node("Cast", [f"{name}.product"], f"{name}.float", to=FLOAT)
    network.node("Mul", [f"{name}.float", f"{name}.row_step"], f"{name}.by_row")
    network.node("Mul", [f"{name}.by_row", f"{name}.step"], f"{name}.by_column")
    return network.node("Add", [f"{name}.by_column", f"{name}.bias"], f"{name}.out")


def _rounded(weight: Float32) -> tuple[NDArray[np.int8], Float32]:
    """Whole numbers from -127 to 127 and the step of each row."""
    step = np.maximum(np.abs(weight).max(axis=1), 1e-9) / LARGEST
    whole = np.rint(weight / step[:, None]).astype(np.int8)
    return whole, step.astype(np.float32)
