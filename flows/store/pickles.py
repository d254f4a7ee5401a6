"""Unpickles by an allow-list: what a fitted pipeline is made of, by name, and nothing else.

A pickle names functions and calls them. This list is the second lock behind the signature: a stolen key, or a pipeline
that was built to harm, gets no further than the names below.
"""

import io
import pickle
from typing import Any

from flows.errors import TidemillError

# numpy's and the standard library's, each needed by some classifier of scikit-learn. No loader, no getattr, no partial.
PLAIN = {
    "builtins": {"slice"},
    "numpy": {"dtype", "ndarray", "float64", "float32", "int64", "int32", "bool_", "str_"},
    "numpy._core.multiarray": {"_reconstruct", "scalar"},
    "numpy._core.numeric": {"_frombuffer"},
    "numpy.random._mt19937": {"MT19937"},
    "numpy.random._pcg64": {"PCG64"},
    "numpy.random._pickle": {"__bit_generator_ctor", "__generator_ctor", "__randomstate_ctor"},
    "numpy.random.bit_generator": {"SeedSequence", "__pyx_unpickle_SeedSequence"},
    "scipy.sparse._csr": {"csr_matrix", "csr_array"},
}
# Parts of scikit-learn's estimators that are no estimators themselves.
PARTS = {
    "sklearn._loss._loss": {
        *("CyHalfBinomialLoss", "CyHalfMultinomialLoss", "CyExponentialLoss"),
        "__pyx_unpickle_CyHalfMultinomialLoss",
    },
    "sklearn._loss.link": {"Interval", "LogitLink", "MultinomialLogit", "HalfLogitLink"},
    "sklearn._loss.loss": {"HalfBinomialLoss", "HalfMultinomialLoss", "ExponentialLoss"},
    "sklearn.calibration": {"_CalibratedClassifier"},
    "sklearn.ensemble._hist_gradient_boosting.predictor": {"TreePredictor"},
    "sklearn.metrics._dist_metrics": {"EuclideanDistance64", "ManhattanDistance64", "newObj"},
    "sklearn.neighbors._ball_tree": {"BallTree", "newObj"},
    "sklearn.neighbors._kd_tree": {"KDTree", "newObj"},
    "sklearn.neural_network._stochastic_optimizers": {"AdamOptimizer", "SGDOptimizer"},
    "sklearn.tree._tree": {"Tree"},
}
ALLOWED = PLAIN | PARTS


def dumps(pipeline: Any) -> bytes:
    """Pickle a fitted pipeline."""
    return pickle.dumps(pipeline, protocol=5)


def loads(where: str, content: bytes, estimator: str) -> Any:
    """Unpickle a pipeline whose last step is the declared estimator (a dotted path).

    Raises
    ------
    TidemillError
        When it is damaged, or names something that a pipeline does not need.
    """
    try:
        return _Unpickler(io.BytesIO(content), estimator.partition(".")[0]).load()
    except TidemillError as error:
        raise TidemillError(f"{where}: {error}") from error
    except Exception as error:  # a damaged pickle raises whatever its opcodes come upon
        raise TidemillError(f"{where}: cannot be unpickled ({error}); restore it, or train again") from error


class _Unpickler(pickle.Unpickler):
    def __init__(self, stream: io.BytesIO, package: str) -> None:
        super().__init__(stream)
        self._packages = ("sklearn", package)

    def find_class(self, module: str, name: str) -> Any:
        """Return what the pickle names, if it is on the list or an estimator."""
        from sklearn.base import BaseEstimator  # late: a run with nothing new loads no scikit-learn

        if name in ALLOWED.get(module, ()):
            return super().find_class(module, name)
        # A dotted name would walk through attributes, as from a module to the `os` it has imported.
        if module.partition(".")[0] in self._packages and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and issubclass(found, BaseEstimator) and found.__module__ == module:
                return found
        raise TidemillError(f"names {module}.{name}, which no pipeline of ours needs; do not load it, train again")
