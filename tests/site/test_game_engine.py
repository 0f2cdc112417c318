"""The game's page against torch and against notebook 07: the same numbers."""

import math

import numpy as np
import pytest
import torch
from _common import definitions
from game_in_node import in_node
from torch import nn
from torch.nn.utils import parameters_to_vector

from gan_utils import losses

lesson = definitions("07")
PAIRS = losses.GanLoss(d=losses.relativistic_d, g=losses.relativistic_g)
LOSSES = {"bce": losses.bce, "pairs": PAIRS}
ACTIVATIONS = {"tanh": nn.Tanh, "sine": lesson.Sine}
TARGETS = {"ring": lesson.ring(), "grid": lesson.grid()}
BATCH = 128

ONE_STEP = """
const memory = given.wasm ? await inWasm() : plainMemory();
const G = engine.makeNet(memory, 2, 128), D = engine.makeD(memory, 256);
D.activation = engine.ACTIVATIONS[given.activation];
G.weights.set(given.G);
D.weights.set(given.D);
G.x.set(given.z);
const real = Float32Array.from(given.real), loss = engine.LOSSES[given.loss];
const fake = Float32Array.from(engine.forward(G, 128));
const found = engine.gradientOfD(D, loss, fake, real, given.gammas);
const gradD = Array.from(D.grads);
const gLoss = engine.gradientOfG(G, D, loss, real);
return { d_loss: found.loss + found.penalty, g_loss: gLoss, D: gradD,
         G: Array.from(G.grads), fake: Array.from(fake) };
"""


def slope_squared(D, x):
    """The mean over points of the squared length of D's slope."""
    x = x.detach().requires_grad_()
    (slope,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return slope.square().sum(-1).mean()


def flat(network):
    return parameters_to_vector(network.parameters()).detach().numpy()


def gradient(network, loss):
    parts = torch.autograd.grad(loss, list(network.parameters()))
    return torch.cat([part.flatten() for part in parts]).numpy()


def players(activation):
    """A G and a D of the notebook, and a batch for them."""
    torch.manual_seed(5)
    D = lesson.network(2, 1, 2.0, ACTIVATIONS[activation]).append(nn.Flatten(-2))
    G, rng = lesson.network(2, 2, 6.0, nn.Tanh), torch.Generator().manual_seed(6)
    return G, D, lesson.sample(lesson.ring(), BATCH, rng), lesson.square(BATCH, rng)


def close(found, wanted):
    """Within 1e-4 of the largest of them."""
    wanted = np.asarray(wanted)
    assert np.abs(np.array(found) - wanted).max() <= 1e-4 * np.abs(wanted).max()


@pytest.mark.parametrize("wasm", [False, True], ids=["plain", "wasm"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(
    "gammas", [{}, {"R1": 0.7}, {"R2": 0.7}, {"R1": 0.7, "R2": 0.7}]
)
@pytest.mark.parametrize("name", LOSSES)
def test_one_step_is_that_of_autograd(name, gammas, activation, wasm):
    G, D, real, z = players(activation)
    sent = {"G": flat(G), "D": flat(D), "z": z.flatten(), "real": real.flatten()}
    sent |= {"loss": name, "gammas": gammas, "activation": activation, "wasm": wasm}
    found, loss, fake = in_node(ONE_STEP, **sent), LOSSES[name], G(z)
    d_loss = loss.d(D(real), D(fake.detach()))
    for kind, points in (("R1", real), ("R2", fake)):
        d_loss = d_loss + gammas.get(kind, 0) / 2 * slope_squared(D, points)
    g_loss = loss.g(D(fake), D(real).detach())
    assert found["d_loss"] == pytest.approx(d_loss.item(), rel=1e-4)
    assert found["g_loss"] == pytest.approx(g_loss.item(), rel=1e-4)
    close(found["fake"], fake.detach().flatten())
    close(found["D"], gradient(D, d_loss))
    close(found["G"], gradient(G, g_loss))


def test_both_penalties_are_the_notebooks_one_mean():
    G, D, real, z = players("tanh")
    sent = {"G": flat(G), "D": flat(D), "z": z.flatten(), "real": real.flatten()}
    sent |= {"loss": "pairs", "gammas": {"R1": 0.3, "R2": 0.3}, "activation": "tanh"}
    found = in_node(ONE_STEP, **sent, wasm=False)
    still = torch.optim.SGD(D.parameters(), lr=0.0)
    gan = lesson.Gan(G=G, D=D, opt_G=None, opt_D=still)
    d_loss = lesson.update_D(gan, PAIRS, real, G(z), gamma=0.3)
    assert found["d_loss"] == pytest.approx(d_loss.item(), rel=1e-4)
    close(found["D"], torch.cat([p.grad.flatten() for p in D.parameters()]))


def test_adam_is_torchs():
    rng = np.random.default_rng(0)
    grads = rng.normal(size=(20, 5)) * np.array([1e-6, 1e-3, 1, 30, 0])
    program = """
    const net = { weights: new Float32Array(5).fill(1), grads: null, t: 0,
                  m: new Float32Array(5), v: new Float32Array(5) };
    for (const grads of given.grads) { net.grads = grads; engine.adam(net, 0.01); }
    return Array.from(net.weights);
    """
    weights = torch.ones(5, requires_grad=True)
    adam = torch.optim.Adam([weights], lr=1e-2, betas=(0.5, 0.9))
    for grad in grads:
        weights.grad = torch.tensor(grad, dtype=torch.float32)
        adam.step()
    found = in_node(program, grads=grads)
    np.testing.assert_allclose(found, weights.detach(), rtol=1e-5)


APPLY = """
const a = Float32Array.from(given.a), d = new Float32Array(a.length);
engine.ACTIVATIONS[given.name].apply(a, [0], d, a.length);
return [Array.from(a), Array.from(d)];
"""


def test_the_fast_sine_is_sine():
    a = np.float32(np.concatenate([np.linspace(-60, 60, 4001), [0.0, 1e-6]]))
    sine, slope = in_node(APPLY, a=a, name="sine")
    np.testing.assert_allclose(sine, np.sin(np.float64(a)), atol=2e-7)
    np.testing.assert_allclose(slope, np.cos(np.float64(a)), atol=2e-7)


def test_the_fast_tanh_is_tanh():
    a = np.concatenate([np.linspace(-12, 12, 4001), [0.0, 1e-6, 1e4, -1e4]])
    tanh, slope = in_node(APPLY, a=a, name="tanh")
    np.testing.assert_allclose(tanh, np.tanh(a), atol=5e-7)
    np.testing.assert_allclose(slope, 1 - np.tanh(a) ** 2, atol=1e-6)
    assert min(slope) >= 0 and max(map(abs, tanh)) <= 1


@pytest.mark.parametrize("name", TARGETS)
def test_real_points_are_drawn_as_in_the_notebook(name):
    program = """
    const { centres, std } = engine.TARGETS[given.name], n = 20000;
    const points = engine.sample(engine.TARGETS[given.name], n, engine.makeRng(4),
                                 new Float32Array(2 * n));
    return { centres, std, points: Array.from(points) };
    """
    found, (centres, std) = in_node(program, name=name), TARGETS[name]
    np.testing.assert_allclose(found["centres"], centres, atol=1e-6)
    assert found["std"] == pytest.approx(std)
    points = torch.tensor(found["points"]).view(-1, 2)
    which, distance, _ = lesson.near(points, TARGETS[name])
    shares = torch.bincount(which, minlength=len(centres)) * len(centres) / len(points)
    assert (shares - 1).abs().max() < 5 * math.sqrt(len(centres) / len(points))
    off = (points - centres[which]) / std
    assert off.mean(0).abs().max() < 0.04
    assert torch.allclose(off.T.cov(), torch.eye(2), atol=0.05)
    assert (distance > 3).float().mean() == pytest.approx(math.exp(-4.5), rel=0.25)


@pytest.mark.parametrize("name", TARGETS)
def test_scores_are_the_notebooks(name):
    rng, (centres, std) = torch.Generator().manual_seed(2), TARGETS[name]
    points = lesson.sample((centres, 1.7 * std), 2500, rng)
    points[:1000] = centres[0] + 0.6 * std * torch.randn(1000, 2, generator=rng)
    points[points[:, 0] < -0.9] *= 1.3  # some modes are lost
    program = """
    return engine.score(Float32Array.from(given.points), engine.TARGETS[given.name]);
    """
    found = in_node(program, points=points.flatten(), name=name)
    modes, quality, width = lesson.score(points, TARGETS[name])
    assert 0 < modes < len(centres)
    assert found["modes"] == modes
    assert found["quality"] == pytest.approx(quality, abs=1e-4)
    assert found["width"] == pytest.approx(width, rel=1e-4)


def test_latents_fill_the_square_and_a_seed_gives_them_again():
    program = """
    const draw = seed => Array.from(
      engine.square(5000, engine.makeRng(seed), new Float32Array(10000)));
    return [draw(3), draw(3), draw(4)];
    """
    first, again, other = np.array(in_node(program))
    assert (first == again).all() and (first != other).mean() > 0.99
    assert first.min() >= -1 and first.max() < 1
    counts = np.histogram2d(*first.reshape(-1, 2).T, bins=5)[0]
    assert np.abs(counts / 200 - 1).max() < 0.35


@pytest.mark.parametrize("name, scales", [("ring", (6, 1)), ("grid", (10, 3))])
def test_players_start_as_wild_as_in_the_notebook(name, scales):
    program = """
    const game = engine.makeGame(plainMemory());
    game.reset({ target: given.name, seed: 1 });
    const parts = net => ["W1", "b1", "W2", "W3"].map(part => Array.from(net[part]));
    return [parts(game.G), parts(game.D)];
    """
    for parts, scale in zip(in_node(program, name=name), scales):
        W1, b1, W2, W3 = map(np.array, parts)
        assert W1.std() == pytest.approx(scale, rel=0.2)
        assert np.abs(b1).max() == pytest.approx(scale / math.sqrt(2), rel=0.2)
        assert W2.std() == pytest.approx(math.sqrt(2 / 64), rel=0.05)
        assert W3.std() == pytest.approx(math.sqrt(1 / 64), rel=0.35)


def test_rates_and_gamma_fall_as_in_the_notebook_and_again_after_a_change():
    program = """
    const game = engine.makeGame(plainMemory());
    engine.TARGETS.ring.steps = 30;
    game.reset({ loss: "pairs", R1: true, R2: true, gamma: 0.2 });
    const seen = [];
    const play = (steps) => {
      for (let i = 0; i < steps; i++) {
        game.play();
        seen.push([game.rate, game.gamma]);
      }
    };
    play(35);
    game.change({ ...game.settings, who: "D" });
    play(1);
    game.change({ ...game.settings, R2: false });
    play(1);
    return seen;
    """
    found = np.array(in_node(program))
    game = lesson.Game(lesson.ring(), PAIRS, gammas=(0.2, 0.0005), steps=30)
    gan = lesson.players(game, 0)
    for step in range(30):
        gamma = lesson.settle(game, gan, step / 30)
        rate = gan.opt_D.param_groups[0]["lr"]
        np.testing.assert_allclose(found[step], [rate, gamma], rtol=1e-6)
    np.testing.assert_allclose(found[30:36], [[2e-3, 0.0005]] * 6, rtol=1e-6)
    np.testing.assert_allclose(found[36], [1e-2, 0.2], rtol=1e-6)


def test_a_player_that_stands_still_is_not_changed_at_all():
    program = """
    const game = engine.makeGame(plainMemory()), answer = {};
    for (const who of engine.MOVES) {
      game.reset({ who, R1: true });
      const before = { G: game.G.weights.slice(), D: game.D.weights.slice() };
      for (let i = 0; i < 5; i++) game.play();
      const same = name => before[name].every((w, i) => w === game[name].weights[i]);
      answer[who] = [same("G"), same("D")];
    }
    return answer;
    """
    assert in_node(program) == {
        "both": [False, False],
        "D": [True, False],
        "G": [False, True],
    }


def test_arrows_and_boundary_are_the_notebooks():
    program = """
    const game = engine.makeGame(plainMemory());
    game.reset({ loss: given.loss, seed: 2 });
    for (let i = 0; i < 30; i++) game.play();
    const { fakes, arrows, boundary } = game.dots();
    return { arrows, boundary, fakes, D: game.D.weights, real: game.seenReal };
    """
    program = program.replace("return {", "return plain({").replace("};\n    ", "});\n")
    plain = "const plain = all => Object.fromEntries(Object.entries(all).map("
    plain += "([k, v]) => [k, v.length ? Array.from(v) : v]));"
    for name, loss in LOSSES.items():
        found = in_node(plain + program, loss=name)
        D = lesson.network(2, 1, 1.0, nn.Tanh).append(nn.Flatten(-2))
        nn.utils.vector_to_parameters(torch.tensor(found["D"]), D.parameters())
        fake, real = (torch.tensor(found[k]).view(-1, 2) for k in ("fakes", "real"))
        gan = lesson.Gan(G=None, D=D, opt_G=None, opt_D=None)
        close(found["arrows"], lesson.arrows(gan, loss, fake, real).flatten())
        middle = ((D(real).mean() + D(fake).mean()) / 2).item()
        wanted = 0.0 if name == "bce" else middle
        assert found["boundary"] == pytest.approx(wanted, abs=1e-4)


NONSENSE = [
    ("gamma", "abc", 0.2),
    ("gamma", 1e9, 10),
    ("gamma", -1, 0.001),
    ("seed", "abc", 0),
    ("seed", -5, 0),
    ("seed", 3.7, 4),
    ("seed", 1e12, 9999),
    ("seed", None, 0),
    ("target", "circle", "ring"),
    ("loss", 7, "bce"),
    ("who", "nobody", "both"),
]


def test_nonsense_becomes_the_nearest_allowed_value():
    program = "return given.values.map(([name, v]) => engine.allowed(name, v));"
    found = in_node(program, values=[row[:2] for row in NONSENSE])
    assert found == [row[2] for row in NONSENSE]


def test_numbers_that_are_none_stop_the_game_and_reset_mends_it():
    program = """
    const states = [], soon = f => setTimeout(f);
    const driver = engine.makeDriver(plainMemory(), state => states.push(state), soon);
    driver.game.D.weights[7] = NaN;
    driver.receive({ id: 1, do: "play", steps: 5 });
    await new Promise(done => setTimeout(done, 300));
    driver.receive({ id: 2, do: "play", steps: 5 });
    driver.receive({ id: 3, do: "reset", settings: {} });
    driver.receive({ id: 4, do: "play", steps: 1 });
    while (states.at(-1).step < 1) await new Promise(soon);
    return states.map((s) => [s.seen, s.broken, s.resting, s.step]);
    """
    states = in_node(program)
    assert [1, True, True, 1] in states
    assert [2, True, True, 1] in states
    assert [3, False, True, 0] in states
    assert states[-1] == [4, False, True, 1]
