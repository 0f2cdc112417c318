"""No distance is measured on the first images of a file: MNIST is sorted by writer."""

import ast

import pytest

DISTANCES = {
    *("frechet_distance", "kernel_distance", "subset_kernel_distance", "fd"),
    *("neighbourhoods", "four_numbers", "kernel_1000"),
}
SHOWN = "sorted_by_writer"  # notebook 06 shows what comes of it, and says so
# Its floors are drawn at random in the new version that is being written.
PENDING = {"04_stabilization_tricks"}


def first_ones(tree):
    """Slices `x.train[:n]` and `x.test[:n]`, also of names, in a syntax tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            name = getattr(node.value, "attr", getattr(node.value, "id", ""))
            from_start = node.slice.lower is None and node.slice.upper is not None
            if name in ("train", "test") and from_start and node.slice.step is None:
                yield ast.unparse(node)


def faults(text):
    """Distances of Python source that look at the first training or test images."""
    tree = ast.parse(text)
    shown = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == SHOWN
    ]
    allowed = {id(call) for node in shown for call in ast.walk(node)}
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and id(call) not in allowed:
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            if name in DISTANCES:
                yield from (s for arg in call.args for s in first_ones(arg))


def test_every_floor_draws_both_sides_at_random(project):
    folders = ("gan_utils", "classroom", "notebooks/src", "tools", "benchmarks")
    sources = [p for folder in folders for p in (project / folder).rglob("*.py")]
    found = {p.stem: list(faults(p.read_text("utf-8"))) for p in sources}
    assert {stem for stem, slices in found.items() if slices} <= PENDING


@pytest.mark.parametrize(
    "text, wrong",
    [
        ("floor = frechet_distance(space(data.train[:n]), space(real))", True),
        ("m.kernel_distance(x, first.test[:500].double())", True),
        ("fd(train[:n], y)", True),
        ("fd(x[:n], y[:n])", False),
        ("fd(first.train[chosen], first.test)", False),
        ("fd(known.train[third:], first.test)", False),
        ("sorted_by_writer = fd(first.train[:n], first.test[:n])", False),
        ("show(data.test[:10])", False),
    ],
)
def test_what_counts_as_one(text, wrong):
    assert bool(list(faults(text))) == wrong
