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
# **What you'll do.** Take a GAN that fails, add one trick at a time, and measure which ones
# help.
#
# **What you'll learn**
# - what failure looks like, in pictures and in curves
# - thirteen tricks from the literature: the idea, the formula, at most ten lines of code
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
from dataclasses import replace
from functools import partial

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from IPython.display import Markdown, display
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from gan_utils import viz
from gan_utils.checks import check
from gan_utils.data import Batches
from gan_utils.files import write_json
from gan_utils.lesson import lesson
from gan_utils.losses import GanLoss, bce, bce_g
from gan_utils.measure import PixelSpace, class_counts, guess_labels
from gan_utils.models import MLPDiscriminator, MLPGenerator
from gan_utils.recipes import Recipe, build
from gan_utils.results import generate
from gan_utils.history import TrainingDiverged
from gan_utils.schedules import constant
from gan_utils.training import fit

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

# %% [markdown]
# ## 1. A ruler
#
# Pictures convince, but thirteen tricks times several seeds are too many to judge by eye. We
# need one number per run. A rough one is enough to tell failure from success; notebook 06
# builds a better one.
#
# Describe each picture by its coordinates on the first principal components of the real
# images (notebook 01). Fit a Gaussian to the fakes and one to real test images, in that
# space. The **Frechet distance** says how far apart the two Gaussians are: in their means
# (the average picture) and in their covariances (the variety).
#
# $$d^2 = |\mu_a - \mu_b|^2 + \text{tr}\bigl(A + B - 2 (AB)^{1/2}\bigr)$$


# %%
def frechet_distance(a, b):
    """Squared Frechet distance of the Gaussians fitted to features a (N, d), b (M, d)."""
    a, b = a.double(), b.double()
    A, B = torch.cov(a.T), torch.cov(b.T)
    values, vectors = torch.linalg.eigh(A)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    cross = torch.linalg.eigvalsh(root @ B @ root).clamp(min=0).sqrt().sum()
    return ((a.mean(0) - b.mean(0)).square().sum() + A.trace() + B.trace() - 2 * cross).item()


x = torch.randn(1000, 3, generator=torch.Generator().manual_seed(0))
assert abs(frechet_distance(x, x)) < 1e-9, "no distance to itself"
assert abs(frechet_distance(x, x + 2) - 12) < 1e-6, "a shift by (2, 2, 2) costs 4 + 4 + 4"

# %% [markdown]
# No finite set of pictures reaches zero. So we measure the **floor**: real training images
# against real test images. A GAN on the floor would be as good as reality, by this ruler.

# %%
n = 2000 if cfg.profile != "smoke" else 300
space = PixelSpace.of(cfg.data.train[:20000])
real = cfg.data.test[:n]
floor = frechet_distance(space(cfg.data.train[:n]), space(real))
noise = torch.randint(0, 256, (n, 28, 28), dtype=torch.uint8)
mean_picture = cfg.data.train.float().mean(0).to(torch.uint8).expand(n, 28, 28)
print(f"floor, real against real   {floor:6.1f}")
print(f"one average picture        {frechet_distance(space(mean_picture), space(real)):6.1f}")
print(f"uniform noise              {frechet_distance(space(noise), space(real)):6.1f}")

# %% [markdown]
# ## 2. A recipe is a row
#
# A `Recipe` is a row of choices: networks, loss, learning rates, and a place for each kind
# of trick. Its defaults are the GAN of notebook 02. The step reads the row and has no `if`
# in it: a trick that is not used is a function that does nothing.


# %%
def train_step(recipe, gan, real, z):
    """One update of D, then one of G. real (B, 1, 28, 28) in [-1, 1]; z (B, latent_dim)."""
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
# Compare it with the step of notebook 02. The order is the same. New are `before_D` (what D
# gets to see of a picture), `penalty` (added to D's loss), and the losses taken from the
# row.
#
# ## 3. A fragile baseline
#
# Our patient: small networks, ReLU in D as in the textbooks of 2012, no normalisation, and
# learning rates that are too high. People arrive at such settings every day, in the hope of
# being quick.


# %%
def relu(net):
    """ReLU in the place of every LeakyReLU."""
    swap = [nn.ReLU() if isinstance(m, nn.LeakyReLU) else m for m in net.net]
    net.net = nn.Sequential(*swap)
    return net


baseline = Recipe(
    G=partial(MLPGenerator, hidden=64),
    D=lambda: relu(MLPDiscriminator(hidden=64)),
    lr_G=2e-3,
    lr_D=2e-3,
    batch_size=cfg.batch_size,
)


# %%
def play(recipe, seed):
    """Train a recipe; returns pictures (n, 28, 28), the history and the seconds."""
    gan = build(recipe, seed=seed, device=cfg.device)
    batches = Batches(
        cfg.data.train,
        batch_size=recipe.batch_size,
        latent_dim=recipe.latent_dim,
        seed=seed,
        device=cfg.device,
    )
    history = fit(partial(train_step, recipe), gan, batches, epochs=cfg.epochs)
    pictures = generate(gan.sampler(), n, latent_dim=recipe.latent_dim, seed=1)
    return pictures, history


pictures, history = play(baseline, cfg.seed)
viz.show_grid(pictures[:32], ncol=16, title="The baseline: 32 latents, not picked")
plt.show()
print(f"distance {frechet_distance(space(pictures), space(real)):.1f}, floor {floor:.1f}")

# %%
viz.plot_losses(history, title="The baseline's losses")
plt.show()
