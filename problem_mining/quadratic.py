"""Log-odds from features, each alone and multiplied by each other."""

from dataclasses import dataclass

import numpy as np

from problem_mining.features import Float32
from problem_mining.nodes import FloatArray

MAX_DEVIATION = 6.0
"""Standard deviations; what lies farther out than in training is not trusted to mean more."""
STEPS = 2.0**30


@dataclass(frozen=True, slots=True)
class Quadratic:
    """`bias + u.z + z.Q.z`, with z the features in standard deviations from their mean.

    Shapes: linear, centre and scale (f,), products (f, f).
    """

    bias: float
    linear: FloatArray
    products: FloatArray
    centre: FloatArray
    scale: FloatArray

    def each(self, features: FloatArray | Float32) -> FloatArray:
        """What each feature adds; a product of two is shared equally by both."""
        z = np.clip((features - self.centre) / self.scale, -MAX_DEVIATION, MAX_DEVIATION)
        added: FloatArray = z * (self.linear + z @ self.products)
        # A product of matrices may differ in its last bits by where a row stands in it.
        return np.asarray(np.rint(added * STEPS) / STEPS, dtype=np.float64)

    def odds(self, features: FloatArray | Float32) -> FloatArray:
        """Log-odds, shape (m,)."""
        odds: FloatArray = self.bias + self.each(features).sum(axis=1)
        return odds
