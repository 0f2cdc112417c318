"""Each step against the same step written out by hand, in float64 on tiny networks."""

import copy
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from gan_utils.data import Batches
from gan_utils.gan import Gan, Recipe, adam, build, train_step
from gan_utils.losses import bce, hinge
from gan_utils.recipes import RECIPES
from gan_utils.recipes.steps import lean, simultaneous, spare, two_of_D
from gan_utils.training import fit

RATE, BETAS, EPS = 0.01, (0.5, 0.999), 1e-7
RECIPE = Recipe(loss=bce)
TRICKY = Recipe(
    loss=hinge,
    penalty=lambda D, real, fake: 0.1 * (D(real) - D(fake)).square().mean(),
    before_D=lambda images: 2 * images,
)


def players():
    torch.manual_seed(3)
    G = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh())
    D = [nn.Linear(4, 5), nn.LeakyReLU(0.2), nn.Linear(5, 1), nn.Flatten(0)]
    return G.double(), nn.Sequential(*D).double()


def sgd_gan(lr=0.1):
    G, D = players()
    optimisers = (torch.optim.SGD(net.parameters(), lr=lr) for net in (G, D))
    return Gan(G, D, *optimisers)


def adam_gan():
    G, D = players()
    optimisers = (adam(net, lr=RATE, betas=BETAS, eps=EPS) for net in (G, D))
    return Gan(G, D, *optimisers)


def batch(step=0, size=6):
    random = torch.Generator().manual_seed(step)
    options = {"generator": random, "dtype": torch.float64}
    return torch.randn(size, 4, **options), torch.randn(size, 3, **options)


def gradients(loss, net, **options):
    return torch.autograd.grad(loss, list(net.parameters()), **options)


def assert_close(net, expected):
    for ours, theirs in zip(net.parameters(), expected, strict=True):
        torch.testing.assert_close(ours.detach(), theirs, rtol=1e-9, atol=1e-12)


# --- spare

SPARING = [name for name, recipe in RECIPES.items() if recipe.update is spare]


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("name", SPARING)
def test_spare_is_train_step_to_the_bit(name, precision):
    """With the batch norm and the dropout that the networks of a recipe have."""
    random = torch.Generator().manual_seed(0)
    images = torch.randint(256, (32, 28, 28), generator=random, dtype=torch.uint8)
    gans = []
    for update in (train_step, spare):
        recipe = replace(RECIPES[name], update=update, batch_size=16)
        gans.append(build(recipe, seed=0))
        batches = Batches.of(recipe, images, seed=0)
        fit(recipe.step, gans[-1], batches, steps=3, precision=precision)
    for net in ("G", "D"):
        one, other = (getattr(gan, net).state_dict() for gan in gans)
        assert all(torch.equal(one[key], other[key]) for key in one)


def test_spare_is_the_step_of_what_has_no_other():
    assert SPARING == ["mlp_plain", "mlp_bn_smooth", "dcgan_28"]


# --- lean


@pytest.mark.parametrize("recipe", [RECIPE, TRICKY])
def test_lean_is_train_step_with_less_work(recipe):
    plain, ours = sgd_gan(), sgd_gan()
    for step in range(3):
        expected = train_step(recipe, plain, *batch(step))
        logs = lean(recipe, ours, *batch(step))
        assert logs["d_loss"].item() == pytest.approx(expected["d_loss"].item())
        assert logs["g_loss"].item() == pytest.approx(expected["g_loss"].item())
    for net in ("G", "D"):
        pairs = zip(getattr(plain, net).parameters(), getattr(ours, net).parameters())
        for theirs, mine in pairs:
            torch.testing.assert_close(theirs, mine, rtol=1e-9, atol=1e-12)


def test_lean_leaves_the_gradients_of_D_alone_in_the_step_of_G():
    gan, (real, z) = sgd_gan(), batch()
    logs = lean(RECIPE, gan, real, z)
    after = [p.grad.clone() for p in gan.D.parameters()]
    fresh = sgd_gan()
    d_loss = bce.d(fresh.D(real), fresh.D(fresh.G(z).detach()))
    d_loss.backward()
    assert logs["d_loss"].item() == pytest.approx(d_loss.item())
    for got, wanted in zip(after, (p.grad for p in fresh.D.parameters())):
        torch.testing.assert_close(got, wanted)


# --- simultaneous


def losses_by_hand(G, D, real, z):
    fake = G(z)
    d_loss = -F.logsigmoid(D(real)).mean() - F.logsigmoid(-D(fake)).mean()
    return d_loss, -F.logsigmoid(D(fake)).mean()


def test_simultaneous_takes_both_gradients_from_the_weights_before():
    gan, (real, z) = sgd_gan(), batch()
    G, D = copy.deepcopy(gan.G), copy.deepcopy(gan.D)
    d_loss, g_loss = losses_by_hand(G, D, real, z)
    to_D, to_G = gradients(d_loss, D, retain_graph=True), gradients(g_loss, G)
    logs = simultaneous(RECIPE, gan, real, z)
    assert_close(gan.D, [p - 0.1 * slope for p, slope in zip(D.parameters(), to_D)])
    assert_close(gan.G, [p - 0.1 * slope for p, slope in zip(G.parameters(), to_G)])
    assert logs["d_loss"].item() == pytest.approx(d_loss.item())
    assert logs["g_loss"].item() == pytest.approx(g_loss.item())


def test_the_usual_step_differs_in_g_only():
    one, other, (real, z) = sgd_gan(), sgd_gan(), batch()
    simultaneous(RECIPE, one, real, z)
    train_step(RECIPE, other, real, z)
    assert_close(one.D, list(other.D.parameters()))
    assert not torch.allclose(one.G[0].weight, other.G[0].weight, rtol=1e-6)


@pytest.mark.parametrize("steps", [1, 3])
def test_in_simultaneous_no_loss_reaches_the_other_player(steps):
    gan = sgd_gan(lr=0)
    for step in range(steps):
        real, z = batch(step)
        d_loss, g_loss = losses_by_hand(gan.G, gan.D, real, z)
        to_D, to_G = (
            gradients(d_loss, gan.D, retain_graph=True),
            gradients(g_loss, gan.G),
        )
        simultaneous(RECIPE, gan, real, z)
        for net, slopes in ((gan.D, to_D), (gan.G, to_G)):
            for weights, slope in zip(net.parameters(), slopes, strict=True):
                torch.testing.assert_close(weights.grad, slope, rtol=1e-9, atol=1e-12)


def test_simultaneous_uses_the_losses_of_the_recipe():
    flat = bce._replace(d=lambda real, fake: 0 * (real + fake).sum())
    gan, (real, z) = sgd_gan(), batch()
    before = copy.deepcopy(gan)
    logs = simultaneous(Recipe(loss=flat), gan, real, z)
    assert logs["d_loss"] == 0
    assert_close(gan.D, list(before.D.parameters()))
    assert not torch.allclose(gan.G[0].weight, before.G[0].weight, rtol=1e-6)


# --- two_of_D


class HandWrittenAdam:
    """Adam for one network; the clock comes from outside."""

    def __init__(self, net):
        self.net = net
        self.m = [torch.zeros_like(p) for p in net.parameters()]
        self.v = [torch.zeros_like(p) for p in net.parameters()]

    @torch.no_grad()
    def step(self, slopes, t):
        (b1, b2), weights = BETAS, self.net.parameters()
        for p, g, m, v in zip(weights, slopes, self.m, self.v, strict=True):
            m.copy_(b1 * m + (1 - b1) * g)
            v.copy_(b2 * v + (1 - b2) * g * g)
            m_hat, v_hat = m / (1 - b1**t), v / (1 - b2**t)
            p -= RATE * m_hat / (v_hat.sqrt() + EPS)


def two_of_D_by_hand(G, D, of_G, of_D, real, z, step):
    half = len(real) // 2
    G.eval()
    fake = G(torch.randn_like(z[:half])).detach()
    G.train()
    real_loss = -F.logsigmoid(D(real[:half])).mean()
    of_D.step(gradients(real_loss, D), 3 * step + 1)
    fake_loss = -F.logsigmoid(-D(fake)).mean()
    of_D.step(gradients(fake_loss, D), 3 * step + 2)
    of_G.step(gradients(-F.logsigmoid(D(G(z))).mean(), G), 3 * step + 3)
    return (real_loss + fake_loss).item() / 2


def test_two_of_D_is_an_adam_whose_clock_counts_all_three_updates():
    gan = adam_gan()
    G, D = copy.deepcopy(gan.G), copy.deepcopy(gan.D)
    of_G, of_D = HandWrittenAdam(G), HandWrittenAdam(D)
    for step in range(3):
        real, z = batch(step)
        torch.manual_seed(step)
        d_loss = two_of_D_by_hand(G, D, of_G, of_D, real, z, step)
        torch.manual_seed(step)
        logs = two_of_D(RECIPE, gan, real, z)
        gan.after_step()
        assert logs["d_loss"].item() == pytest.approx(d_loss)
        assert_close(gan.D, list(D.parameters()))
        assert_close(gan.G, list(G.parameters()))
    clocks = [
        {int(state["step"]) for state in optimiser.state.values()}
        for optimiser in (gan.opt_D, gan.opt_G)
    ]
    assert clocks == [{8}, {9}]


def test_the_clock_goes_on_after_a_resume():
    whole, cut = adam_gan(), adam_gan()
    for step in range(4):
        if step == 2:
            state = copy.deepcopy([cut.opt_G.state_dict(), cut.opt_D.state_dict()])
            nets, cut = (cut.G, cut.D), adam_gan()
            cut.G.load_state_dict(nets[0].state_dict())
            cut.D.load_state_dict(nets[1].state_dict())
            cut.opt_G.load_state_dict(state[0])
            cut.opt_D.load_state_dict(state[1])
            cut.step = 2
        for gan in (whole, cut):
            torch.manual_seed(step)
            two_of_D(RECIPE, gan, *batch(step))
            gan.after_step()
    assert_close(cut.G, list(whole.G.parameters()))
    assert_close(cut.D, list(whole.D.parameters()))


def recorded(gan):
    """What happens to a Gan, in order: ("G", mode, batch size) and "opt_D", "opt_G"."""
    events = []

    def forward(module, inputs, output):
        mode = "train" if module.training else "eval"
        events.append(("G", mode, len(output), output.requires_grad))

    gan.G.register_forward_hook(forward)
    gan.opt_D.register_step_post_hook(lambda *args: events.append("opt_D"))
    gan.opt_G.register_step_post_hook(lambda *args: events.append("opt_G"))
    return events


def test_two_of_D_updates_d_twice_and_then_g_once():
    gan = adam_gan()
    events = recorded(gan)
    two_of_D(RECIPE, gan, *batch())
    fakes_for_D, fakes_for_G = ("G", "eval", 3, False), ("G", "train", 6, True)
    assert events == [fakes_for_D, "opt_D", "opt_D", fakes_for_G, "opt_G"]
    assert gan.G.training and gan.D.training


def test_running_statistics_of_g_change_in_its_own_update_only():
    gan, (real, z) = adam_gan(), batch()
    norm, seen = gan.G[1], []
    gan.opt_D.register_step_post_hook(lambda *args: seen.append(norm.running_mean + 0))
    with torch.no_grad():
        expected = 0.1 * gan.G[0](z).mean(0)  # 0.1 is torch's momentum
    two_of_D(RECIPE, gan, real, z)
    assert len(seen) == 2 and not torch.stack(seen).any()
    assert norm.num_batches_tracked == 1
    torch.testing.assert_close(norm.running_mean, expected)


def test_d_loss_is_the_mean_of_the_halves_and_d_acc_the_share_d_gets_right():
    D = nn.Sequential(nn.Linear(1, 1), nn.Flatten(0))
    G = nn.Linear(3, 1)
    with torch.no_grad():
        D[0].weight.fill_(1.0)
        for zero in (D[0].bias, G.weight):
            zero.zero_()
        G.bias.fill_(-3.0)
    gan = Gan(G, D, *(adam(net, lr=0.0, betas=BETAS) for net in (G, D)))
    real = torch.tensor([[2.0], [-1.0], [9.0], [9.0]])  # D sees the first half
    logs = two_of_D(RECIPE, gan, real, torch.randn(4, 3))
    logits = torch.tensor([2.0, -1.0])
    d_real = -F.logsigmoid(logits).mean()
    d_fake = -F.logsigmoid(torch.tensor(3.0))
    assert logs["d_loss"].item() == pytest.approx(((d_real + d_fake) / 2).item())
    assert logs["g_loss"].item() == pytest.approx(F.softplus(torch.tensor(3.0)).item())
    assert logs["d_acc"].item() == 0.75  # one of two reals, all of the fakes
