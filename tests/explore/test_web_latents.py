"""web/latents.js goes the ways of gan_utils.latent; web/invert.js is torch's Adam."""

from functools import cache

import numpy as np
import pytest
import torch
from in_node import in_node, network_code

from gan_utils import latent
from gan_utils.latent import seed_latent
from gan_utils.results import load_shipped

SCRIPTS = ["random.js", "latents.js", "matrix.js", "network.js", "invert.js"]
load = cache(load_shipped)


def found(folder, code):
    """The latent that a JavaScript expression gives."""
    return in_node(folder, f"give({code});", scripts=SCRIPTS)


@pytest.mark.parametrize("way", ["lerp", "slerp"])
@pytest.mark.parametrize("t", [0, 0.02, 0.5, 0.73, 1])
def test_ways_between_two_seeds(tmp_path, way, t):
    mine = found(tmp_path, f"{way}(seedLatent(3, 64), seedLatent(8, 64), {t})")
    wanted = getattr(latent, way)(seed_latent(3, 64), seed_latent(8, 64), t)
    assert np.allclose(mine, wanted.numpy(), atol=2e-6)


@pytest.mark.parametrize("factor", [1, -1, 0])
def test_no_arc_between_parallel_opposite_and_zero_vectors(tmp_path, factor):
    code = f"slerp(seedLatent(3, 64), seedLatent(3, 64).map((v) => {factor} * v), 0.3)"
    a = seed_latent(3, 64)
    wanted = latent.slerp(a, factor * a, 0.3).numpy()
    assert np.allclose(found(tmp_path, code), wanted, atol=2e-6)


@pytest.mark.parametrize("point", [(3, 4), (2.5, 6.25), (0, 0), (8.99, 0.01), (9, 9)])
def test_the_plane(tmp_path, point):
    mine = found(tmp_path, f"planeLatent({point[0]}, {point[1]}, 100)")
    wanted = latent.plane_latent(*point, 100).numpy()
    assert np.allclose(mine, wanted, atol=2e-6)
    if all(float(value).is_integer() for value in point):
        assert np.array_equal(mine, wanted)  # the latent of one seed, bit for bit


def test_asking_for_a_label(tmp_path):
    mine = found(tmp_path, "ask(seedLatent(5, 74), 7)")
    wanted = latent.ask(seed_latent(5, 74)[None], torch.tensor([7]))[0]
    assert np.array_equal(mine, wanted.numpy())


def test_pushing_along_directions(tmp_path):
    code = (
        "pushed(seedLatent(5, 20), [seedLatent(6, 20), seedLatent(7, 20)], [2, -0.5])"
    )
    wanted = seed_latent(5, 20) + 2 * seed_latent(6, 20) - 0.5 * seed_latent(7, 20)
    assert np.allclose(found(tmp_path, code), wanted.numpy(), atol=2e-6)


ADAM = """
const G = network(facts, tensorsOf(bytesOf(facts.weights)), await wasmMemory(wasm),
  { gradient: true });
const target = take("target");
"""


def torch_adam(G, target, z, steps, rate):
    """(z, error of each latent before the last step) of torch's Adam."""
    z = z.clone().requires_grad_()
    optimiser = torch.optim.Adam([z], lr=rate)
    for _ in range(steps):
        errors = (G(z) - target).square().flatten(1).mean(1)
        optimiser.zero_grad()
        errors.sum().backward()
        optimiser.step()
    return z.detach(), errors.detach()


@pytest.mark.parametrize("name", ["modern", "mlp"])
def test_two_searches_at_once_are_torchs(tmp_path, name):
    G = load(name).generator
    target = G(seed_latent(77, 64)[None]).detach()
    program = network_code(G, [64]) + ADAM + """
    const start = new Float32Array(128);
    start.set(seedLatent(3, 64));
    start.set(seedLatent(4, 64), 64);
    const search = adam(G, target, start, { n: 2, rate: 0.1 });
    let errors;
    for (let i = 0; i < 30; i++) errors = search.step();
    give(Float32Array.from([...search.z, ...errors]));
    """  # fmt: skip
    files = {"target": target.numpy().ravel()}
    mine = in_node(tmp_path, program, scripts=SCRIPTS, **files)
    start = torch.stack([seed_latent(seed, 64) for seed in (3, 4)])
    z, errors = torch_adam(G, target, start, 30, 0.1)
    assert np.allclose(mine[:128], z.numpy().ravel(), atol=1e-4)
    assert np.allclose(mine[128:], errors.numpy(), rtol=1e-3)


def test_a_picture_is_found_again(tmp_path):
    """The target is a picture of G itself, so the error can come near 0."""
    G = load("modern").generator
    target = G(seed_latent(77, 64)[None]).detach()
    program = network_code(G, [64]) + ADAM + """
    let shown = 0, last = Infinity, falls = true;
    const show = (z, error) => { shown += 1; falls &&= error <= last; last = error; };
    const { z, error } = await invert(G, target, { show });
    const picture = G.forward(z);
    let again = 0;
    picture.forEach((value, i) => { again += (value - target[i]) ** 2 / 784; });
    give([error, again, shown, Number(falls)]);
    """  # fmt: skip
    files = {"target": target.numpy().ravel()}
    mine = in_node(tmp_path, program, scripts=SCRIPTS, gives="float64", **files)
    error, again, shown, falls = mine
    blank = (target + 1).square().mean().item()  # of an empty picture
    assert error < 0.1 * blank
    assert again == pytest.approx(error, rel=1e-3)
    assert shown > 20 and falls


def test_a_search_ends_when_the_page_wants_it(tmp_path):
    G = load("mlp").generator
    program = network_code(G, [64]) + ADAM + """
    let pauses = 0;
    const pause = async () => ++pauses < 3;
    await invert(G, target, { pause });
    give([pauses]);
    """  # fmt: skip
    files = {"target": np.zeros(784)}
    mine = in_node(tmp_path, program, scripts=SCRIPTS, gives="float64", **files)
    assert mine.tolist() == [3]
