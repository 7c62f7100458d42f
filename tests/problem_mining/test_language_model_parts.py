"""Word pieces, the network of whole numbers, and vectors that are computed once."""

import json
import struct
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from itsm.errors import MiningError
from problem_mining.embedding import Embedder
from problem_mining.minilm import minilm, read_safetensors
from problem_mining.wordpiece import WordPiece, words_of
from tests.problem_mining.plain_minilm import plain_vector, random_weights

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "print", "##er", "##s", "jam", "offline", "!"]
TEXTS = ["Printer jam", "printers offline!", "jam", "offline printer jam jam", "jam printer"]


@pytest.fixture(scope="module")
def network() -> bytes:
    return minilm(random_weights(len(VOCABULARY)))


class Remembered:
    """A cache that counts what it is given."""

    def __init__(self) -> None:
        self.kept: dict[bytes, bytes] = {}
        self.n_put = 0

    def get(self, keys: Sequence[bytes]) -> Mapping[bytes, bytes]:
        return {key: self.kept[key] for key in keys if key in self.kept}

    def put(self, found: Mapping[bytes, bytes]) -> None:
        self.n_put += len(found)
        self.kept.update(found)


def test_words_are_lower_case_without_accents_and_signs_stand_alone() -> None:
    assert words_of("Café\tVPN-Gerät:\u200b 10 %") == ["cafe", "vpn", "-", "gerat", ":", "10", "%"]


def test_a_word_is_cut_into_its_longest_pieces() -> None:
    pieces = WordPiece(VOCABULARY)
    assert pieces("Printers jam!", 16) == [2, 4, 5, 6, 7, 9, 3]
    assert pieces("printx " + "a" * 101, 16) == [2, 1, 1, 3]


def test_a_long_text_is_cut_and_still_ends() -> None:
    assert WordPiece(VOCABULARY)("jam " * 50, 5) == [2, 7, 7, 7, 3]


def test_the_network_of_whole_numbers_agrees_with_plain_numpy(network: bytes) -> None:
    weights = random_weights(len(VOCABULARY))
    pieces = WordPiece(VOCABULARY)
    vectors = Embedder(network, VOCABULARY)(TEXTS)
    expected = np.stack([plain_vector(weights, pieces(text, 16)) for text in TEXTS])
    assert np.sum(vectors * expected, axis=1).min() > 0.99


def test_a_vector_does_not_depend_on_what_else_is_asked_for(network: bytes) -> None:
    embed = Embedder(network, VOCABULARY)
    together = embed(TEXTS)
    alone = np.concatenate([embed([text]) for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=1e-3)
    assert together.shape == (5, 384)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)


def test_a_text_is_computed_once(network: bytes) -> None:
    cache = Remembered()
    embed = Embedder(network, VOCABULARY, cache)
    first = embed([*TEXTS, *TEXTS])
    assert cache.n_put == len(TEXTS)
    again = Embedder(network, VOCABULARY, cache)(TEXTS)
    assert cache.n_put == len(TEXTS)
    np.testing.assert_array_equal(first[: len(TEXTS)], again)


def test_no_text_gives_no_vector(network: bytes) -> None:
    assert Embedder(network, VOCABULARY)([]).shape == (0, 384)


def test_weights_are_read_and_a_broken_file_is_refused() -> None:
    numbers = np.arange(6, dtype=np.float32)
    told = {"a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, "__metadata__": {}}
    header = json.dumps(told).encode()
    content = struct.pack("<Q", len(header)) + header + numbers.tobytes()
    np.testing.assert_array_equal(read_safetensors(content)["a"], numbers.reshape(2, 3))
    with pytest.raises(MiningError, match="cannot be read"):
        read_safetensors(content[:20])
