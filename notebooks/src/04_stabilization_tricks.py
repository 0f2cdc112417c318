# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 04 · Tame a GAN that fails
#
# **What you'll do.** Take a GAN that fails, add one trick at a time, and measure which
# ones help.
#
# **What you'll learn**
# - what failure looks like, in pictures and in curves
# - thirteen tricks from the literature: the idea, the formula, at most ten lines of
#   code
# - how to check each on a case that you can work out by hand
# - how to compare recipes: one change at a time, several seeds, one ruler
# - that a trick can do nothing at all
#
# **What you'll need.** Notebooks 02 and 03: the step and its two losses.

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
profile: str = "quick"  # smoke, quick or full: how much work to do
seed: int = 0  # the first of the seeds that each recipe is run with
dataset: str = "auto"  # auto, mnist, fashion, kmnist, offline or a folder
device: str = "auto"  # auto, cpu, cuda or mps
out_dir: str = None  # root folder of this run's results; None: runs/lab
epochs: int = None  # passes over the training images; None: the profile's value
batch_size: int = None  # images per update; None: the profile's value

# %%
import math
from dataclasses import dataclass, replace
from functools import partial

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from IPython.display import Markdown, display
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from gan_utils import viz
from gan_utils.callbacks.progress import LoopProgress
from gan_utils.checks import check
from gan_utils.data import Batches, to_float
from gan_utils.gan import Recipe, build
from gan_utils.lesson import lesson
from gan_utils.losses import GanLoss, bce_g
from gan_utils.metrics import PixelSpace, class_counts, guess_labels
from gan_utils.models import MLPDiscriminator, MLPGenerator
from gan_utils.results import generate
from gan_utils.support.files import write_json
from gan_utils.training import TrainingDiverged, constant, fit

cfg = lesson(
    "04_stabilization_tricks",
    profile=profile,
    seed=seed,
    dataset=dataset,
    device=device,
    out_dir=out_dir,
    epochs=epochs,
    batch_size=batch_size,
)
viz.use_style()
torch.set_num_threads(1)  # for networks this small, sharing the work costs more

# %% [markdown]
# ## 1. A ruler
#
# Pictures convince, but thirteen tricks times several seeds are too many to judge by
# eye. We need one number per run. A rough one is enough to tell failure from success;
# a good one needs a trained judge.
#
# Describe each picture by its coordinates on the first principal components of the real
# images (notebook 01). Fit a Gaussian to the fakes and one to real test images, in that
# space. The **Frechet distance** says how far apart the two Gaussians are: in their
# means (the average picture) and in their covariances (the variety).
#
# $$d^2 = |\mu_a - \mu_b|^2 + \text{tr}\bigl(A + B - 2 (AB)^{1/2}\bigr)$$


# %%
def frechet_distance(a, b):
    """Squared Frechet distance of the Gaussians fitted to a (N, d) and b (M, d)."""
    a, b = a.double(), b.double()
    A, B = torch.cov(a.T), torch.cov(b.T)
    values, vectors = torch.linalg.eigh(A)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    cross = torch.linalg.eigvalsh(root @ B @ root).clamp(min=0).sqrt().sum()
    return (
        (a.mean(0) - b.mean(0)).square().sum() + A.trace() + B.trace() - 2 * cross
    ).item()


x = torch.randn(1000, 3, generator=torch.Generator().manual_seed(0))
assert abs(frechet_distance(x, x)) < 1e-9, "no distance to itself"
assert abs(frechet_distance(x, x + 2) - 12) < 1e-6, (
    "a shift by (2, 2, 2) costs 4 + 4 + 4"
)

# %% [markdown]
# No finite set of pictures reaches zero. So we measure the **floor**: real training
# images against real test images. A GAN on the floor would be as good as reality, by
# this ruler.

# %%
n = 2000 if cfg.profile != "smoke" else 300
space = PixelSpace.of(cfg.data.train[:20000])
real = cfg.data.test[:n]
floor = frechet_distance(space(cfg.data.train[:n]), space(real))
noise = torch.randint(0, 256, (n, 28, 28), dtype=torch.uint8)
mean_picture = cfg.data.train.float().mean(0).to(torch.uint8).expand(n, 28, 28)
print(f"floor, real against real {floor:8.1f}")
for name, images in [("one average picture", mean_picture), ("uniform noise", noise)]:
    print(f"{name:24s} {frechet_distance(space(images), space(real)):8.1f}")

# %% [markdown]
# ## 2. A recipe is a row
#
# A `Recipe` is a row of choices: networks, loss, learning rates, and a place for each
# kind of trick. Its defaults are the GAN of notebook 02. The step reads the row and has
# no `if` in it: a trick that is not used is a function that does nothing.


# %%
def train_step(recipe, gan, real, z):
    """One update of D, then one of G; real (B, 1, 28, 28), z (B, latent_dim)."""
    fake = gan.G(z)
    real_in, fake_in = recipe.before_D(real), recipe.before_D(fake.detach())
    real_logits, fake_logits = gan.D(real_in), gan.D(fake_in)
    penalty = recipe.penalty(gan.D, real_in, fake_in)
    d_loss = recipe.loss.d(real_logits, fake_logits) + penalty
    gan.opt_D.zero_grad()
    d_loss.backward()
    gan.opt_D.step()

    fake_logits = gan.D(recipe.before_D(fake))
    g_loss = recipe.loss.g(fake_logits, real_logits.detach())
    gan.opt_G.zero_grad()
    g_loss.backward()
    gan.opt_G.step()
    return {"d_loss": d_loss, "g_loss": g_loss}


# %% [markdown]
# Compare it with the step of notebook 02. The order is the same. New are `before_D`
# (what D gets to see of a picture), `penalty` (added to D's loss), and the losses taken
# from the row.
#
# ## 3. A fragile baseline
#
# Our patient: small networks, plain ReLU in D, no normalisation, and learning rates
# that are too high. People arrive at such settings every day, in the hope of being
# quick.


# %%
def relu_discriminator(hidden=64):
    """The D of notebook 02 with ReLU in the place of LeakyReLU."""
    D = MLPDiscriminator(hidden)
    swap = [nn.ReLU() if isinstance(m, nn.LeakyReLU) else m for m in D.net]
    D.net = nn.Sequential(*swap)
    return D


baseline = Recipe(
    G=partial(MLPGenerator, hidden=64),
    D=relu_discriminator,
    lr_G=3e-3,
    lr_D=3e-3,
    schedule=constant,
    batch_size=cfg.batch_size,
)


# %%
def play(recipe, seed):
    """Train a recipe; returns pictures (n, 28, 28), the history and the trained GAN."""
    gan = build(recipe, seed=seed, device=cfg.device)
    batches = Batches.of(recipe, cfg.data.train, seed=seed, device=cfg.device)
    step = partial(train_step, recipe)
    history = fit(step, gan, batches, epochs=cfg.epochs, schedule=recipe.schedule)
    pictures = generate(gan.sampler(), n, latent_dim=recipe.latent_dim, seed=1)
    return pictures, history, gan


# %%
pictures, history, gan = play(baseline, cfg.seed)
viz.show_grid(pictures[:32], ncol=16, title="The baseline: 32 latents, not picked")
plt.show()
print(
    f"distance {frechet_distance(space(pictures), space(real)):.1f}, floor {floor:.1f}"
)

# %%
viz.plot_losses(history, title="The baseline's losses")
plt.show()

# %% [markdown]
# **What you should see.** The same few shapes again and again: most *modes* of the data
# are gone. The losses jump about, and neither says why. So look into D itself. A ReLU
# gives zero for every negative input. With a high rate, one bad step can push it so far
# that it is zero for *every* picture. It has no slope then, and never recovers.


# %%
@torch.no_grad()
def dead_units(D, images):
    """Share of D's ReLUs that are zero for all images (N, 1, 28, 28)."""
    x, dead = images, []
    for layer in D.net:
        x = layer(x)
        if isinstance(layer, nn.ReLU):
            dead.append((x == 0).all(dim=0))
    return torch.cat(dead).float().mean().item()


some = to_float(cfg.data.test[:500]).to(cfg.device)
fresh = build(baseline, seed=cfg.seed, device=cfg.device)
print(f"fresh D   {dead_units(fresh.D, some):4.0%} of the units are dead")
print(f"trained D {dead_units(gan.D, some):4.0%} of the units are dead")

# %% [markdown]
# Dead units are lost for the game: D sees less, and through them no gradient reaches G.
# If all of them die, both losses settle on the dotted lines and stay there. It looks as
# if G were perfect: D cannot tell real from fake any more. The same curve, two opposite
# meanings. That is why we need pictures and a ruler.
#
# ## 4. One trick at a time
#
# Each trick becomes a row: the baseline with **exactly one field changed**. Otherwise
# we would not know what helped.

# %%
rows = {"baseline": baseline}
parents = {"baseline": "baseline"}


def add_row(name, parent="baseline", **change):
    """A new row: its parent with exactly one field changed."""
    assert len(change) == 1, "one row, one change"
    rows[name] = replace(rows[parent], **change)
    parents[name] = parent


# %% [markdown]
# **One-sided label smoothing.** A D that is sure of itself has a flat loss, and G
# learns little from it. So D is told to be 90 % sure of real pictures, not 100 %
# ([Salimans et al., 2016](https://arxiv.org/abs/1606.03498), section 3.4). *One-sided*
# matters: smoothing the fakes, too, would reward D for calling some fakes real, just
# where G already puts too many.


# %%
def smoothed(target=0.9):
    """One-sided label smoothing: D aims at `target` instead of 1 for real images."""

    def smoothed_d(real_logits, fake_logits):
        labels = torch.full_like(real_logits, target)
        real_loss = F.binary_cross_entropy_with_logits(real_logits, labels)
        return real_loss + F.softplus(fake_logits).mean()

    return GanLoss(d=smoothed_d, g=bce_g)


best = torch.logit(torch.tensor([0.9])).requires_grad_()  # by hand: D(x) = 0.9 is best
smoothed(0.9).d(best, torch.zeros(1)).backward()
assert best.grad.abs() < 1e-6
add_row("label smoothing", loss=smoothed(0.9))

# %% [markdown]
# **Three changes inside a network.** *LeakyReLU in D* keeps a slope of 0.2 where ReLU
# is flat, so no unit can die and gradient always reaches G. *Batch norm in G*
# re-centres every feature over the batch ([Ioffe and Szegedy,
# 2015](https://arxiv.org/abs/1502.03167)), so that G cannot answer every latent with
# the same picture. *Dropout in D* switches off a part of D at random, so that G has to
# please many detectives.
#
# Each is a function from a network to a network.


# %%
def rebuilt(net, layers):
    """`net` with its `.net` made of `layers` instead."""
    net.net = nn.Sequential(*layers)
    return net


def leaky(net, slope=0.2):
    """LeakyReLU in the place of every ReLU."""
    swap = [nn.LeakyReLU(slope) if isinstance(m, nn.ReLU) else m for m in net.net]
    return rebuilt(net, swap)


def batch_norm(net):
    """Batch norm between every hidden Linear and its activation."""
    layers = []
    for layer in net.net:
        if isinstance(layer, (nn.ReLU, nn.LeakyReLU)):
            layers.append(nn.BatchNorm1d(layers[-1].out_features))
        layers.append(layer)
    return rebuilt(net, layers)


def dropout(net, p=0.3):
    """Dropout after every hidden activation."""
    layers = []
    for layer in net.net:
        layers.append(layer)
        if isinstance(layer, (nn.ReLU, nn.LeakyReLU)):
            layers.append(nn.Dropout(p))
    return rebuilt(net, layers)


# %% [markdown]
# By hand: three activations in D mean three dropouts, and batch norm turns any batch
# into one with mean 0 and standard deviation 1.

# %%
kinds = [type(layer).__name__ for layer in dropout(relu_discriminator()).net]
assert kinds.count("Dropout") == kinds.count("ReLU") == 3
hidden = batch_norm(MLPGenerator(hidden=8)).net[:2](5 * torch.randn(100, 64) + 5)
assert hidden.mean(0).abs().max() < 1e-5 and (hidden.std(0) - 1).abs().max() < 0.02

add_row("LeakyReLU in D", change_D=leaky)
add_row("batch norm in G", change_G=batch_norm)
add_row("dropout in D", change_D=dropout)

# %% [markdown]
# **Instance noise.** Real digits and early fakes hardly overlap: some cut separates
# them perfectly, and the loss of a perfect D says nothing to G ([Arjovsky and Bottou,
# 2017](https://arxiv.org/abs/1701.04862)). Add noise to both, and they overlap. D has
# to look at the big strokes first.


# %%
@dataclass(frozen=True)
class InstanceNoise:
    """Gaussian noise on every image D sees, real or fake."""

    std: float = 0.1

    def __call__(self, images):
        return images + self.std * torch.randn_like(images)


noisy = InstanceNoise(std=0.3)(torch.zeros(100_000))
assert abs(noisy.std() - 0.3) < 0.01  # by hand: nothing but the noise is left
add_row("instance noise", before_D=InstanceNoise(std=0.3))

# %% [markdown]
# **Spectral norm.** How much can D's output change when the picture changes a little?
# At most by the product of the largest singular values of its weight matrices. Divide
# each matrix by its own, and D's slope is at most 1 ([Miyato et al.,
# 2018](https://arxiv.org/abs/1802.05957)). PyTorch has it as a parametrisation.


# %%
def spectral(net):
    """Divide every weight by its largest singular value: D becomes 1-Lipschitz."""
    for layer in net.modules():
        if isinstance(layer, (nn.Linear, nn.Conv2d)):
            spectral_norm(layer)
    return net


layer = nn.Linear(2, 2, bias=False)
layer.weight.data = torch.diag(torch.tensor([4.0, 2.0]))
layer = spectral(nn.Sequential(layer))[0]
for _ in range(20):  # it is estimated a little better at each use
    layer(torch.ones(1, 2))
assert torch.allclose(layer.weight, torch.diag(torch.tensor([1.0, 0.5])), atol=1e-3)
add_row("spectral norm", change_D=spectral)

# %% [markdown]
# **Two learning rates.** Nothing says that both players should learn at the same speed
# ([Heusel et al., 2017](https://arxiv.org/abs/1706.08500)). Which one should be slower?
# You will read "D should be faster" everywhere. In the paper's own table for the DCGAN
# it is G that has the higher rate. So we try both.

# %%
add_row("slower D", lr_D=5e-4)
add_row("slower G", lr_G=5e-4)

# %% [markdown]
# **Other losses.** The *hinge* stops rewarding D once a real logit is above 1 and a
# fake one below -1 ([Lim and Ye, 2017](https://arxiv.org/abs/1705.02894)): no points
# for being ever more certain. *Least squares* pulls logits towards 1 and 0 and punishes
# also those on the right side that are too far out ([Mao et al.,
# 2017](https://arxiv.org/abs/1611.04076)). *Wasserstein* drops the logarithm: D's loss
# is the difference of its mean scores, an estimate of how far mass has to be moved
# ([Arjovsky et al., 2017](https://arxiv.org/abs/1701.07875)). That holds only if D's
# slope is bounded, and here nothing bounds it yet. Expect trouble.


# %%
def hinge_d(real_logits, fake_logits):
    """Push real logits above 1 and fake logits below -1; 2 when all logits are 0."""
    return F.relu(1 - real_logits).mean() + F.relu(1 + fake_logits).mean()


def minus_logit_g(fake_logits, real_logits=None):
    """Minus the mean fake logit: G's side of the hinge and the Wasserstein loss."""
    return -fake_logits.mean()


def least_squares_d(real_logits, fake_logits):
    """Half the squared distance of real logits to 1 and of fake logits to 0."""
    return 0.5 * ((real_logits - 1).square().mean() + fake_logits.square().mean())


def least_squares_g(fake_logits, real_logits=None):
    """Half the squared distance of fake logits to 1."""
    return 0.5 * (fake_logits - 1).square().mean()


def wasserstein_d(real_logits, fake_logits):
    """Mean fake logit minus mean real logit; 0 when D cannot tell."""
    return fake_logits.mean() - real_logits.mean()


# %%
one, three = torch.tensor([1.0]), torch.tensor([3.0])
assert hinge_d(three, -three) == 0  # by hand: both beyond the margin
assert least_squares_d(three, one) == 0.5 * (2**2 + 1**2)
assert wasserstein_d(three, one) == 1 - 3

add_row("hinge", loss=GanLoss(d=hinge_d, g=minus_logit_g))
add_row("least squares", loss=GanLoss(d=least_squares_d, g=least_squares_g))
add_row("Wasserstein", loss=GanLoss(d=wasserstein_d, g=minus_logit_g))

# %% [markdown]
# **Gradient penalties.** Bound D's slope by adding it to D's loss. The slope is the
# gradient of D's score by the *pixels*, and we need its own gradient by the weights:
# `create_graph=True` keeps what a second derivative needs. That costs time.
#
# - **WGAN-GP** asks for slope 1 on random points between real and fake ([Gulrajani et
#   al., 2017](https://arxiv.org/abs/1704.00028)). It is what the Wasserstein loss was
#   missing, so its row starts from that one.
# - **R1** asks for slope 0 on real pictures ([Mescheder et al.,
#   2018](https://arxiv.org/abs/1801.04406)). Where the data are, D should be flat: then
#   the game has a point where it comes to rest.


# %%
def squared_slope(D, images):
    """|grad D(x)|^2 for each image (B, 1, 28, 28) -> (B,), differentiable."""
    with torch.autocast(images.device.type, enabled=False):
        x = images.detach().float().requires_grad_()
        (slope,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return slope.flatten(1).square().sum(1)


@dataclass(frozen=True)
class R1:
    """gamma/2 * E|grad D(real)|^2: D must be flat where the data are."""

    gamma: float = 1.0

    def __call__(self, D, real, fake):
        return self.gamma / 2 * squared_slope(D, real).mean()


@dataclass(frozen=True)
class GradientPenalty:
    """weight * E(|grad D(x)| - 1)^2 on random points between real and fake."""

    weight: float = 10.0

    def __call__(self, D, real, fake):
        mix = torch.rand(len(real), 1, 1, 1, device=real.device)
        between = mix * real + (1 - mix) * fake.detach()
        slope = (squared_slope(D, between) + 1e-12).sqrt()  # a finite gradient at 0
        return self.weight * (slope - 1).square().mean()


# %% [markdown]
# By hand: a D that is a straight ramp, D(x) = 3 x1 + 4 x2, has slope 5 everywhere. So
# R1 with gamma 2 must give 25, and the gradient penalty 10 (5 - 1)² = 160.


# %%
def ramp(images):
    """D(x) = 3 x1 + 4 x2."""
    return (images.flatten(1) * torch.tensor([3.0, 4.0])).sum(1)


points = torch.randn(6, 1, 1, 2)
assert torch.isclose(R1(gamma=2.0)(ramp, points, points), torch.tensor(25.0))
assert torch.isclose(GradientPenalty()(ramp, points, points), torch.tensor(160.0))

add_row("WGAN-GP", parent="Wasserstein", penalty=GradientPenalty(weight=10.0))
add_row("R1", penalty=R1(gamma=1.0))

# %% [markdown]
# **RpGAN, R1 and R2.** Why should D judge a fake alone? The *relativistic* loss
# compares each fake with a real picture: which of the two is more real?
# ([Jolicoeur-Martineau, 2018](https://arxiv.org/abs/1807.00734)). A G that drops a mode
# can then no longer hide. But pairing alone does not bring the game to rest. With R1
# and R2 (the same penalty on the fakes) it does; that is the core of R3GAN ([Huang et
# al., 2024](https://arxiv.org/abs/2501.05441)). Two rows, so that you see both steps.


# %%
def relativistic_d(real_logits, fake_logits):
    """D's view of pairs: how much more real is real i than fake i? ln 2 at a draw."""
    return F.softplus(-(real_logits - fake_logits)).mean()


def relativistic_g(fake_logits, real_logits):
    """G's view of the same pairs, with the roles exchanged. ln 2 at a draw."""
    return F.softplus(-(fake_logits - real_logits)).mean()


@dataclass(frozen=True)
class R1R2:
    """R1 on the real images plus the same on the fakes."""

    gamma: float = 1.0

    def __call__(self, D, real, fake):
        slopes = squared_slope(D, real) + squared_slope(D, fake)
        return self.gamma / 2 * slopes.mean()


assert relativistic_d(three, one) == relativistic_d(
    three + 7, one + 7
)  # only pairs count
assert torch.isclose(R1R2(gamma=2.0)(ramp, points, points), torch.tensor(50.0))

add_row("RpGAN", loss=GanLoss(d=relativistic_d, g=relativistic_g))
add_row("RpGAN + R1 + R2", parent="RpGAN", penalty=R1R2(gamma=0.1))

# %% [markdown]
# **EMA, a running average of G.** The two players circle around the solution. The
# average of the circle is nearer to the middle than any point on it. So keep an
# exponential moving average of G's weights and draw pictures from that ([Yazici et al.,
# 2018](https://arxiv.org/abs/1806.04498)). It changes nothing in training and costs
# next to nothing. In `Recipe` its half-life is counted in images.


# %%
def average(ema, value, beta):
    """One step of a running average."""
    return beta * ema + (1 - beta) * value


beta = 0.5 ** (cfg.batch_size / 10_000)  # a half-life of 10 000 images
ema = 1.0
for _ in range(
    round(10_000 / cfg.batch_size)
):  # by hand: what remains of 1 is one half
    ema = average(ema, 0.0, beta)
assert abs(ema - 0.5) < 0.01
add_row("EMA of G", ema_images=10_000)
print(len(rows), "rows:", ", ".join(rows))

# %% [markdown]
# ## 5. Run them all
#
# Every row with every seed; for one seed, all rows see the same batches. A run that
# diverges to infinity is kept and marked: leaving out the failures is how tables become
# too good to be true.


# %%
def measure(recipe, seed):
    """Distance, number of well-filled classes, seconds and pictures of one run."""
    try:
        pictures, history, _ = play(recipe, seed)
    except TrainingDiverged:
        return {"distance": math.inf, "classes": 0, "seconds": 0.0, "pictures": None}
    labels = guess_labels(
        pictures[:500], cfg.data.train[:5000], cfg.data.train_labels[:5000]
    )
    shares = class_counts(labels, len(cfg.data.classes)) / len(labels)
    return {
        "distance": frechet_distance(space(pictures), space(real)),
        "classes": int((shares >= 0.25 / len(shares)).sum()),
        "seconds": float(history["seconds"][-1]),
        "pictures": pictures[:14],
    }


seeds = list(range(cfg.seed, cfg.seed + cfg.n_seeds))
tick = LoopProgress(len(rows) * len(seeds), cfg.out_dir / "progress.jsonl")
results = {}
for name, recipe in rows.items():
    results[name] = []
    for seed in seeds:
        results[name].append(measure(recipe, seed))
        tick(f"{name}, seed {seed}: distance {results[name][-1]['distance']:.1f}")

# %% [markdown]
# ## 6. What helped?
#
# Smaller distance is better; the floor is real against real. *Classes* counts those
# with at least a quarter of their fair share. The remark follows a rule, not a wish:
# *helps* means that every seed is better than every seed of the row it started from,
# *hurts* the reverse, and everything else is *no clear effect*.


# %%
def remark(name):
    """Compare a row with its parent, seed by seed."""
    mine = [run["distance"] for run in results[name]]
    base = [run["distance"] for run in results[parents[name]]]
    if name == "baseline":
        return ""
    if max(mine) < min(base):
        return f"helps ({parents[name]})"
    return f"hurts ({parents[name]})" if min(mine) > max(base) else "no clear effect"


def mean(values):
    return sum(values) / len(values)


order = sorted(rows, key=lambda name: mean([run["distance"] for run in results[name]]))
lines = [
    "| row | distance, each seed | times floor | classes | seconds | remark (against) |"
]
lines += ["|---|---|---|---|---|---|"]
for name in order:
    runs = results[name]
    distances = [run["distance"] for run in runs]
    each = ", ".join(f"{d:.1f}" for d in distances)
    classes = ", ".join(str(run["classes"]) for run in runs)
    seconds = mean([run["seconds"] for run in runs])
    ratio = f"{mean(distances) / floor:.1f}"
    cells = [name, each, ratio, classes, f"{seconds:.0f}", remark(name)]
    lines += [f"| {' | '.join(cells)} |"]
display(Markdown("\n".join(lines)))

# %%
figure, ax = viz.panels(1, height=5)
for y, name in enumerate(reversed(order)):
    finite = [
        run["distance"] for run in results[name] if math.isfinite(run["distance"])
    ]
    ax.plot(
        finite, [y] * len(finite), "o", color="C1" if name != "baseline" else "black"
    )
ax.axvline(floor, color="0.3", linestyle=":")
ax.set_yticks(range(len(order)), list(reversed(order)))
ax.set(xscale="log", xlabel="Frechet distance of pixels (smaller is better)")
ax.set_title("A dot for each run. Black: the baseline. Dotted: the floor, real data")
plt.show()

# %% [markdown]
# Numbers can be fooled, so look at the pictures behind them: best row on top.

# %% tags=["thumbnail"]
shown = [name for name in order if results[name][0]["pictures"] is not None]
viz.show_rows(
    [results[name][0]["pictures"] for name in shown],
    titles=shown,
    title=f"Seed {seeds[0]}: the same 14 latents for every row",
)
plt.show()

# %% [markdown]
# **What you should see.** A surprise, if you have read lists of tricks: only a few rows
# are clearly better than the baseline. Many show no effect that so few seeds could
# prove, and some do harm. Wasserstein without a bound on D comes last, and its own
# penalty brings it back part of the way. RpGAN alone hurts; R1 and R2 repair it. No row
# reaches the floor: these runs are short, and the networks small.
#
# Does that speak against spectral norm or dropout? No. A trick answers a fault. Both
# make D weaker, and the D of *this* baseline is weak already: many of its units are
# dead. Others, such as the Wasserstein pair, were published with many more updates of D
# and lower rates. The table holds for this baseline, these few epochs, and as many
# seeds as you see dots. A ranking by two seeds is a hint, not a law.
#
# ## 7. Do they add up?
#
# Put four cheap ones together: LeakyReLU in D, batch norm in G, instance noise, and the
# average. (This row changes several fields, so it can tell you *that* the mixture
# works, not why.)

# %%
together = replace(
    baseline,
    change_D=leaky,
    change_G=batch_norm,
    before_D=InstanceNoise(std=0.3),
    ema_images=10_000,
)
both = [measure(together, seed) for seed in seeds]
distances = [run["distance"] for run in both]
print("together:", ", ".join(f"{d:.1f}" for d in distances), f"   floor {floor:.1f}")
if both[0]["pictures"] is not None:
    viz.show_grid(
        both[0]["pictures"], ncol=14, title="The four together, the same latents"
    )
    plt.show()

# %%
keep = {
    name: [
        {key: run[key] for key in ("distance", "classes", "seconds")} for run in runs
    ]
    for name, runs in {**results, "together": both}.items()
}
for run in sum(keep.values(), []):
    run["distance"] = run["distance"] if math.isfinite(run["distance"]) else "diverged"
about = {
    "dataset": cfg.data.name,
    "note": cfg.data.note,
    "seeds": seeds,
    "floor": floor,
}
file = write_json(
    cfg.out_dir / "results.json", {**about, "epochs": cfg.epochs, "rows": keep}
)
if cfg.profile != "smoke" and cfg.data.name == "MNIST":
    base = mean([run["distance"] for run in results["baseline"]])
    assert mean(distances) < base, "together they should beat the baseline"

# %% [markdown]
# ## Recap
#
# - A dead D and a perfect G give the same losses. Look at pictures, and measure.
# - A trick is a value in a row. Change one field at a time, run several seeds, keep
#   them all.
# - A trick answers a fault. Find the fault first: count dead units, look at pictures.
# - EMA costs nothing. Penalties cost time.
# - Many tricks do nothing here, or harm. That is a result, too.

# %% [markdown]
# ## Exercises
#
# **Exercise 1: augmentation in one line.** Write an input layer that moves all pictures
# of a batch by the same random number of pixels, between -`most` and `most`, in both
# directions (a simple form of DiffAugment, [Zhao et al.,
# 2020](https://arxiv.org/abs/2006.10738)). It must keep the shape, and the gradient
# must pass through it. `torch.roll` is good enough: the rim of a digit is black.
#
# <details><summary>Hint</summary>
# <code>int(torch.randint(-most, most + 1, ()))</code> draws one number;
# <code>torch.roll(images, (dy, dx), dims=(2, 3))</code> moves.
# </details>


# %% tags=["exercise"]
def shift(images, most=2):
    """images (B, 1, 28, 28), moved by up to `most` pixels in each direction."""
    ### BEGIN SOLUTION
    dy, dx = (int(torch.randint(-most, most + 1, ())) for _ in range(2))
    return torch.roll(images, (dy, dx), dims=(2, 3))
    ### END SOLUTION


dot = torch.zeros(3, 1, 28, 28)
dot[:, :, 14, 14] = 1
check("keeps the shape", lambda: shift(dot).shape == dot.shape, True)
check("keeps the ink", lambda: shift(dot).sum(), 3.0)
check("moves", lambda: any(not torch.equal(shift(dot), dot) for _ in range(20)), True)

# %% [markdown]
# **Exercise 2: your own row.** Write the loss pair of a GAN whose D uses the hinge but
# whose G uses the non-saturating loss. Return a `GanLoss`.
#
# <details><summary>Hint</summary>
# All four functions are defined above or imported: <code>GanLoss(d=..., g=...)</code>.
# </details>


# %% tags=["exercise"]
def mixed_loss():
    """Hinge for D, non-saturating for G."""
    ### BEGIN SOLUTION
    return GanLoss(d=hinge_d, g=bce_g)
    ### END SOLUTION


check("D's side", lambda: mixed_loss().d(three, one), 2.0)
check("G's side", lambda: mixed_loss().g(torch.zeros(1)), 0.6931)

# %% [markdown]
# **Questions**
#
# 3. Set `lr_G` and `lr_D` of the baseline to 5e-4. How many of the tricks still help?
# 4. Which value of `gamma` is best for R1? Try 0.01, 0.1, 1 and 10, two seeds each. Is
#    the difference larger than the difference between seeds?
# 5. Smooth both sides: 0.9 for real and 0.1 for fake. What changes?
# 6. Give the baseline the saturating loss of notebook 02. Can it get any worse?

# %% [markdown]
# ## In practice
#
# - First lower the learning rate. Most collapses end there.
# - Use LeakyReLU in D and EMA for G from the start. They are free.
# - If D wins, add R1. If it still wins, make D smaller.
# - Never report the best seed.
#
# ## Next
#
# [05 · Watch a GAN learn](05_progression_gallery.ipynb): progression, interpolation,
# sliders.
