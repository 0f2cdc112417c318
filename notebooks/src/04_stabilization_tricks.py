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
# **What you'll do.** Watch two GANs fail in seconds, measure *how* each fails, pick
# tricks that answer the fault, and end with a GAN that works.
#
# **What you'll learn**
# - that `d_loss` does not tell you which failure you have, and what does
# - nineteen tricks from the literature: idea, formula, at most ten lines of code
# - how to check each on a case that you can work out by hand
# - how to compare recipes: one change at a time, paired seeds, an interval
# - that no trick here cures alone, three do together, and many do nothing
#
# **What you'll need.** Notebooks 02 and 03: the step and its two losses.

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
profile: str = "quick"  # smoke, quick or full: how much work to do
seed: int = 0  # one seed for data order, latents and initial weights
dataset: str = "auto"  # auto, mnist, fashion, kmnist, offline or a folder
device: str = "auto"  # auto, cpu, cuda or mps
out_dir: str = None  # root folder of this run's results; None: runs/lab
epochs: int = None  # passes of the last training; None: the profile's value
batch_size: int = None  # images per update; None: the profile's value

# %%
from dataclasses import dataclass, replace
from functools import partial

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from IPython.display import Markdown, display
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from gan_utils import callbacks, data, metrics, models, results, training, viz
from gan_utils.gan import Recipe, build
from gan_utils.lesson import check, lesson
from gan_utils.losses import GanLoss, bce_d, bce_g, saturating_g

cfg = lesson("04_stabilization_tricks", globals())  # checks the parameters above
viz.use_style()
torch.set_num_threads(1)  # for networks this small, sharing the work costs more

# %% [markdown]
# ## 1. Meet two patients
#
# The networks are those of our best recipe at half the width: convolutions at 7 x 7,
# then `PixelShuffle`, which lays four channels out as a 2 x 2 block of pixels. The step
# is that of notebook 02, cut into its two halves. What may differ between two GANs is
# read from a `Recipe`, a row of choices: the networks, the loss, the rates, what D sees
# of a picture (`before_D`), what is added to its loss (`penalty`).


# %%
def update_D(recipe, gan, real, fake):
    """D learns from real and fake (B, 1, 28, 28); returns (d_loss, real_logits)."""
    real_in, fake_in = recipe.before_D(real), recipe.before_D(fake.detach())
    real_logits, fake_logits = gan.D(real_in), gan.D(fake_in)
    penalty = recipe.penalty(gan.D, real_in, fake_in)
    d_loss = recipe.loss.d(real_logits, fake_logits) + penalty
    gan.opt_D.zero_grad()
    d_loss.backward()
    gan.opt_D.step()
    return d_loss, real_logits.detach()


def update_G(recipe, gan, fake, real_logits):
    """G learns from what D says of its fakes (B, 1, 28, 28); returns g_loss."""
    fake_logits = gan.D(recipe.before_D(fake))
    g_loss = recipe.loss.g(fake_logits, real_logits)
    gan.opt_G.zero_grad()
    g_loss.backward()
    gan.opt_G.step()
    return g_loss


# %%
def train_step(recipe, gan, real, z):
    """One update of D, then one of G; real (B, 1, 28, 28), z (B, latent_dim)."""
    fake = gan.G(z)
    d_loss, real_logits = update_D(recipe, gan, real, fake)
    g_loss = update_G(recipe, gan, fake, real_logits)
    return {"d_loss": d_loss, "g_loss": g_loss}


# %% [markdown]
# **Patient A** does what the first GAN paper says ([Goodfellow et al.,
# 2014](https://arxiv.org/abs/1406.2661), algorithm 1): the minimax loss, and k updates
# of D for each of G, "to keep D near its optimum". Here k = 5, and both learn at the
# rate of notebook 02.


# %%
def five_of_D(recipe, gan, real, z):
    """D learns from each fifth of the batch in turn, G from the last of them."""
    for real_part, z_part in zip(real.chunk(5), z.chunk(5)):
        fake = gan.G(z_part)
        d_loss, real_logits = update_D(recipe, gan, real_part, fake)
    g_loss = update_G(recipe, gan, fake, real_logits)
    return {"d_loss": d_loss, "g_loss": g_loss}


# %%
plain = Recipe(
    G=partial(models.ShuffleGenerator, ngf=32, hidden=128),
    D=partial(models.ShuffleDiscriminator, ndf=32, hidden=128),
    update=train_step,
    lr_G=1e-3,
    lr_D=1e-3,
    schedule=training.constant,
    batch_size=cfg.batch_size,
)
minimax = GanLoss(d=bce_d, g=saturating_g)
A = replace(
    plain,
    loss=minimax,
    update=five_of_D,
    lr_G=5e-4,
    lr_D=5e-4,
    batch_size=5 * cfg.batch_size,
)

# %% [markdown]
# **Patient B** is what one writes first: the non-saturating loss, one update each, and
# no batch norm in G. (The layer before each norm gets its bias back.) Its rate is
# twice that of A.


# %%
def rebuilt(net, layers):
    """`net` with its `.net` made of `layers` instead."""
    net.net = nn.Sequential(*layers)
    return net


def without_norm(net):
    """Batch norm left out; the layer before each has its bias back, at 0."""
    layers = [m for m in net.net if not isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d))]
    for layer in layers:
        if isinstance(layer, (nn.Linear, nn.Conv2d)) and layer.bias is None:
            layer.bias = nn.Parameter(torch.zeros(len(layer.weight)))
    return rebuilt(net, layers)


B = replace(plain, change_G=without_norm)


# %%
def play(recipe, epochs=cfg.epochs / 4):
    """Train a recipe. Returns the GAN, its history, and pictures on the way."""
    gan = build(recipe, seed=cfg.seed, device=cfg.device)
    how = {"seed": cfg.seed, "device": cfg.device}
    batches = data.Batches.of(recipe, cfg.data.train, **how)
    film = callbacks.Snapshots(z_few, n=8)
    step = partial(recipe.update, recipe)
    how = {"epochs": epochs, "schedule": recipe.schedule, "callbacks": [film]}
    return gan, training.fit(step, gan, batches, **how), film


rng = torch.Generator().manual_seed(1)
z_few = torch.randn(100, plain.latent_dim, generator=rng)
played = {"A": play(A), "B": play(B)}

# %%
rows = [film.images[-1, :14] for _, _, film in played.values()]
viz.show_rows(rows, titles=["A", "B"], title="14 latents each, not picked")
plt.show()

# %%
figure, axes = viz.panels(2)
for ax, (name, (_, history, _)) in zip(axes, played.items()):
    viz.plot_losses(history, ax=ax, title=f"Patient {name}")
plt.show()

# %% [markdown]
# **What you should see.** A draws gray noise, another for each latent. B draws one
# picture, the same for every latent: its *modes* have collapsed into one. Yet
# both loss curves tell the same story: D is nearly always right. "D wins, so train G
# more", says folklore. Do that to B: five updates of G for one of D.


# %%
def five_of_G(recipe, gan, real, z):
    """D learns from the first fifth of the batch, G from every fifth of the latents."""
    parts = z.chunk(5)
    real = real.chunk(5)[0]
    d_loss, real_logits = update_D(recipe, gan, real, gan.G(parts[0]))
    for part in parts:
        g_loss = update_G(recipe, gan, gan.G(part), real_logits)
    return {"d_loss": d_loss, "g_loss": g_loss}


more = replace(B, update=five_of_G, batch_size=5 * cfg.batch_size)
played["B, more G"] = play(more)
viz.show_rows([played["B, more G"][2].images[-1, :14]], title="B, with five of G")
plt.show()
d_loss = played["B, more G"][1]["d_loss"][-50:].mean()
print(f"d_loss {d_loss:.2f}; 2 ln 2 = 1.39 is what a perfect G would give")

# %% [markdown]
# Still one picture, and now the loss of a perfect game. So a low `d_loss` does not tell
# noise from collapse, and a high one does not tell collapse from success.
#
# ## 2. Build better instruments
#
# Three of them need no trained judge. The **signal**: how strongly G's loss pulls at
# the pixels of a fake, which is all that G ever learns from. The **slope** of D's logit
# itself by these pixels. And the **variety**: how much a pixel changes from latent to
# latent. A fourth, **ranked right**, is how often D scores a real picture above a fake;
# one half means that it cannot tell, whatever the loss is.


# %%
def pixel_slope(score, fake):
    """Mean norm of the gradient of score(fake) by a fake's pixels (B, 1, 28, 28)."""
    x = fake.detach().requires_grad_()
    (slope,) = torch.autograd.grad(score(x), x)
    return slope.flatten(1).norm(dim=1).mean().item()


def instruments(recipe, gan):
    """signal, slope, variety and ranked right, on 500 fakes."""
    gan.D.eval()
    real_logits = gan.D(some_real).detach()
    with torch.no_grad():
        fake = gan.G(some_z)
    signal = pixel_slope(lambda x: len(x) * recipe.loss.g(gan.D(x), real_logits), fake)
    slope = pixel_slope(lambda x: gan.D(x).sum(), fake)
    ranked = (real_logits[:, None] > gan.D(fake)).float().mean().item()
    gan.D.train()
    variety = fake.std(0).mean().item()
    return {"signal": signal, "slope": slope, "variety": variety, "ranked": ranked}


# %%
some_real = data.to_float(cfg.data.test[:500]).to(cfg.device)
some_z = torch.randn(500, plain.latent_dim, generator=rng).to(cfg.device)
ramp = torch.tensor([3.0, 4.0])  # by hand: D(x) = 3 x1 + 4 x2 has slope 5 everywhere
assert (
    abs(pixel_slope(lambda x: (x.flatten(1) @ ramp).sum(), torch.zeros(6, 1, 1, 2)) - 5)
    < 1e-6
)

# %% [markdown]
# The fifth instrument is the **judge**, a classifier of digits that notebook 06 builds.
# It names the class of a picture. And it turns a picture into 128 features: the
# **Fréchet distance** compares the Gaussian fitted to the features of fakes with the
# one fitted to those of real test images, in their means and in their covariances.
#
# $$d^2 = |\mu_a - \mu_b|^2 + \text{tr}\bigl(A + B - 2 (AB)^{1/2}\bigr)$$


# %%
def frechet_distance(a, b):
    """Squared Fréchet distance of the Gaussians fitted to a (N, d) and b (M, d)."""
    a, b = a.double(), b.double()
    A, B = torch.cov(a.T), torch.cov(b.T)
    values, vectors = torch.linalg.eigh(A)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    cross = torch.linalg.eigvalsh(root @ B @ root).clamp(min=0).sqrt().sum()
    return (
        (a.mean(0) - b.mean(0)).square().sum() + A.trace() + B.trace() - 2 * cross
    ).item()


x = torch.randn(1000, 3, generator=rng)
assert abs(frechet_distance(x, x)) < 1e-9, "no distance to itself"
assert abs(frechet_distance(x, x + 2) - 12) < 1e-6, "a shift costs 4 + 4 + 4"

# %% [markdown]
# No finite set of pictures reaches zero. The **floor** is the distance of as many real
# training images, drawn at random.

# %%
judge = cfg.judge
n = cfg.pick(1000, smoke=300)
z_many = torch.randn(n, plain.latent_dim, generator=rng)
real = cfg.data.test[torch.randperm(len(cfg.data.test), generator=rng)]
real_features = judge.look(real[: cfg.pick(10_000, smoke=1000)])[0]
floors = []
for _ in range(3):
    chosen = torch.randperm(len(cfg.data.train), generator=rng)[:n]
    real = judge.look(cfg.data.train[chosen])[0]
    floors.append(frechet_distance(real, real_features))
floor = sum(floors) / len(floors)
print(f"floor at n = {n}:", ", ".join(f"{f:.2f}" for f in floors))


# %%
def measure(recipe, gan, history):
    """Everything that we know of a trained GAN, as numbers."""
    features, probabilities = judge.look(gan.draw(z_many))
    counts = metrics.class_counts(probabilities.argmax(1), len(cfg.data.classes))
    found = {
        "distance": frechet_distance(features, real_features),
        "classes": int((counts >= 0.25 * n / len(counts)).sum()),
        "d_loss": float(history["d_loss"][-50:].mean()),
    }
    seconds = float(history["seconds"][-1])
    return found | instruments(recipe, gan) | {"seconds": seconds}


def table(found):
    """Show {name: what `measure` said} as a table."""
    heads = "distance classes d_loss signal slope variety ranked seconds".split()
    forms = ".1f d .3f .2g .2g .3f .2f .0f".split()
    lines = ["| |" + "|".join(heads) + "|", "|---" * (len(heads) + 1) + "|"]
    for name, row in found.items():
        cells = [format(row[head], form) for head, form in zip(heads, forms)]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    display(Markdown("\n".join(lines)))


# %%
recipes = {"A": A, "B": B, "B, more G": more}
found = {name: measure(recipes[name], *played[name][:2]) for name in recipes}
table(found)

# %% [markdown]
# **What you should see.** Now they are told apart. *A*: D is steep, but the signal is
# next to nothing. The minimax loss of a fake that D is sure of is flat, so D's slope
# never reaches G (notebook 02, section 3). *B*: the signal is strong, the variety is
# zero. G is told a lot, and the same for every latent. *B, more G*: `d_loss` of a
# perfect game, variety zero.
#
# Classes: one for each patient. The judge *must* name a digit, so it finds one in
# noise, too. Never trust one number. When did the classes go? The judge's view of 100
# latents through each training:

# %%
figure, axes = viz.panels(3, height=3)
for ax, (name, (_, _, film)) in zip(axes, played.items()):
    classes = [judge.look(torch.from_numpy(p))[1].argmax(1) for p in film.images]
    counts = [metrics.class_counts(c, len(cfg.data.classes)) for c in classes]
    ax.imshow(torch.stack(counts).T, cmap="Greys", vmin=0, vmax=100, aspect="auto")
    ax.set(title=name, xlabel="updates", ylabel="class")
    ax.set_xticks(range(len(film.steps)), film.steps, rotation=45)
    ax.set_yticks(range(len(cfg.data.classes)), cfg.data.classes, fontsize=8)
    ax.grid(visible=False)
plt.show()

# %% [markdown]
# ## 3. Collect the tricks, by the fault they answer
#
# A trick is a value for **one field** of the recipe.

# %%
tricks = {}


def add(name, **change):
    """Remember a trick: one field, one value. An update may bring its batch along."""
    assert len(change) == 1 or [*change] == ["update", "batch_size"]
    tricks[name] = change


def treat(patient, *names):
    """The patient's recipe with some tricks."""
    changes = {}
    for name in names:
        changes |= tricks[name]
    return replace(patient, **changes)


# %% [markdown]
# ### D is too strong
#
# **Let it train less**: one update for one of G, or a lower rate. Nothing says that
# both players should learn at the same speed ([Heusel et al.,
# 2017](https://arxiv.org/abs/1706.08500)).
#
# **One-sided label smoothing.** D is told to be 90 % sure of real pictures, not 100 %
# ([Salimans et al., 2016](https://arxiv.org/abs/1606.03498), section 3.4). Smoothing
# the fakes, too, would reward D for calling some of them real, just where G already
# puts too many.


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

add("one update of D", update=train_step, batch_size=cfg.batch_size)
add("non-saturating loss", loss=GanLoss(d=bce_d, g=bce_g))
add("slower D", lr_D=2e-4)
add("label smoothing", loss=smoothed(0.9))

# %% [markdown]
# **Instance noise.** Real digits and early fakes hardly overlap, so some cut separates
# them perfectly ([Arjovsky and Bottou, 2017](https://arxiv.org/abs/1701.04862)). Noise
# on both makes them overlap. **Dropout** switches off a part of D at random.


# %%
@dataclass(frozen=True)
class InstanceNoise:
    """Gaussian noise on every image D sees, real or fake."""

    std: float = 0.1

    def __call__(self, images):
        return images + self.std * torch.randn_like(images)


def dropout(net, p=0.3):
    """Dropout after every hidden activation."""
    layers = []
    for layer in net.net:
        layers.append(layer)
        if isinstance(layer, (nn.ReLU, nn.LeakyReLU)):
            layers.append(nn.Dropout(p))
    return rebuilt(net, layers)


# %%
noisy = InstanceNoise(std=0.3)(torch.zeros(100_000))
assert abs(noisy.std() - 0.3) < 0.01  # by hand: nothing but the noise is left
kinds = [type(layer).__name__ for layer in dropout(plain.D()).net]
assert kinds.count("Dropout") == kinds.count("LeakyReLU") == 3

add("instance noise", before_D=InstanceNoise(std=0.3))
add("dropout in D", change_D=dropout)

# %% [markdown]
# ### D is too steep, or too flat
#
# **Other losses.** The *hinge* stops rewarding D once a real logit is above 1 and a
# fake one below -1 ([Lim and Ye, 2017](https://arxiv.org/abs/1705.02894)), and G's side
# has slope 1 everywhere: its signal cannot vanish. *Least squares* pulls logits
# to 1 and 0 ([Mao et al., 2017](https://arxiv.org/abs/1611.04076)). *Wasserstein* drops
# the logarithm ([Arjovsky et al., 2017](https://arxiv.org/abs/1701.07875)); its value
# means something only if D's slope is bounded. The *relativistic* loss asks of a pair
# which is more real ([Jolicoeur-Martineau, 2018](https://arxiv.org/abs/1807.00734)).


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


# %%
def wasserstein_d(real_logits, fake_logits):
    """Mean fake logit minus mean real logit; 0 when D cannot tell."""
    return fake_logits.mean() - real_logits.mean()


def relativistic_d(real_logits, fake_logits):
    """D's view of pairs: how much more real is real i than fake i? ln 2 at a draw."""
    return F.softplus(-(real_logits - fake_logits)).mean()


def relativistic_g(fake_logits, real_logits):
    """G's view of the same pairs, with the roles exchanged. ln 2 at a draw."""
    return F.softplus(-(fake_logits - real_logits)).mean()


# %%
one, three = torch.tensor([1.0]), torch.tensor([3.0])
assert hinge_d(three, -three) == 0  # by hand: both beyond the margin
assert least_squares_d(three, one) == 0.5 * (2**2 + 1**2)
assert wasserstein_d(three, one) == 1 - 3
moved = relativistic_d(three + 7, one + 7)
assert relativistic_d(three, one) == moved  # only the difference counts

add("hinge", loss=GanLoss(d=hinge_d, g=minus_logit_g))
add("least squares", loss=GanLoss(d=least_squares_d, g=least_squares_g))
add("Wasserstein", loss=GanLoss(d=wasserstein_d, g=minus_logit_g))
add("RpGAN", loss=GanLoss(d=relativistic_d, g=relativistic_g))

# %% [markdown]
# **Gradient penalties** bound D's slope by adding it to D's loss. The slope is the
# gradient of D's score by the *pixels*, and we need its own gradient by the weights:
# `create_graph=True` keeps what a second derivative needs. That costs time.
#
# - **R1** asks for slope 0 on real pictures ([Mescheder et al.,
#   2018](https://arxiv.org/abs/1801.04406)): where the data are, D should be flat.
# - **R1 + R2** asks for it on fakes as well. With the relativistic loss it is the core
#   of R3GAN ([Huang et al., 2024](https://arxiv.org/abs/2501.05441)).
# - **WGAN-GP** asks for slope 1 on points between real and fake ([Gulrajani et al.,
#   2017](https://arxiv.org/abs/1704.00028)): what the Wasserstein loss was missing.


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


# %%
@dataclass(frozen=True)
class R1R2:
    """R1 on the real images plus the same on the fakes."""

    gamma: float = 1.0

    def __call__(self, D, real, fake):
        slopes = squared_slope(D, real) + squared_slope(D, fake)
        return self.gamma / 2 * slopes.mean()


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
# By hand, with the ramp of slope 5: R1 with gamma 2 gives 25, R1 + R2 gives 50, and the
# gradient penalty 10 (5 - 1)² = 160.


# %%
def ramp_D(images):
    """D(x) = 3 x1 + 4 x2."""
    return (images.flatten(1) * ramp).sum(1)


points = torch.randn(6, 1, 1, 2, generator=rng)
assert torch.isclose(R1(gamma=2.0)(ramp_D, points, points), torch.tensor(25.0))
assert torch.isclose(R1R2(gamma=2.0)(ramp_D, points, points), torch.tensor(50.0))
assert torch.isclose(GradientPenalty()(ramp_D, points, points), torch.tensor(160.0))

add("R1", penalty=R1(gamma=1.0))
add("R1 + R2", penalty=R1R2(gamma=1.0))
add("gradient penalty", penalty=GradientPenalty(weight=10.0))

# %% [markdown]
# **Spectral norm** divides each weight matrix of D by its largest singular value
# ([Miyato et al., 2018](https://arxiv.org/abs/1802.05957)). For dense layers that
# bounds D's slope by 1. A convolution is bounded as the matrix of its kernel, not as
# what it does to a picture: there, the slope can be 2 or 3.


# %%
def spectral(net):
    """Divide every weight by its largest singular value."""
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
add("spectral norm in D", change_D=spectral)

# %% [markdown]
# ### G answers every latent alike
#
# **Batch norm** re-centres every feature over the batch ([Ioffe and Szegedy,
# 2015](https://arxiv.org/abs/1502.03167)): a feature that is the same for all latents
# becomes zero for all. In *G* it undoes B's fault. In *D* it lets every verdict depend
# on the company, so a batch of equal fakes is seen ([Radford et al.,
# 2015](https://arxiv.org/abs/1511.06434); not in the layer that sees the image).
# **Minibatch spread** hands D that clue as one number ([Karras et al.,
# 2018](https://arxiv.org/abs/1710.10196)).


# %%
def batch_norm(net, skip=1):
    """Batch norm in front of every activation but the first `skip`."""
    layers, seen = [], 0
    for layer in net.net:
        if isinstance(layer, (nn.ReLU, nn.LeakyReLU)):
            size, wide = len(layers[-1].weight), isinstance(layers[-1], nn.Conv2d)
            if seen >= skip:
                layers.append(nn.BatchNorm2d(size) if wide else nn.BatchNorm1d(size))
            seen += 1
        layers.append(layer)
    return rebuilt(net, layers)


# %%
class MinibatchStd(nn.Module):
    """(B, d) -> (B, d + 1): one number more, the spread of the batch's features."""

    def forward(self, x):
        spread = (x.var(0, unbiased=False) + 1e-8).sqrt().mean()  # finite slope at 0
        return torch.cat([x, spread.expand(len(x), 1)], 1)


def minibatch_std(net):
    """`MinibatchStd` in front of the first Linear, which gets one input more."""
    layers = list(net.net)
    first = next(i for i, m in enumerate(layers) if isinstance(m, nn.Linear))
    wider = nn.Linear(layers[first].in_features + 1, layers[first].out_features)
    return rebuilt(net, [*layers[:first], MinibatchStd(), wider, *layers[first + 1 :]])


# %%
pair = torch.tensor([[1.0, 5.0], [3.0, 5.0]])  # by hand: spreads 1 and 0, mean 0.5
assert torch.allclose(MinibatchStd()(pair)[:, 2], torch.tensor(0.5), atol=1e-3)
kinds = [type(layer).__name__ for layer in batch_norm(plain.D()).net]
assert kinds.count("BatchNorm2d") == kinds.count("BatchNorm1d") == 1

add("batch norm in G", change_G=lambda net: net)  # the network as it was written
add("batch norm in D", change_D=batch_norm)
add("minibatch spread in D", change_D=minibatch_std)

# %% [markdown]
# ### The game runs in circles
#
# **Less momentum.** Adam follows an average of past gradients; `betas[0]` says how long
# it remembers. But the other player has moved since. Zero forgets at once.
#
# **EMA, a running average of G.** The players circle around a solution; the middle of
# the circle is nearer than any point on it. So draw pictures from an average of G's
# weights ([Yazici et al., 2018](https://arxiv.org/abs/1806.04498)). Training itself
# stays as it is. In `Recipe` its half-life is counted in images.


# %%
def average(ema, value, beta):
    """One step of a running average."""
    return beta * ema + (1 - beta) * value


beta = 0.5 ** (cfg.batch_size / 10_000)  # a half-life of 10 000 images
ema = 1.0
for _ in range(round(10_000 / cfg.batch_size)):  # by hand: what remains of 1 is 1/2
    ema = average(ema, 0.0, beta)
assert abs(ema - 0.5) < 0.01

add("no momentum", betas=(0.0, 0.99))
add("EMA of G", ema_images=10_000)
print(len(tricks), "tricks:", ", ".join(tricks))

# %% [markdown]
# ## 4. Treat the patients
#
# **Predict, then run.** Which of the treatments below gives A a signal? Which gives B
# variety? Write your guess down: the answers are in section 2.

# %%
treatments = [
    ("A", ["hinge"]),
    ("A", ["one update of D", "non-saturating loss"]),
    ("A", ["EMA of G"]),
    ("B", ["batch norm in G"]),
    ("B", ["spectral norm in D"]),
    ("B", ["RpGAN", "R1 + R2"]),
]
tick = callbacks.LoopProgress(len(treatments), cfg.out_dir / "progress.jsonl")
shown = {name: played[name][2].images[-1, :14] for name in ("A", "B")}
for patient, names in treatments:
    name = f"{patient} with {' + '.join(names)}"
    recipe = treat({"A": A, "B": B}[patient], *names)
    gan, history, _ = play(recipe)
    found[name] = measure(recipe, gan, history)
    shown[name] = gan.draw(z_few[:14])
    tick(name)

# %%
viz.show_rows(list(shown.values()), titles=list(shown), title="The same 14 latents")
plt.show()
table({name: found[name] for name in shown})

# %% [markdown]
# **What you should see.** For A, the hinge brings the signal back, but five updates of
# D leave G little time: noise of another kind. With one update of D and the
# non-saturating loss, strokes appear. The average of noise is noise: EMA does nothing.
# For B, batch norm in G and the penalised relativistic game bring variety; spectral
# norm does nothing, although it keeps D from being steep: that was not B's fault. And
# nobody is cured. One treatment turns failure into blots and strokes, not into digits.
#
# ## 5. Ask the lab
#
# One seed proves little. So all tricks were tried on A, on B and on a *sane* GAN that
# has neither fault, with several seeds, two judges, and every failure kept:
# `python benchmarks/lab.py`. A row is compared with the untreated GAN of the same seed:
# the difference of the logarithms of the two distances. How sure is the mean of a few
# such differences? The **bootstrap** draws as many of them as there are, with
# repetition, many times, and looks where 95 % of the means lie.


# %%
def interval(differences, draws=10_000):
    """(low, high): 95 % of the means of differences (N,) drawn with repetition."""
    rng = torch.Generator().manual_seed(0)
    values = torch.tensor(differences, dtype=torch.float64)
    picked = torch.randint(len(values), (draws, len(values)), generator=rng)
    low, high = values[picked].mean(1).quantile(torch.tensor([0.025, 0.975]).double())
    return low.item(), high.item()


assert interval([2.0, 2.0, 2.0]) == (2.0, 2.0)  # by hand: no spread, no doubt
low, high = interval([-1.0, 0.0, 1.0])
assert -1 <= low < -0.6 and 0.6 < high <= 1

# %% [markdown]
# With two dozen rows, luck alone would make one look good. **Holm's correction** asks
# more of each p-value, the more rows there are. A row *helps* (green) or *hurts* (red)
# only where its interval and its corrected p-value exclude "no change"; else the lab
# has *not shown* anything (gray). The number at the right is the cost of a training, as
# a multiple of the untreated one's.

# %%
lab = results.stored("benchmarks/lab.json")
colours = {"helps": "#2a7f3f", "hurts": "#b00020", "not shown": "0.6"}


# %%
def draw_rows(name, against):
    """The rows of one GAN of the lab, sorted: ratio of distances, interval, cost."""
    rows = sorted(lab["comparisons"][name].items(), key=lambda row: -row[1]["ratio"])
    figure, ax = viz.panels(1, height=0.8 + 0.24 * len(rows))
    beside = dict(transform=ax.get_yaxis_transform(), va="center")
    for y, (_, row) in enumerate(rows):
        colour = colours[row["verdict"]]
        ax.plot([row["low"], row["high"]], [y, y], color=colour, linewidth=3)
        ax.plot(row["ratio"], y, "o", color=colour)
        ax.text(1.01, y, f"{row['cost']:.1f}", **beside)
    ax.axvline(1, color="black", linewidth=1)
    ax.set_yticks(range(len(rows)), [row for row, _ in rows])
    xlabel = f"Fréchet distance, as a multiple of {against}"
    viz.plain_log(ax, "x").set(title=name, xlabel=xlabel)
    plt.show()


# %%
for name in ("A", "B", "sane"):
    draw_rows(name, "that without the trick")

# %%
for name, rows in lab["comparisons"].items():
    verdicts = [(row["verdict"], row["second"]["verdict"]) for row in rows.values()]
    same = sum(first == second for first, second in verdicts)
    clear = sum(first != "not shown" for first, _ in verdicts)
    seeds = {row["seeds"] for row in rows.values()}
    counted = f"{name:5s} {len(rows)} rows, at least {min(seeds)} seeds"
    print(f"{counted}, {clear} shown; the second judge agrees on {same}")

# %% [markdown]
# **What you should see.** A has a long list of answers. What bounds D's slope on real
# pictures (R1, WGAN-GP, R1 + R2), and a loss of G with a slope that cannot vanish
# (hinge, RpGAN), move it far to the left. EMA and falling rates lie on the line: they
# do not touch the fault. B has a short list: batch norm in G, and penalties on D. Most
# of its rows lie on the line, whatever their fame.
#
# On the sane GAN nearly all is gray. Its seeds differ so much that five of them show
# one row: Wasserstein, which helps A, hurts here. (The second judge is not sure of
# that, and shows another row: batch norm in all of D helps.) And the order is another
# again: batch norm in all of D stands first, the one row that hurts B. A trick is not
# good or bad; it answers a fault.
#
# And no single trick brings A or B near the floor.
#
# ## 6. Tame it
#
# So three treatments together. Take B, give it batch norm in G, no momentum, and EMA.
# Or take A at the rate of B, give it one update of D, no momentum, and EMA. Both roads
# end at the same GAN but for the loss; the hinge is a third choice. The lab has trained
# it for two epochs, and then without each of its parts:

# %%
draw_rows("path", "that of the tamed GAN")
tamed_runs = [row for row in lab["rows"] if row["row"] == "tamed"]
for which in ("first", "second"):
    each = [sum(run[which]) / len(run[which]) for run in tamed_runs]
    print(f"tamed, {which} judge, n = 10 000:", ", ".join(f"{d:.2f}" for d in each))

# %% [markdown]
# Each part that is taken out costs. The loss matters less: cross-entropy, or even
# minimax, in the place of the hinge is about a tenth worse. RpGAN + R1 + R2 is half as
# bad again, but it stands without batch norm, where the hinge falls. Now train it here.

# %%
recipe = treat(plain, "hinge", "no momentum", "EMA of G")
gan, history, film = play(recipe, cfg.epochs)
found["tamed"] = measure(recipe, gan, history)
dcgan = results.load_shipped("dcgan")
pictures = results.generate(dcgan.generator, n, latent_dim=dcgan.latent_dim, seed=1)
beside = frechet_distance(judge.look(pictures)[0], real_features)
table({name: found[name] for name in ("A", "B", "tamed")})
print(f"at n = {n}: dcgan of notebook 03 {beside:.1f}, floor {floor:.1f}")
sure = judge.look(gan.draw(z_many))[1].amax(1) > 0.9
print(f"tamed: {sure.float().mean():.0%} read with a confidence above 0.9")

# %% tags=["thumbnail"]
viz.show_grid(gan.draw(z_few[:56]), ncol=14, title="Tamed: 56 latents, not picked")
plt.show()

# %% [markdown]
# **What you should see.** Digits, all ten classes, a distance next to that of notebook
# 03. D ranks right far less often, its slope is moderate, and G's signal is alive.
# About one picture in five is still no clear digit to the judge; notebook 06 takes that
# up.

# %%
keep = {
    name: [{k: row[k] for k in row if k != "seconds"}] for name, row in found.items()
}
cfg.write_json(
    "results.json", cfg.about(floor=floor, epochs=cfg.epochs) | {"rows": keep}
)
if cfg.profile != "smoke" and cfg.data.name == "MNIST":
    assert found["tamed"]["classes"] == 10, "the tamed GAN should draw every digit"

# %% [markdown]
# ## Recap
#
# - `d_loss` tells neither noise from collapse nor collapse from success. Measure the
#   signal that reaches G, the variety over latents, and let a judge look.
# - A trick answers a fault. Name the fault first.
# - One trick alone cured nobody here; three together did.
# - EMA cures nobody, and improves much what already works.
# - Compare with the same seeds, give an interval, count what luck would show.
#
# ## Exercises
#
# **Exercise 1: augment what D sees.** (★, 5 minutes) Write an input layer that moves
# all pictures of a batch by the same random number of pixels, between -`most` and
# `most`, in both directions (a simple form of DiffAugment, [Zhao et al.,
# 2020](https://arxiv.org/abs/2006.10738)). It must keep the shape, and the gradient
# must pass through it.
#
# <details><summary>Hint</summary>
# The rim of a digit is black, so what leaves on one side may come in on the other:
# look at <code>torch.roll</code>.
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
# **Exercise 2: the heart of R1.** (★★, 10 minutes) Write the penalty on D's slope for
# *fakes only* (R2), gamma/2 times the mean squared norm of the gradient. Do not use the
# functions above: differentiate yourself, so that D can learn from the penalty.
#
# <details><summary>Hint</summary>
# Which argument of <code>torch.autograd.grad</code> keeps the graph of the gradient?
# </details>


# %% tags=["exercise"]
def r2(D, fake, gamma=1.0):
    """A scalar: gamma/2 * E|grad D(fake)|^2 for fake (B, 1, H, W)."""
    ### BEGIN SOLUTION
    x = fake.detach().requires_grad_()
    (slope,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gamma / 2 * slope.flatten(1).square().sum(1).mean()
    ### END SOLUTION


weight = torch.tensor([3.0, 4.0], requires_grad=True)


def ramp_of_weight(images):
    """A D with two weights."""
    return images.flatten(1) @ weight


check("value", lambda: r2(ramp_of_weight, points, 2.0), 25.0)
check(
    "D learns",
    lambda: torch.autograd.grad(r2(ramp_of_weight, points), weight)[0],
    weight.detach(),
)

# %% [markdown]
# **Exercise 3: a treatment of your own.** (★★★, 20 minutes) Choose at most two tricks
# that no row of section 4 has, say before you run what each instrument will show, and
# treat both patients with `play(treat(A, ...))`. Were you right?
#
# **Questions**
#
# 4. (★, 5 minutes) Patient A with `non-saturating loss`: what happens to the signal,
#    and why is that not enough?
#
#    <!-- BEGIN ANSWER -->
#    It comes back: where D is sure of a fake, minus log D has slope 1 by the logit. In
#    the lab (`benchmarks/lab.json`, row *non-saturating loss* of A) the signal rises
#    from below 0.001 to above 2, and the noise turns into a gray patch in the middle.
#    But five updates keep D far ahead, and a steep D pulls each pixel towards what
#    suits this D alone. The signal is loud and says little.
#    <!-- END ANSWER -->
# 5. (★★, 10 minutes) Why does the variety of A's noise not fall to zero, as B's does?
#
#    <!-- BEGIN ANSWER -->
#    A's G hears next to nothing, so it is still nearly the network of its first random
#    weights, which maps other latents to other noise; and it has batch norm, which
#    keeps features apart. B's G is pulled hard, and the same way for every latent; the
#    easiest answer is to move its biases.
#    <!-- END ANSWER -->
# 6. (★, 5 minutes) A friend reports: "d_loss has settled at 1.386, my GAN has
#    converged." What do you ask for?
#
#    <!-- BEGIN ANSWER -->
#    Pictures of many latents, the variety, and how often D ranks a real picture above
#    a fake. *B, more G* has that loss with one picture for every latent. Then a
#    distance to real pictures beside its floor, for more than one seed.
#    <!-- END ANSWER -->

# %% [markdown]
# ## In practice
#
# - Start from a network with norms in G, no momentum, and EMA. It is cheap.
# - When a GAN fails, look at pictures of many latents first, then at signal and
#   variety, and only then at the losses.
# - If D wins and G hears nothing, change the loss. If D is steep, add R1.
# - Never report the best seed.
#
# ## Next
#
# [05 · Watch a GAN learn](05_progression_gallery.ipynb): progression, interpolation,
# sliders.
