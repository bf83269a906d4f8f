"""The same inputs give the same bytes on another make of processor.

Another make is pretended in processes of their own: OpenBLAS takes the kernels of an old processor,
NumPy leaves its vector instructions alone, and the C library its fused ones. Where a machine has
nothing to pretend, the files are equal all the same.
"""

from __future__ import annotations

import ast
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.analysis.every_command import prepare

ROOT = Path(__file__).resolve().parents[2]
ANALYSIS = ROOT / "analysis"
VECTORS = " ".join(np._core._multiarray_umath.__cpu_dispatch__)
FUSED = "-AVX2,-FMA,-AVX512F,-FMA4,-AVX2_Usable,-FMA_Usable"
MAKES = {
    "here": {},
    "kernels": {"OPENBLAS_CORETYPE": "Nehalem"},
    "vectors": {"NPY_DISABLE_CPU_FEATURES": VECTORS},
    "fused": {"GLIBC_TUNABLES": f"glibc.cpu.hwcaps={FUSED}"},
}
PROBE = """
import numpy as np
from scipy.special import ndtr
x = np.random.default_rng(1).normal(size=(300, 300))
print(hash((x @ x.T).tobytes()), hash(np.exp(x).tobytes()), hash(ndtr(x).tobytes()))
"""
# Products of whole numbers are exact in any order; disclosure.py only decides by what it finds,
# with room to spare.
MULTIPLY = {"products", "disclosure", "nonresponse", "screening", "shared_raters", "two_groups"}
DECIDES = {"disclosure", "row_sums"}  # row_sums asks einsum where it was seen to be sure
OF_ITS_OWN_ORDER = {
    "convolve", "corrcoef", "cov", "dot", "einsum", "inner", "linalg", "matmul", "tensordot",
    "vdot",
}  # fmt: skip
OF_A_LIBRARY = {
    "acos", "arccos", "arcsin", "arctan", "arctan2", "asin", "atan", "atan2", "cbrt", "cos", "cosh",
    "erf", "erfc", "exp", "exp2", "expm1", "float_power", "gamma", "hypot", "lgamma", "log",
    "log10", "log1p", "log2", "logaddexp", "pow", "power", "sin", "sinh", "tan", "tanh",
}  # fmt: skip


def _run(make: str, *words: object) -> str:
    environment = os.environ | MAKES[make] | {"PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *map(str, words)],
        env=environment, capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """What every command writes and prints on each make, by file."""
    top = tmp_path_factory.mktemp("makes")
    prepare(top / "data")

    def on(make):
        said = _run(make, "-m", "tests.analysis.every_command", top / "data", top / make)
        files = sorted(path for path in (top / make).rglob("*") if path.is_file())
        return {str(path.relative_to(top / make)): path.read_bytes() for path in files}, said

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(MAKES, pool.map(on, MAKES), strict=True))


@pytest.mark.parametrize("make", ["kernels", "vectors", "fused"])
def test_every_file_of_every_command_is_the_same_on_another_make(make, written):
    (here, said), (there, said_there) = written["here"], written[make]
    assert len(here) > 200, "every command wrote its files"
    assert here.keys() == there.keys()
    assert [name for name, content in here.items() if there[name] != content] == []
    assert said == said_there


@pytest.mark.skipif(
    platform.machine() not in {"x86_64", "AMD64"} or platform.libc_ver()[0] != "glibc",
    reason="other processors and C libraries have no such switches",
)
def test_what_is_pretended_reaches_the_libraries():
    """Else the test above would prove nothing; vectors that `exp` uses are not on every x86."""
    found = {make: _run(make, "-c", PROBE).split() for make in MAKES}
    reached = {
        make: found[make][at] != found["here"][at]
        for at, make in enumerate(("kernels", "vectors", "fused"))
    }
    assert reached["kernels"]
    assert reached["fused"]


def test_numbers_are_made_by_arithmetic_that_is_the_same_everywhere():
    """So that nobody brings back what differs, without a test that happens to show it."""
    found = [
        f"{path.name}:{line}: {what}"
        for path in sorted(ANALYSIS.rglob("*.py"))
        for line, what in _unsure(ast.parse(path.read_text("utf-8")), path.stem)
    ]
    assert found == [], "see docs/decisions/0010"


def _unsure(tree: ast.AST, module: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                named = [getattr(node, "module", None) or name.name for name in names]
                if any(each.split(".")[0] == "scipy" for each in named) and module != "disclosure":
                    yield node.lineno, "scipy: use distributions.py, beta.py, elementary.py"
            case ast.BinOp(op=ast.MatMult()) if module not in MULTIPLY:
                yield node.lineno, "@: use products.py"
            case ast.BinOp(op=ast.Pow(), left=left, right=right) if not _is_product(left, right):
                yield node.lineno, "**: use powers() or sqrt"
            case ast.Attribute(value=ast.Name(id="np" | "math"), attr=name):
                if name in OF_A_LIBRARY or (name in OF_ITS_OWN_ORDER and module not in DECIDES):
                    yield node.lineno, name


def _is_product(left: ast.expr, right: ast.expr) -> bool:
    """x**2, or a power of numbers that are written there."""
    whole = isinstance(right, ast.UnaryOp | ast.Constant) and isinstance(left, ast.Constant)
    return whole or (isinstance(right, ast.Constant) and right.value == 2)
