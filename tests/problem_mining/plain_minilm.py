"""The same network in plain numpy and full precision: the second way to its vectors."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf, softmax

Float64 = NDArray[np.float64]
LAYERS, HEADS, WIDTH, WIDE = 6, 12, 384, 1536


def random_weights(n_words: int, seed: int = 7) -> dict[str, NDArray[np.float32]]:
    """Weights of the right shapes."""
    rng = np.random.default_rng(seed)

    def some(*shape: int) -> NDArray[np.float32]:
        return rng.normal(0, 0.05, shape).astype(np.float32)

    def norm(at: str) -> dict[str, NDArray[np.float32]]:
        return {f"{at}.weight": 1 + some(WIDTH), f"{at}.bias": some(WIDTH)}

    def linear(at: str, n_in: int, n_out: int) -> dict[str, NDArray[np.float32]]:
        return {f"{at}.weight": some(n_out, n_in), f"{at}.bias": some(n_out)}

    weights = {
        "embeddings.word_embeddings.weight": some(n_words, WIDTH),
        "embeddings.position_embeddings.weight": some(512, WIDTH),
        "embeddings.token_type_embeddings.weight": some(2, WIDTH),
        **norm("embeddings.LayerNorm"),
    }
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}"
        for part in ("query", "key", "value"):
            weights |= linear(f"{at}.attention.self.{part}", WIDTH, WIDTH)
        weights |= linear(f"{at}.attention.output.dense", WIDTH, WIDTH)
        weights |= norm(f"{at}.attention.output.LayerNorm")
        weights |= linear(f"{at}.intermediate.dense", WIDTH, WIDE)
        weights |= linear(f"{at}.output.dense", WIDE, WIDTH)
        weights |= norm(f"{at}.output.LayerNorm")
    return weights


def plain_vector(weights: dict[str, NDArray[np.float32]], ids: list[int]) -> Float64:
    """The vector of one text, given as word numbers."""
    w = {name: value.astype(np.float64) for name, value in weights.items()}

    def norm(x: Float64, at: str) -> Float64:
        x = (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + 1e-12)
        return np.asarray(x * w[f"{at}.weight"] + w[f"{at}.bias"])

    def linear(x: Float64, at: str) -> Float64:
        return np.asarray(x @ w[f"{at}.weight"].T + w[f"{at}.bias"])

    embedded = w["embeddings.word_embeddings.weight"][ids]
    embedded = embedded + w["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm(embedded + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}"
        q, k, v = (
            linear(x, f"{at}.attention.self.{part}").reshape(len(ids), HEADS, -1).swapaxes(0, 1)
            for part in ("query", "key", "value")
        )
        looks = softmax(q @ k.swapaxes(1, 2) / np.sqrt(WIDTH / HEADS), axis=-1)
        seen = (looks @ v).swapaxes(0, 1).reshape(len(ids), WIDTH)
        x = norm(
            x + linear(seen, f"{at}.attention.output.dense"), f"{at}.attention.output.LayerNorm"
        )
        wide = linear(x, f"{at}.intermediate.dense")
        bent = wide * (1 + erf(wide / np.sqrt(2))) / 2
        x = norm(x + linear(bent, f"{at}.output.dense"), f"{at}.output.LayerNorm")
    mean = x.mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean))
