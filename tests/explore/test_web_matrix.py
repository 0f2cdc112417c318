"""The product of web/matrix.js, in JavaScript and in WebAssembly, is numpy's."""

import numpy as np
import pytest
import wasmtime
from in_node import in_node

from gan_utils.explore.page import WEB

SHAPES = [(1, 1, 1), (1, 3136, 64), (5, 7, 3), (4, 4, 4), (8, 9, 10), (64, 49, 9)]
SHAPES += [(3, 1, 17), (6, 3, 2), (2, 196, 36)]
PROGRAM = """
const [m, n, k] = [%d, %d, %d];
const memory = %s;
const stored = (name) => {
  const array = take(name), place = memory.alloc(array.length);
  place.set(array);
  return place;
};
const C = memory.alloc(m * n);
memory.product(stored("A"), stored("B"), C, m, n, k);
give(C);
"""


def matrices(m, n, k):
    random = np.random.default_rng(m + 10 * n + 100 * k)
    return (random.standard_normal((rows, k)).astype(np.float32) for rows in (m, n))


@pytest.mark.parametrize("memory", ["plainMemory()", "await wasmMemory(wasm, 1)"])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_product_is_numpys(tmp_path, memory, shape):
    A, B = matrices(*shape)
    how = {"scripts": ["matrix.js"], "A": A, "B": B}
    found = in_node(tmp_path, PROGRAM % (*shape, memory), **how)
    assert np.allclose(found, (A @ B.T).ravel(), rtol=1e-5, atol=1e-4)


def test_the_text_and_the_committed_binary_give_the_same_product():
    """Behaviour, not bytes: another version of the assembler may order bytes anew."""
    A, B = matrices(6, 11, 32)
    built = wasmtime.wat2wasm((WEB / "matrix.wat").read_text())
    for binary in (built, (WEB / "matrix.wasm").read_bytes()):
        assert np.allclose(product(binary, A, B), A @ B.T, rtol=1e-5, atol=1e-4)
    assert product(built, A, B).tobytes() == product(binary, A, B).tobytes()


def product(binary, A, B):
    """C (m, n), computed by a WebAssembly module."""
    store = wasmtime.Store()
    module = wasmtime.Module(store.engine, binary)
    exports = wasmtime.Instance(store, module, []).exports(store)
    memory, (m, k), n = exports["memory"], A.shape, len(B)
    at_B, at_C = A.nbytes, A.nbytes + B.nbytes
    memory.write(store, A.tobytes(), 0)
    memory.write(store, B.tobytes(), at_B)
    exports["product"](store, 0, at_B, at_C, m, n, k)
    data = memory.read(store, at_C, at_C + 4 * m * n)
    return np.frombuffer(bytes(data), np.float32).reshape(m, n)


def test_memory_that_is_too_small_says_so_and_marks_free_it(tmp_path):
    program = """
    const memory = await wasmMemory(wasm, 1);
    const mark = memory.mark();
    memory.alloc(250000).fill(1);
    let said = "";
    try { memory.alloc(250000); } catch (error) { said = error.message; }
    memory.reset(mark);
    const zeros = memory.alloc(250000);
    const free = zeros.every((x) => x === 0);
    give([said.startsWith("1 MB are too few"), free].map(Number));
    """
    found = in_node(tmp_path, program, scripts=["matrix.js"], gives="float64")
    assert found.tolist() == [1, 1]


def test_without_webassembly_the_best_memory_is_plain(tmp_path):
    program = """
    const good = await bestMemory(wasm, 1);
    const bad = await bestMemory(wasm.slice(0, 100), 1);
    delete globalThis.WebAssembly;
    const none = await bestMemory(wasm, 1);
    give([good, bad, none].map((memory) => Number(memory.product === plainProduct)));
    """
    found = in_node(tmp_path, program, scripts=["matrix.js"], gives="float64")
    assert found.tolist() == [0, 1, 1]
