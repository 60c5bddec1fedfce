"""Functions that a build has in place of a C library's, held against double precision."""

import ctypes
from collections.abc import Callable, Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from builds.compiler.operators.common.real.c_functions import C_FUNCTIONS, c_functions_in
from builds.verify.engines import host_target
from builds.verify.reals import function_library, library_source, own_functions

pytestmark = [pytest.mark.toolchain]
Doubles = NDArray[np.float64]
REAL: Mapping[str, Callable[[Doubles], Doubles]] = {
    "cosf": np.cos,
    "expf": np.exp,
    "expm1f": np.expm1,
    "logf": np.log,
    "sinf": np.sin,
    "tanhf": np.tanh,
}
SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-45, 1.1754942e-38, 88.7228, 88.73, -103.9, -104.0]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    path = tmp_path_factory.mktemp("functions") / "functions.so"
    path.write_bytes(function_library(host_target()))
    return ctypes.CDLL(str(path))


def inputs() -> NDArray[np.float32]:
    """Give real numbers of every size, and those at which functions change their way."""
    bits = np.random.default_rng(3).integers(0, 1 << 32, 20_000, dtype=np.uint32)
    near = np.random.default_rng(4).uniform(-20, 20, 20_000).astype(np.float32)
    return np.concatenate([bits.view(np.float32), near, np.asarray(SPECIAL, np.float32)])


@pytest.mark.parametrize("name", sorted(C_FUNCTIONS))
def test_a_function_is_as_near_as_it_says(library: ctypes.CDLL, name: str) -> None:
    function = library[name]
    function.restype, function.argtypes = ctypes.c_float, [ctypes.c_float]
    given = inputs()
    found = np.asarray([function(float(x)) for x in given], np.float32)
    with np.errstate(all="ignore"):
        wanted = REAL[name](given.astype(np.float64))
        nearest = wanted.astype(np.float32)
        unit = np.spacing(np.abs(nearest)).astype(np.float64)
        away = np.abs(found.astype(np.float64) - wanted) / unit
    finite = np.isfinite(nearest)
    assert np.array_equal(found[~finite], nearest[~finite], equal_nan=True)
    assert float(away[finite].max()) <= C_FUNCTIONS[name].units


def test_what_a_source_has_is_found_in_it() -> None:
    assert own_functions({"model.cc": library_source(["tanhf"])}) == ("expf", "tanhf")
    assert c_functions_in("int32_t ef_exp(int32_t x) {") == ()
