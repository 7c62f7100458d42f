"""What is asked of the rows of a sparse matrix."""

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from problem_mining.nodes import FloatArray


def row_sums(matrix: sp.csr_array) -> FloatArray:
    """The sum of each row."""
    return np.asarray(matrix.sum(axis=1), dtype=np.float64).ravel()


def only_columns(matrix: sp.csr_array, columns: NDArray[np.bool_]) -> sp.csr_array:
    """A matrix in which all but some columns are empty."""
    kept = sp.csr_array(
        (matrix.data * columns[matrix.indices], matrix.indices.copy(), matrix.indptr.copy()),
        shape=matrix.shape,
    )
    kept.eliminate_zeros()
    return kept
