"""Writes a neural network as an ONNX file: no more of the format than a few operators need.

The format is Protocol Buffers, field numbers as in onnx.proto3 of the ONNX project, IR version 8.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.generic]
Value = int | float | Sequence[int]

IR_VERSION, OPSET = 8, 17
MICROSOFT = "com.microsoft"
"""The domain of onnxruntime's own operators."""
FLOAT, UINT8, INT64 = 1, 2, 7
_TYPE: Mapping[np.dtype[np.generic], int] = {
    np.dtype(np.float32): FLOAT,
    np.dtype(np.uint8): UINT8,
    np.dtype(np.int8): 3,
    np.dtype(np.int64): INT64,
}


@dataclass(slots=True)
class Network:
    """A network as it is put together: what is computed, from what, in order."""

    name: str
    _nodes: list[bytes] = field(default_factory=list)
    _constants: list[bytes] = field(default_factory=list)
    _inputs: list[bytes] = field(default_factory=list)
    _outputs: list[bytes] = field(default_factory=list)

    def constant(self, name: str, value: Array) -> str:
        """Keeps a value under a name, which is given back."""
        value = np.ascontiguousarray(value)
        shape = b"".join(_number(1, size) for size in value.shape)
        typed = _number(2, _TYPE[value.dtype]) + _text(8, name)
        self._constants.append(shape + typed + _bytes(9, value.tobytes()))
        return name

    def node(
        self, operator: str, inputs: Sequence[str], output: str, domain: str = "", **settings: Value
    ) -> str:
        """Computes one value from others; gives back its name."""
        return self.split(operator, inputs, (output,), domain, **settings)[0]

    def split(
        self,
        operator: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        domain: str = "",
        **settings: Value,
    ) -> Sequence[str]:
        """Computes several values from others; gives back their names."""
        names = [_text(1, name) for name in inputs] + [_text(2, name) for name in outputs]
        told = [_text(3, outputs[0]), _text(4, operator)]
        told += [_bytes(5, _attribute(name, value)) for name, value in settings.items()]
        self._nodes.append(b"".join(names + told) + (_text(7, domain) if domain else b""))
        return outputs

    def takes(self, name: str, of: int, shape: Sequence[int | str]) -> None:
        """Declares an input; a size that varies is given by a name."""
        self._inputs.append(_declared(name, of, shape))

    def gives(self, name: str, of: int, shape: Sequence[int | str]) -> None:
        """Declares an output."""
        self._outputs.append(_declared(name, of, shape))

    def file(self) -> bytes:
        """The network as an ONNX file."""
        graph = b"".join(
            [_bytes(1, node) for node in self._nodes]
            + [_text(2, self.name)]
            + [_bytes(5, constant) for constant in self._constants]
            + [_bytes(11, given) for given in self._inputs]
            + [_bytes(12, output) for output in self._outputs]
        )
        opsets = [_text(1, "") + _number(2, OPSET), _text(1, MICROSOFT) + _number(2, 1)]
        told = _number(1, IR_VERSION) + _text(2, self.name) + _bytes(7, graph)
        return told + b"".join(_bytes(8, opset) for opset in opsets)


def _declared(name: str, of: int, shape: Sequence[int | str]) -> bytes:
    sizes = (_text(2, size) if isinstance(size, str) else _number(1, size) for size in shape)
    tensor = _number(1, of) + _bytes(2, b"".join(_bytes(1, size) for size in sizes))
    return _text(1, name) + _bytes(2, _bytes(1, tensor))


def _attribute(name: str, value: Value) -> bytes:
    if isinstance(value, float):
        return _text(1, name) + _varint(2 << 3 | 5) + struct.pack("<f", value) + _number(20, 1)
    if isinstance(value, int):
        return _text(1, name) + _number(3, value) + _number(20, 2)
    return _text(1, name) + b"".join(_number(8, each) for each in value) + _number(20, 7)


def _number(at: int, value: int) -> bytes:
    return _varint(at << 3) + _varint(value)


def _text(at: int, value: str) -> bytes:
    return _bytes(at, value.encode())


def _bytes(at: int, value: bytes) -> bytes:
    return _varint(at << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    """A number in groups of seven bits, the lowest first; a negative one in 64 bits."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
