# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 08 · Visit a zoo of failures
#
# **What you'll do.** Plant fifteen famous mistakes in one small GAN, one line at a
# time, see what each does to the numbers, and then name the mistake in five runs that
# hide it.
#
# **What you'll learn**
# - to recognise a dozen bugs by their signature, and to find the line behind each
# - six instruments that see what no loss curve shows, a few lines each
# - which famous mistakes change nothing here, to the last bit, and why they are still
#   dangerous
# - what stays in memory after a step is over
# - to write a diagnosis down as rules, and to test it on runs that no rule has seen
#
# **What you'll need.** The step of notebook 02. Notebook 04 tamed GANs that were
# written correctly and failed; this one is about GANs that were written wrongly.

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
profile: str = "quick"  # smoke, quick or full: how much work to do
seed: int = 0  # one seed for data order, latents and initial weights
dataset: str = "auto"  # auto, mnist, fashion, kmnist, offline or a folder
device: str = "auto"  # auto, cpu, cuda or mps
out_dir: str = None  # root folder of this run's results; None: runs/lab
epochs: float = None  # passes of one training; None: the profile's value
batch_size: int = None  # images per update; None: the profile's value

# %%
import base64
import copy
import hashlib
import io
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import parameters_to_vector

from gan_utils import callbacks, data, metrics, results, viz
from gan_utils.gan import Gan
from gan_utils.lesson import check, lesson
from gan_utils.losses import bce_d, bce_g

cfg = lesson("08_failure_zoo", globals())  # checks the parameters above
viz.use_style()
torch.set_flush_denormal(True)
torch.set_num_threads(1)  # for networks this small, sharing the work costs more

# %% [markdown]
# ## 1. One small GAN, and all that may go wrong
#
# Everything happens to one GAN. It is so small that a training takes seconds:
# convolutions on a grid of 7 x 7, then `PixelShuffle`, as in notebook 04. It is
# healthy. Not good, but healthy.


# %%
def small_G(latent_dim=64):
    """z (B, latent_dim) -> images (B, 1, 28, 28) in [-1, 1]."""
    return nn.Sequential(
        nn.Linear(latent_dim, 128),
        nn.BatchNorm1d(128),
        nn.ReLU(),
        nn.Linear(128, 24 * 7 * 7),
        nn.BatchNorm1d(24 * 7 * 7),
        nn.ReLU(),
        nn.Unflatten(1, (24, 7, 7)),
        nn.Conv2d(24, 32, kernel_size=1),
        nn.PixelShuffle(2),  # 8 channels at 14 x 14
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.Conv2d(8, 4, kernel_size=3, padding=1),
        nn.PixelShuffle(2),  # 28 x 28
        nn.Tanh(),
    )


# %%
def small_D():
    """images (B, 1, 28, 28) -> logits (B,)."""
    return nn.Sequential(
        nn.PixelUnshuffle(4),  # 16 channels at 7 x 7
        nn.Conv2d(16, 16, kernel_size=3, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(16, 16, kernel_size=3, padding=1),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(16 * 7 * 7, 64),
        nn.LeakyReLU(0.2),
        nn.Linear(64, 1),
        nn.Flatten(0),
    )


# %% [markdown]
# The two turns are two functions. Read them once more: half of all mistakes are made in
# these ten lines.


# %%
def d_turn(setup, gan, real, fake):
    """D learns from real and fake (B, 1, 28, 28); its loss, and its logits of both."""
    real_logits, fake_logits = gan.D(real), gan.D(fake.detach())
    d_loss = setup.d_loss(real_logits, fake_logits)
    gan.opt_D.zero_grad()
    d_loss.backward()
    gan.opt_D.step()
    return d_loss, real_logits, fake_logits


def g_turn(setup, gan, real, fake):
    """G learns from what D says of its fakes (B, 1, 28, 28); returns its loss."""
    g_loss = setup.g_loss(gan.D(fake))
    gan.opt_G.zero_grad()
    g_loss.backward()
    gan.opt_G.step()
    return g_loss


# %% [markdown]
# The other half is made around them: in how real pictures are scaled, where latents
# come from, which parameters an optimiser holds, how pictures are drawn. So all of
# that is a field of `Setup`, too. A mistake is then **one field with another value**.


# %%
def new_z(z, batches):
    """The latents z (B, latent_dim) of a step, drawn anew for each."""
    return z


def only_D(G, D):
    """The parameters that D's optimiser changes."""
    return D.parameters()


def only_G(G, D):
    """The parameters that G's optimiser changes."""
    return G.parameters()


@torch.no_grad()
def sample(G, z):
    """Images (B, 1, 28, 28) of latents z: eval mode, draw, train mode again."""
    G.eval()
    images = G(z)
    G.train()
    return images


# %%
@dataclass(frozen=True)
class Setup:
    """All that one may get wrong, a field each. The defaults are healthy."""

    G: Callable = small_G
    D: Callable = small_D
    latent_dim: int = 64
    normalise: tuple = (0.5, 0.5)  # pixels in [0, 1] become (pixel - mean) / std
    latents: Callable = new_z
    d_loss: Callable = bce_d
    g_loss: Callable = bce_g
    d_turn: Callable = d_turn
    g_turn: Callable = g_turn
    in_opt_D: Callable = only_D
    in_opt_G: Callable = only_G
    lr_G: float = 1e-3
    lr_D: float = 1e-3
    sample: Callable = sample


healthy = Setup()


# %% [markdown]
# What remains is machinery: two players with their optimisers, a batch, a step that
# logs what one can log, a loop that draws pictures on its way.


# %%
def equipped(setup, G, D):
    """Two networks with fresh optimisers."""
    how = dict(betas=(0.5, 0.99), fused=True)
    opt_G = torch.optim.Adam(setup.in_opt_G(G, D), lr=setup.lr_G, **how)
    opt_D = torch.optim.Adam(setup.in_opt_D(G, D), lr=setup.lr_D, **how)
    return Gan(G=G, D=D, opt_G=opt_G, opt_D=opt_D)


def players(setup, seed, device="cpu"):
    """Two fresh players; the same seed gives the same weights."""
    torch.manual_seed(seed)
    G, D = setup.G(latent_dim=setup.latent_dim), setup.D()
    return equipped(setup, G.to(device), D.to(device))


# %%
def normalised(setup, images):
    """Images (B, 1, 28, 28) in [-1, 1], scaled as D sees them."""
    mean, std = setup.normalise
    return ((images + 1) / 2 - mean) / std


def batch(setup, batches, step):
    """(real as D sees it, z) of a step."""
    real, z = batches(step)
    return normalised(setup, real), setup.latents(z, batches)


def fixed_z(setup, n, seed):
    """The n latents (n, latent_dim) of a seed."""
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(n, setup.latent_dim, generator=rng)


# %%
def one_step(setup, gan, real, z):
    """Both turns, and what one can log of them, as numbers."""
    fake = gan.G(z)
    d_loss, real_logits, fake_logits = setup.d_turn(setup, gan, real, fake)
    g_loss = setup.g_turn(setup, gan, real, fake)
    right = (real_logits > 0).float().mean() + (fake_logits < 0).float().mean()
    pulls = [p.grad.norm() for p in gan.G.parameters() if p.grad is not None]
    logs = {"d_loss": d_loss, "g_loss": g_loss, "accuracy": right / 2}
    logs |= {"D(x)": real_logits.sigmoid().mean()}
    logs |= {"D(G(z))": fake_logits.sigmoid().mean()}
    logs |= {"lowest": torch.minimum(real_logits, fake_logits).min()}
    logs |= {"pull": torch.stack(pulls).norm() if pulls else torch.zeros(())}
    return {name: value.item() for name, value in logs.items()}


# %%
LAST = 200  # steps that are averaged
EVERY = cfg.pick(100, smoke=5)  # steps between two looks at pictures


def play(setup, batches, seed, steps, gan=None):
    """Train a GAN, or a fresh one: the players, {name: values (steps,)}, a film."""
    gan, rows, film = gan or players(setup, seed, batches.device), [], []
    z_film = fixed_z(setup, 64, 1).to(batches.device)
    for step in range(steps):
        real, z = batch(setup, batches, step)
        rows.append(one_step(setup, gan, real, z))
        if (step + 1) % EVERY == 0:
            film.append(setup.sample(gan.G, z_film))
    return gan, {name: torch.tensor([r[name] for r in rows]) for name in rows[0]}, film


# %%
def batches_of(setup, seed):
    """The batches of a training, as this Setup wants them."""
    how = dict(batch_size=cfg.batch_size, latent_dim=setup.latent_dim, seed=seed)
    return data.Batches(cfg.data.train, device=cfg.device, **how)


steps = round(cfg.epochs * batches_of(healthy, cfg.seed).steps_per_epoch)
gan, log, film = play(healthy, batches_of(healthy, cfg.seed), cfg.seed, steps)
figure, axes = viz.panels(2, height=2.8, width=9)
viz.plot_losses(log, ax=axes[0], title=f"The healthy GAN, {steps} steps")
viz.show_grid(film[-1][:24].cpu(), ncol=8, title="24 latents, not picked", ax=axes[1])
plt.show()

# %% [markdown]
# **What you should see.** Blots and strokes, some of them digits already: that is what
# so few steps buy. Both losses are near their dotted lines, `d_loss` below, `g_loss`
# above.
#
# ## 2. Six instruments
#
# Curves show what a step *computes*. Most mistakes are elsewhere. Each of the six
# instruments asks one question that curves do not answer. All work on a copy of the
# players, so to look changes nothing, and none needs to know what the fault is.
#
# **What does D see?** A hook on D notes the lowest and the highest number of every
# batch that it is given in a step.


# %%
def seen_by_D(setup, gan, real, z):
    """(lowest, highest) number of each batch that D is given in a step, in order."""
    gan, seen = copy.deepcopy(gan), []

    def look(D, inputs):
        seen.append((inputs[0].min().item(), inputs[0].max().item()))

    gan.D.register_forward_pre_hook(look)
    one_step(setup, gan, real, z)
    return seen


# %% [markdown]
# **Who moves in whose turn?** In D's turn D's weights should change and nothing else,
# in G's turn G's. So compare all weights before and after each `step()`.


# %%
def who_moved(setup, gan, real, z):
    """{turn: networks that its optimiser changed} in one step of a copy."""
    gan, moved = copy.deepcopy(gan), {}

    def weights():
        return {n: parameters_to_vector(getattr(gan, n).parameters()) for n in "DG"}

    def watched(turn, step):
        def step_and_look():
            before = weights()
            step()
            after = weights()
            changed = [n for n in "DG" if not torch.equal(before[n], after[n])]
            moved[turn] = " and ".join(changed) or "nobody"

        return step_and_look

    gan.opt_D.step = watched("D", gan.opt_D.step)
    gan.opt_G.step = watched("G", gan.opt_G.step)
    one_step(setup, gan, real, z)
    return moved


# %% [markdown]
# **Call it twice.** The same latent must give the same picture. **Change its company.**
# It must give the same picture whatever else is in the batch. And a picture should get
# the same verdict whatever else D sees. **In which mode is G left**, when the picture
# is drawn and training goes on?


# %%
def call_twice(setup, gan, z):
    """Mean difference of two pictures of the same latent, in units of a pixel."""
    G = copy.deepcopy(gan.G)
    first, second = setup.sample(G, z), setup.sample(G, z)
    return (first - second).abs().mean().item()


def change_company(setup, gan, z):
    """The same for the first half of z (B, d), with other latents beside it."""
    G, half = copy.deepcopy(gan.G), len(z) // 2
    first = setup.sample(G, z)[:half]
    second = setup.sample(G, torch.cat([z[:half], z[:half]]))[:half]
    return (first - second).abs().mean().item()


def left_in(setup, gan, z):
    """The mode of a G in training after pictures of z (B, d) were drawn."""
    G = copy.deepcopy(gan.G).train()
    setup.sample(G, z)
    return "train" if G.training else "eval"


# %% [markdown]
# **How steep is D?** All that G learns comes through $\nabla_x D$, the slope of D's
# logit by the pixels of a fake (notebook 02, section 7). Its length says how loudly D
# speaks.


# %%
@torch.no_grad()
def company_of_D(D, images, others):
    """Mean |change| of D's logits of images (B, 1, 28, 28) in the company of others."""
    D = copy.deepcopy(D)
    together = D(torch.cat([images, others]))[: len(images)]
    return (together - D(images)).abs().mean().item()


def steepness(gan, fakes):
    """Median length of the gradient of D's logit by the pixels of a fake."""
    x = fakes.clone().requires_grad_()
    (slope,) = torch.autograd.grad(copy.deepcopy(gan.D)(x).sum(), x)
    return slope.flatten(1).norm(dim=1).median().item()


# %%
def drawn(setup, gan, n, seed):
    """n images (n, 1, 28, 28) as G makes them, 64 at a time, from a copy of G."""
    G, z = copy.deepcopy(gan.G), fixed_z(setup, n, seed)
    z = z.to(next(G.parameters()).device)
    return torch.cat([setup.sample(G, part).cpu() for part in z.split(64)])


def of_probes(setup, gan, real, z):
    """All instruments, on a batch as D and G get it in a step."""
    low, high = seen_by_D(setup, gan, real, z)[0]
    found = {"low": low, "high": high, "twice": call_twice(setup, gan, z)}
    found |= {"company": change_company(setup, gan, z)}
    found |= {"left in": left_in(setup, gan, z)}
    fakes = drawn(setup, gan, 256, 98).to(real.device)
    found |= {"company of D": company_of_D(gan.D, real, fakes[: len(real)])}
    turns = who_moved(setup, gan, real, z)
    found |= {f"{turn}'s turn": moved for turn, moved in turns.items()}
    return found | {"slope": steepness(gan, fakes)}


of_probes(healthy, gan, *batch(healthy, batches_of(healthy, cfg.seed), steps))

# %% [markdown]
# To these we add what the curves say, what a hundred fakes look like, and what the
# **judge** of notebook 06 finds in 2000 of them. A line for each number:
#
# - `d_loss`, `g_loss`, `D(x)`, `D(G(z))`, `accuracy` (the share of pictures that D puts
#   on the right side) and `pull` (the length of G's gradient): means of the last 200
#   steps
# - `spread`, `lowest`: the standard deviation of `g_loss` and the lowest logit of D in
#   these steps
# - `low` and `high` of the real batch, `D's turn`, `G's turn`, `twice`, `company`,
#   `company of D`, `left in`, `slope`: the instruments
# - `mean`, `std`, `diversity` of the fakes: of their pixels, and the distance of two of
#   them, as a multiple of that of two real pictures
# - `classes`, `distance`: by the judge, classes with a quarter of their fair share, and
#   the Fréchet distance


# %%
def as_pictures(setup, fakes):
    """uint8 (N, 28, 28): the normalisation undone."""
    mean, std = setup.normalise
    return data.to_uint8(2 * (fakes * std + mean) - 1)


def of_curves(log):
    """Means over the last steps, the spread of g_loss, the lowest logit."""
    last = {name: values[-LAST:] for name, values in log.items()}
    found = {name: values.mean().item() for name, values in last.items()}
    spread = last["g_loss"].std().item()
    return found | {"spread": spread, "lowest": last["lowest"].min().item()}


# %%
def of_pictures(setup, fakes, real, judge, real_features):
    """What fakes (N, 1, 28, 28) look like beside real ones, to us and to a judge."""
    shown = as_pictures(setup, fakes)
    spread = [torch.pdist(x[:500].flatten(1)).mean() for x in (fakes, real)]
    found = {"mean": fakes.mean().item(), "std": fakes.std().item()}
    found |= {"diversity": (spread[0] / spread[1]).item()}
    features, chances = judge.look(shown)
    counts = torch.bincount(chances.argmax(1), minlength=chances.shape[1])
    found |= {"classes": int((counts >= len(fakes) / len(counts) / 4).sum())}
    return found | {"distance": metrics.frechet_distance(features, real_features)}


judge, rng = cfg.judge, torch.Generator().manual_seed(7)
chosen = torch.randperm(len(cfg.data.test), generator=rng)
test = cfg.data.test[chosen[: cfg.pick(4000, smoke=300)]]  # real ones to compare with
real_features = judge.look(test)[0]


def measure(setup, gan, log, batches):
    """Every number of a training."""
    fakes = drawn(setup, gan, cfg.pick(2000, smoke=100), 99)
    some = normalised(setup, data.to_float(test[:500]))
    found = of_curves(log) | of_probes(setup, gan, *batch(setup, batches, steps))
    return found | of_pictures(setup, fakes, some, judge, real_features)


# %% [markdown]
# What is normal? `benchmarks/zoo.py` has trained this GAN and all that follows with
# eight seeds, and stored every number. We call a number **unusual** where it leaves
# the range of five healthy seeds by more than the width of that range.

# %%
zoo = results.stored("benchmarks/zoo.json")
seen, unseen = range(5), range(5, 8)  # seeds that rules may look at, and the others
normal = [r for r in zoo["rows"] if r["fault"] == "healthy" and r["seed"] in seen]
names = [name for name in normal[0] if isinstance(normal[0][name], int | float)]
NUMBERS = [name for name in names if name not in ("seed", "cpu", "healed")]


def unusual(found):
    """[(how far out, name, value, lowest healthy, highest healthy)], farthest first."""
    lines = []
    for name in NUMBERS:
        low, high = (end(row[name] for row in normal) for end in (min, max))
        width = max(high - low, 0.02 * max(abs(low), abs(high)), 0.01)
        far = max(low - found[name], found[name] - high) / width
        lines.append((far, name, found[name], low, high))
    return sorted((line for line in lines if line[0] > 1), reverse=True)


# %%
tick = callbacks.LoopProgress(19, cfg.out_dir / "progress.jsonl")
found, ends = {}, {}


def show_run(name, log, pictures):
    """Losses on the left, on the right pictures uint8 (16, 28, 28)."""
    figure, axes = viz.panels(2, height=1.9, width=7.6)
    viz.plot_losses(log, ax=axes[0], title=name)
    viz.show_grid(pictures, ncol=8, title="16 latents, not picked", ax=axes[1])
    plt.show()


# %%
ALWAYS = "classes {classes}, distance {distance:.0f}. "
ALWAYS += "D's turn moves {D's turn}, G's turn {G's turn}. G is left in {left in} mode."


def exhibit(name, **fault):
    """Plant a fault, train, and show what is unusual, the farthest out first."""
    setup = replace(healthy, **fault)
    batches = batches_of(setup, cfg.seed)
    gan, log, _ = play(setup, batches, cfg.seed, steps)
    found[name], ends[name] = measure(setup, gan, log, batches), gan
    show_run(name, log, as_pictures(setup, drawn(setup, gan, 16, 1)))
    tick(name)
    lines = unusual(found[name])
    for _, number, value, low, high in lines[:6]:
        print(f"{number:12s} {value:9.3g}    healthy: {low:.3g} to {high:.3g}")
    if len(lines) > 6:
        print(
            "also:", ", ".join(f"{key} {value:.3g}" for _, key, value, *_ in lines[6:])
        )
    print(ALWAYS.format(**found[name]))


# %% [markdown]
# ## 3. The exhibits
#
# For each: what somebody wrote, a question to answer **before** you look, the run, its
# signature, and the cure. All see the pictures and the latents of the healthy GAN above
# in the same order and, where their networks are the same, start from its weights. So
# the cure needs no run of its own: put the line back, and you have the healthy GAN
# again, bit by bit.
#
# ### What D sees
#
# **1. Pixels in [0, 1].** `ToTensor()` gives pixels from 0 to 1. The line that brings
# them to [-1, 1] is missing, and G ends in `tanh`. **Predict:** will D notice? Will
# you?

# %%
exhibit("pixels in [0, 1]", normalise=(0.0, 1.0))

# %% [markdown]
# **Signature.** `low` is 0 where it should be -1. The losses tell little, and the
# pictures are nearly as good. But D has a sure sign: a number below zero is no pixel of
# a real picture. So its `slope` is several times too large.
#
# **Cure.** Print the range of a batch before you train: real and fake must have the
# same.
#
# **2. The constants of a tutorial.** `Normalize((0.1307,), (0.3081,))` is right for a
# classifier of MNIST: mean 0, standard deviation 1. **Predict:** what is the largest
# number that G can draw, and the largest that D sees in real pictures?

# %%
exhibit("mean 0.1307, std 0.3081", normalise=(0.1307, 0.3081))

# %% [markdown]
# **Signature.** `high` is 2.82. `tanh` ends at 1, so G cannot draw ink, only gray, and
# D needs one look at the brightest pixel: it wins, its loss near 0.2, and the judge
# recognises one class.
#
# **Cure.** The range of real pictures is the range of G's last layer.
#
# ### What a loss is told
#
# **3. Sigmoid twice.** D ends in a sigmoid, and the loss, which is made for logits,
# takes another. **Predict:** between which two numbers can `D(G(z))` still lie?


# %%
def sigmoid_D():
    """A D that returns probabilities; the loss takes its sigmoid once more."""
    return nn.Sequential(*small_D(), nn.Sigmoid())


exhibit("sigmoid twice", D=sigmoid_D)

# %% [markdown]
# **Signature.** No logit is below zero: `lowest` is 0, both scores stay between 0.5 and
# 0.73 (the sigmoid of 1), and `accuracy` is exactly one half, because D calls
# everything real. `d_loss` is close to 2 ln 2, the value that theory promises for a
# perfect game. It is none: with seven seeds of eight the `slope` is less than three
# thousandths of what it should be. That most of them draw pictures that are only a
# little worse we owe to Adam, which divides each gradient by its usual size.
#
# **Cure.** D ends in a logit; the loss takes its sigmoid once.
#
# **4. Targets swapped.** In G's loss, the fakes have the label of fakes. It is one
# sign. **Predict:** both players want the same. What do the two losses do?


# %%
def swapped_g(fake_logits):
    """G's loss with the label of a fake."""
    return F.softplus(fake_logits).mean()


exhibit("targets swapped", g_loss=swapped_g)

# %% [markdown]
# **Signature.** Both losses fall to zero. Nobody pulls any more (`pull`), and G stays
# with the noise that it drew when the losses ran out. D at zero loss has many causes; a
# `g_loss` that is *content* with it has few.
#
# **Cure.** Say aloud what G wants: that D calls its fakes real.
#
# ### Who learns, and from what
#
# **5. `zero_grad` forgotten.** **Predict:** gradients of all steps add up. Is that a
# larger learning rate, or something else?


# %%
def no_zero_grad(setup, gan, real, fake):
    """D's turn without zero_grad."""
    real_logits, fake_logits = gan.D(real), gan.D(fake.detach())
    d_loss = setup.d_loss(real_logits, fake_logits)
    d_loss.backward()
    gan.opt_D.step()
    return d_loss, real_logits, fake_logits


exhibit("no zero_grad", d_turn=no_zero_grad)

# %% [markdown]
# **Signature.** `d_loss` is far above 1.39, which a D that only guesses would have, and
# `accuracy` is below one half: D is *worse* than a coin. The sum of all gradients is a
# momentum that never tires. D shoots over every goal, back and over again, with logits
# in the hundreds.
#
# **Cure.** `zero_grad()` stands between any two `backward()` of the same player.
#
# **6. Copy and paste.** The line of `opt_D` was copied for `opt_G`, and one letter was
# not changed. **Predict:** what does G draw in the end?

# %%
exhibit("opt_G holds D", in_opt_G=only_D)

# %% [markdown]
# **Signature.** In *G's turn* it is D that moves. G never does, so it draws the noise
# of its first weights. The losses are no help: D learns to tell fakes in its own turn,
# and to call them real in the other, and `d_loss` comes to rest at a value that many a
# healthy GAN has. And `pull` grows without end, because `opt_G.zero_grad()` clears the
# gradients of D.
#
# **Cure.** Compare all weights before and after each `step()`, once.
#
# **7. G moves in D's turn.** `detach()` is missing, and `opt_D` was given all
# parameters that there are. (`retain_graph=True` is what the error message asks for.)
# **Predict:** what does D's loss tell G to do?


# %%
def no_detach(setup, gan, real, fake):
    """D's turn without detach."""
    real_logits, fake_logits = gan.D(real), gan.D(fake)
    d_loss = setup.d_loss(real_logits, fake_logits)
    gan.opt_D.zero_grad()
    d_loss.backward(retain_graph=True)
    gan.opt_D.step()
    return d_loss, real_logits, fake_logits


def both(G, D):
    """The parameters of both networks."""
    return [*D.parameters(), *G.parameters()]


exhibit("G moves in D's turn", d_turn=no_detach, in_opt_D=both)

# %% [markdown]
# **Signature.** *D and G* move in D's turn: it is the only fault that does that. G
# helps D to lower D's loss, which means that it makes its fakes easy to tell. D wins,
# and one class is left.
#
# **Cure.** `opt_D` holds `D.parameters()` and nothing else. And `detach()`, for the day
# when somebody changes that.
#
# **8. Real and fake in one batch.** To save a call, D gets both halves at once. And D
# has batch norm. **Predict:** in G's turn D sees fakes alone. Does that matter?


# %%
def norm_D():
    """Batch norm after D's second convolution."""
    layers = list(small_D())
    return nn.Sequential(*layers[:4], nn.BatchNorm2d(16), *layers[4:])


def one_batch(setup, gan, real, fake):
    """D's turn with real and fake in one batch."""
    real_logits, fake_logits = gan.D(torch.cat([real, fake.detach()])).chunk(2)
    d_loss = setup.d_loss(real_logits, fake_logits)
    gan.opt_D.zero_grad()
    d_loss.backward()
    gan.opt_D.step()
    return d_loss, real_logits, fake_logits


exhibit("one batch, norm in D", D=norm_D, d_turn=one_batch)

# %% [markdown]
# **Signature.** Both losses are near zero, as in exhibit 4. What differs is the
# `company of D`: the logit of the same real picture changes by about ten when fakes sit
# beside it. In D's turn batch norm tells the two halves apart by what they have in
# common. In G's turn the fakes are alone, are normalised by themselves, and pass for
# real. So G wants nothing.
#
# **Cure.** A call for real and another for fake. (With that, batch norm in D does no
# harm here: section 5.)
#
# ### In which mode
#
# **9. Dropout that never ends.** `F.dropout(x, 0.3)` does not know whether the network
# trains: its own argument `training` is True unless somebody says otherwise.
# **Predict:** which number can show it?


# %%
class Dropout(nn.Module):
    """Dropout by the function, which is never told that training is over."""

    def forward(self, x):
        return F.dropout(x, 0.3)


def dropping_G(latent_dim):
    """`Dropout` after the first activation."""
    layers = list(small_G(latent_dim))
    return nn.Sequential(*layers[:3], Dropout(), *layers[3:])


exhibit("dropout never ends", G=dropping_G)

# %% [markdown]
# **Signature.** `twice` and `company` are not 0, and nothing else is far off: two
# pictures of the same latent differ by a tenth of a unit per pixel.
#
# **Cure.** `nn.Dropout`, a module, which `eval()` reaches; or
# `F.dropout(x, 0.3, self.training)`.
#
# **10. `eval` forgotten.** Pictures are drawn in train mode. Batch norm then normalises
# a picture by the others of its batch. **Predict:** one of the six instruments is made
# for this. Which?


# %%
@torch.no_grad()
def no_eval(G, z):
    """Drawn in train mode."""
    return G(z)


exhibit("eval forgotten", sample=no_eval)

# %% [markdown]
# **Signature.** `company` is not 0. That is all: the training is the healthy one, bit
# by bit.
#
# **Cure.** Draw through one function that switches to eval and back.
#
# **11. `train` forgotten.** The function that draws pictures on the way switches to
# eval mode and does not switch back. From step 100 on, when the first picture is drawn,
# batch norm no longer looks at the batch. **Predict:** a small slip, or the end?


# %%
@torch.no_grad()
def no_train(G, z):
    """Drawn in eval mode, and left there."""
    G.eval()
    return G(z)


exhibit("train forgotten", sample=no_train)

# %% [markdown]
# **Signature.** G is *left in eval* mode. The losses part where the first picture was
# drawn, and never meet again; `diversity` is far below 1: one picture, whatever the
# latent. Why so much? From then on
# G's batch norm divides by numbers from the first hundred steps, which no longer follow
# what the layers do.
#
# **Cure.** The same function: back to train mode *before* it returns.
#
# ### How it begins
#
# **12. One init for everything.** "All weights from N(0, 0.02)", says the DCGAN paper.
# A loop over all parameters also does it to the scales of batch norm, which should be
# around 1. **Predict:** how much do two pictures differ at the start?


# %%
def with_norms(change):
    """A G whose batch norms were changed."""

    def make(latent_dim):
        net = small_G(latent_dim)
        for layer in net:
            if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d)):
                change(layer)
        return net

    return make


def scale_near_zero(norm):
    """One init for every weight."""
    nn.init.normal_(norm.weight, 0, 0.02)


def between(make_G):
    """How much the pictures of 64 latents differ before the first step, at a place."""
    torch.manual_seed(cfg.seed)
    return make_G(64)(fixed_z(healthy, 64, 1)).std(dim=0).mean()


dim_G = with_norms(scale_near_zero)
print(f"between latents: {between(dim_G):.4f}, and it should be {between(small_G):.4f}")
exhibit("norm scales near 0", G=dim_G)

# %% [markdown]
# **Signature.** Pale pictures (`std` too small) of one class or a few, and D wins.
# Before the first step the pictures of two latents differ hundreds of times less than
# they should, by less than a level of gray. So D sees one picture, and what it tells G
# to change, G changes for all latents at once.
#
# **Cure.** `N(0, 0.02)` is for the weights of convolutions. Scales start at 1 (or
# around 1, as the paper's code does).
#
# ### The balance
#
# **13. D far ahead.** "D must stay ahead", so G learns at a twentieth of D's rate.
# **Predict:** does D's slope vanish?

# %%
exhibit("D far ahead", lr_G=5e-5)

# %% [markdown]
# **Signature.** `pull` is large, and so is `slope`: nothing vanishes. D shouts, and G
# takes steps a twentieth of the size that its optimiser was tuned for. (A gradient that
# does vanish: patient A of notebook 04, with another loss.)
#
# **Cure.** Equal rates, to begin with.
#
# ### The latents
#
# **14. Two numbers are enough.** `latent_dim = 2`, left over from a plot. **Predict:**
# do the losses know?

# %%
exhibit("z of 2 numbers", latent_dim=2)

# %% [markdown]
# **Signature.** By its losses this GAN does better than the healthy one: both are
# nearer to the dotted lines. The `distance` knows: on a plane of latents there is not
# room for everything that a digit can be.
#
# **Cure.** A few dozen numbers. Plot two directions of them if you must plot.
#
# **15. The same latents.** `z = torch.randn(64, 64)` stands above the loop.
# **Predict:** G has 64 pictures to draw, and D has seen them all. Who wins?


# %%
def same_z(z, batches):
    """Those of the first step, again."""
    return batches(0)[1]


exhibit("same z", latents=same_z)

# %% [markdown]
# **Signature.** G wins. It has only 64 pictures to answer for, and D finds nothing that
# it could hold against them: `accuracy` is below one half, `slope` a tenth of what it
# should be, and the losses hardly tremble (`spread`). Pictures of *other* latents are
# no worse than the healthy ones, so do not look for it there.
#
# **Cure.** Draw the latents inside the loop. Exercise 2 writes a test for it.

# %% [markdown]
# ## 4. Mend the line and go on?
#
# You find the bug after a night of training. Start again, or mend the line and go on
# with the weights that you have? Four of the exhibits, with new optimisers, for as many
# steps again:


# %%
def mended(name):
    """The healthy script, from the weights that a fault has left."""
    gan = copy.deepcopy(ends[name])
    gan = equipped(healthy, gan.G.train(), gan.D)
    gan, log, _ = play(healthy, batches_of(healthy, cfg.seed + 1), cfg.seed, steps, gan)
    tick(f"{name}, mended")
    return gan, measure(healthy, gan, log, batches_of(healthy, cfg.seed))["distance"]


# %%
rows, titles, states = [], [], {"healthy": gan}
for name in (
    "train forgotten",
    "targets swapped",
    "norm scales near 0",
    "no zero_grad",
):
    states[name], distance = mended(name)
    pair = {"as left": ends[name], "mended": states[name]}
    rows += [data.to_uint8(drawn(healthy, g, 8, 1)) for g in pair.values()]
    titles += [f"{name}, {when}" for when in pair]
    print(f"{name:20s} distance {found[name]['distance']:4.0f}, mended {distance:3.0f}")
viz.show_rows(rows, titles=titles)
plt.show()
again = [row["healed"] for row in normal]
print(f"a healthy GAN that goes on as long: {min(again):.0f} to {max(again):.0f}")

# %%
print("after mending         scales of G's first norm   largest weights of D (length)")
for name, state in states.items():
    scales, weights = state.G[1].weight.abs().mean(), state.D[6].weight.norm()
    print(f"{name:20s} {scales:15.2f} {weights:25.0f}")

# %% [markdown]
# **What you should see.** The first recovers at once, the second is late by what it has
# lost. The other two stay ill. A mended script does not turn up the scales of batch
# norm that are still near zero, nor does it shrink the weights by which D got logits in
# the hundreds: both are where the fault has left them. So mend the line, and ask what
# it has left behind. If you cannot say, start again: it costs as much as going on.
#
# ## 5. Famous mistakes that do nothing here
#
# Ask why `detach()` is there, and you hear that G would learn the wrong thing without
# it. Ask our instruments. Each of these GANs is the healthy one with a famous mistake;
# after 60 steps we compare *every bit* of their weights with those of the healthy one.


# %%
def after(n, **fault):
    """The weights of both players after n steps, as one vector."""
    setup = replace(healthy, **fault)
    gan = play(setup, batches_of(setup, cfg.seed), cfg.seed, n)[0]
    return torch.cat([parameters_to_vector(net.parameters()) for net in (gan.G, gan.D)])


sleepers = {
    "detach forgotten": dict(d_turn=no_detach),
    "G in D's optimiser": dict(in_opt_D=both),
    "both at once": dict(d_turn=no_detach, in_opt_D=both),
}
n = cfg.pick(60, smoke=10)
weights = after(n)
same = {
    name: torch.equal(after(n, **fault), weights) for name, fault in sleepers.items()
}
for name, equal in same.items():
    print(f"{name:18s} {'the same bits' if equal else 'others'}")

# %% [markdown]
# **What you should see.** Each alone changes nothing, to the last bit. Together they
# are exhibit 7. Why?
#
# - Without `detach()`, D's turn leaves a gradient in G. `opt_G.zero_grad()`, a line of
#   G's turn, throws it away before anybody uses it. It costs time, no more.
# - G's parameters in `opt_D` have no gradient in D's turn, so `opt_D.step()` leaves
#   them alone: `detach()` sees to that.
#
# Each of the two lines is a safety catch for the other. So these are **bugs that
# sleep**. Somebody moves `opt_G.zero_grad()` to the top of the step, for tidiness, and
# wakes one of them up:


# %%
def zero_on_top(setup, gan, real, fake):
    """D's turn without detach, after both gradients were cleared."""
    gan.opt_G.zero_grad()
    return no_detach(setup, gan, real, fake)


def g_no_zero_grad(setup, gan, real, fake):
    """G's turn without zero_grad."""
    g_loss = setup.g_loss(gan.D(fake))
    g_loss.backward()
    gan.opt_G.step()
    return g_loss


print(torch.equal(after(n, d_turn=zero_on_top, g_turn=g_no_zero_grad), weights))

# %% [markdown]
# Now two gradients meet in G. At a fake with the score $D$, its own loss has the slope
# $-(1 - D)$ by the logit, and D's loss has $+D$. Their sum is $2D - 1$: G wants to be
# believed no further than one half.
#
# What does that cost? Here it is, with five more, most of them on somebody's list of
# don'ts, eight seeds each (`benchmarks/zoo.py`). The ratio is that of the distances,
# with the mistake and without, seed by seed; interval and verdict are those of notebook
# 04.

# %%
for name, row in zoo["conclusions"]["sleepers"].items():
    spread = f"{row['ratio']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
    print(f"{name:30s} {spread:22s} {row['verdict']}")

# %% [markdown]
# **What you should see.**
#
# - The bug that woke up costs nothing that eight seeds could show, and so do rates ten
#   times too high. (Thirty times is too many: distances above 130.)
# - Nor, by a hair, is it shown that the saturating loss hurts. In this game D never
#   wins by so much that G's gradient dies.
# - Batch norm in D, which the WGAN-GP paper forbids, because then the penalty is no
#   longer one of a single picture, gives *nearer* pictures, with the penalty and
#   without. The theory stands. But this rule, broken, does not hurt a training this
#   short.
# - `BatchNorm1d(n, 0.8)` hurts. The second argument is not the momentum, as in Keras,
#   but `eps`, which is added to the variance: a layer whose inputs vary little is
#   turned down. It is exhibit 12, milder.

# %% [markdown]
# ## 6. What stays in memory
#
# "Never keep a loss, keep `loss.item()`: the loss holds the graph, and the graph holds
# every activation." Let us count. PyTorch lets us wrap each tensor that autograd saves
# for the way back; a set of weak references then knows which of them are still alive.


# %%
class Saved:
    """A tensor that autograd has saved for the way back."""

    alive = weakref.WeakSet()

    def __init__(self, tensor):
        self.tensor = tensor
        Saved.alive.add(self)


def kept_per_step(keep, turn=d_turn, n=10):
    """MB that a step leaves behind if its log holds keep(gan, z, d_loss)."""
    gan, log = players(healthy, 0, cfg.device), []
    batches = batches_of(healthy, cfg.seed)
    with torch.autograd.graph.saved_tensors_hooks(Saved, lambda saved: saved.tensor):
        for step in range(n):
            real, z = batch(healthy, batches, step)
            fake = gan.G(z)
            d_loss = turn(healthy, gan, real, fake)[0]
            g_turn(healthy, gan, real, fake)
            log.append(keep(gan, z, d_loss))
            del fake, d_loss
        places = {s.tensor.data_ptr(): s.tensor.nbytes for s in Saved.alive}
    return sum(places.values()) / n / 1e6


# %%
def the_loss(gan, z, d_loss):
    """d_loss itself, in place of d_loss.item()."""
    return d_loss


def a_score(gan, z, d_loss):
    """A number for the log, which nobody differentiates."""
    return gan.D(gan.G(z)).mean()


print("MB a step, if the log holds")
print(f"d_loss.item()          {kept_per_step(lambda *_: _[2].item()):.2f}")
print(f"d_loss                 {kept_per_step(the_loss):.2f}")
print(f"d_loss, no detach      {kept_per_step(the_loss, no_detach):.2f}")
print(f"a score                {kept_per_step(a_score):.2f}")

# %% [markdown]
# **What you should see.** The warning is half right. `d_loss.backward()` frees what was
# saved for it, so the loss that remains is a skeleton without flesh. But a number that
# *nobody differentiates* keeps everything: megabytes a step, gigabytes a training. And
# `retain_graph=True`, by which the sleeping bug of section 5 was made to run, says "do
# not free": with it, the harmless habit becomes the leak.
#
# **Cure.** `.item()` for what you log, `torch.no_grad()` around what you only look at.
#
# ## 7. Write the diagnosis down
#
# A doctor who cannot say *why* she thinks so cannot be checked. So we write what we
# have learnt as a list of rules. Each looks at the numbers of a run; the first one that
# holds has the word. The surest come first: those whose number no luck can imitate.

# %%
RULES = [
    ("mean 0.1307, std 0.3081", "D sees numbers above 1.5", lambda r: r["high"] > 1.5),
    ("pixels in [0, 1]", "D sees none below -0.5", lambda r: r["low"] > -0.5),
    ("G moves in D's turn", "it does", lambda r: r["D's turn"] != "D"),
    ("opt_G holds D", "D moves in G's turn", lambda r: r["G's turn"] != "G"),
    ("train forgotten", "G is left in eval mode", lambda r: r["left in"] == "eval"),
    ("dropout never ends", "two calls differ", lambda r: r["twice"] > 0.02),
    ("eval forgotten", "company changes a picture", lambda r: r["company"] > 0.01),
]


# %%
RULES += [
    (
        "one batch, norm in D",
        "company changes a logit",
        lambda r: r["company of D"] > 3,
    ),
    ("sigmoid twice", "no logit below 0", lambda r: r["lowest"] >= 0),
    ("targets swapped", "g_loss is 0, too", lambda r: r["d_loss"] + r["g_loss"] < 0.01),
    ("no zero_grad", "d_loss above 4", lambda r: r["d_loss"] > 4),
    ("D far ahead", "G is pulled hard", lambda r: r["pull"] > 40),
    ("norm scales near 0", "few classes", lambda r: r["classes"] < 5),
    ("same z", "D is flat", lambda r: r["slope"] < 0.2),
    ("z of 2 numbers", "a distance above 75", lambda r: r["distance"] > 75),
]


# %%
def diagnose(numbers):
    """The fault of a run by the first rule that holds, or "healthy"."""
    return next((fault for fault, _, holds in RULES if holds(numbers)), "healthy")


for name, numbers in found.items():
    print(f"{name:28s} {diagnose(numbers)}")
named = sum(diagnose(numbers) == name for name, numbers in found.items())
print(f"{named} of {len(found)} named")

# %% [markdown]
# That proves little: a rule that was made from a run will fit it. The thresholds come
# from seeds 0 to 4. **Seeds 5, 6 and 7 were trained afterwards**, and no threshold was
# touched since. What do the rules say of them?

# %%
names = ["healthy", *dict.fromkeys(fault for fault, *_ in RULES)]
verdicts = [
    (row["fault"], diagnose(row), row["seed"])
    for row in zoo["rows"]
    if row["fault"] in names and row["seed"] in unseen and "diverged" not in row
]
table = torch.zeros(len(names), len(names))
for fault, said, _ in verdicts:
    table[names.index(fault), names.index(said)] += 1


# %%
figure, ax = viz.panels(1, width=6.4, height=5)
ax.imshow(table, cmap="Greys", vmin=0, vmax=len(unseen))
ax.set(title="Seeds 5, 6, 7: planted (rows) and diagnosed (columns)")
ax.set_xticks(range(len(names)), names, rotation=90)
ax.set_yticks(range(len(names)), names)
ax.grid(visible=False)
plt.show()
right = sum(fault == said for fault, said, _ in verdicts)
print(f"{right} of {len(verdicts)} right")
for fault, said, number in verdicts:
    if fault != said:
        print(f"{fault}, seed {number}: taken for {said}")

# %% [markdown]
# **What you should see.** All on the diagonal: 45 planted faults and three healthy
# GANs. Do not be too impressed. Half of the rules cannot fail, since an instrument
# either finds that another network moved or it does not. And no run here has two
# faults, or one that we did not think of.
#
# Three of these rules now watch with the live view of notebooks 02 and 03
# (`gan_utils/callbacks/diagnosis.py`): losses far off, a G that has nothing to want,
# and scores that never leave the range of a second sigmoid. The others need an
# instrument.
#
# ## 8. Where they were met
#
# Most of this is not made up. These stand, or stood, in public code that many have
# copied, or were asked about there.
#
# - 2, the constants of a classifier: Lightning-AI/tutorials, `basic-gan`
# - 4 and 13, D's loss at zero: soumith/ganhacks#36, #29;
#   carpedm20/DCGAN-tensorflow#300; Natsu6767/DCGAN-PyTorch#2
# - 9, `F.dropout` without `training`: znxlwm/pytorch-MNIST-CelebA-GAN-DCGAN,
#   lyeoni/pytorch-mnist-GAN
# - 10 and 11, eval and train: soumith/dcgan.torch#19 (other company, other picture, on
#   MNIST); csinva/gan-vae-pretrained-pytorch#2; mseitzer/pytorch-fid#118 (distance 20
#   or 400)
# - 12, norm scales around 0: the DCGAN chapter of d2l-ai/d2l-en; a course's WGAN-GP
#   notebook; diegoalejogm/gans
# - one picture for every latent: wiseodd/generative-models#14, #10;
#   chenyuntc/pytorch-GAN#3
# - why `detach`? pytorch/examples#116; eriklindernoren/PyTorch-GAN#151, #179;
#   MorvanZhou/PyTorch-Tutorial#80
# - turns in another order, "modified by an inplace operation": pytorch/pytorch#39141;
#   leftthomas/SRGAN#79
# - `BatchNorm1d(n, 0.8)`: eriklindernoren/PyTorch-GAN#116, and all who copied it
# - batch norm under WGAN-GP: eriklindernoren/Keras-GAN#48, #253;
#   hwalsuklee/tensorflow-generative-model-collections#17
# - losses kept with their graph: adriansahlman/stylegan2_pytorch#11,
#   udacity/deep-learning-v2-pytorch#106 (pull requests that mend it);
#   caogang/wgan-gp#21
#
# For the others (sigmoid twice, `zero_grad`, copy and paste, rates, latents) we know no
# place to cite.

# %% [markdown]
# ## 9. Five mystery runs
#
# Five GANs, each with one of the fifteen mistakes of section 3. You get what a
# colleague would send you: curves and pictures.

# %%
hidden = results.stored("benchmarks/mystery.json")["runs"]
for number, run in enumerate(hidden, start=1):
    figure, axes = viz.panels(3, height=1.9, width=8)
    viz.plot_losses(run["log"], ax=axes[0], title=f"Run {number}")
    viz.plot_scores(run["log"], ax=axes[1], title="D's scores")
    sheet = plt.imread(io.BytesIO(base64.b64decode(run["pictures"])))
    axes[2].imshow(sheet, cmap="gray")
    axes[2].set(title="24 latents", xticks=[], yticks=[])
    axes[2].grid(visible=False)
    plt.show()

# %% [markdown]
# If that is not enough, ask for a number: `ask(2, "company")`. A good detective needs
# at most two questions for each run.


# %%
def ask(number, name):
    """One number of a mystery run, beside its healthy range."""
    values = [row[name] for row in normal]
    print(f"{name}: {hidden[number - 1]['numbers'][name]}, healthy: {values}")


# %%
rows = {name: [{"distance": numbers["distance"]}] for name, numbers in found.items()}
rows["rules"] = [{"named": named}]
rows["sleepers"] = [{"same bits": sum(same.values())}]
cfg.write_json("results.json", cfg.about(epochs=cfg.epochs) | {"rows": rows})

# %% [markdown]
# ## Recap
#
# - A GAN with a bug still runs, and often still draws something. You find the bug by
#   numbers that have a known value: the range of a batch, the difference of two calls,
#   the network that moves.
# - Curves tell few bugs apart. A D that wins has seven causes in this zoo alone.
# - Some famous mistakes change nothing, because another line makes up for them. They
#   wait for that line to be moved.
# - What you keep for a log keeps its graph, unless its own `backward()` has freed it.
# - A rule is worth what it says of runs that it was not made from.
#
# ## Exercises
#
# **Exercise 1: the five mystery runs.** (★★, 20 minutes) Name the mistake of each run
# of section 9. Your answers are the names that section 3 gives to `exhibit`, such as
# `"same z"`.
#
# <details><summary>Hint</summary>
# First look at where the losses end, then at D's scores: is there a value that they
# never cross? Then at the pictures: one for all latents, or a few? Only then ask.
# </details>


# %% tags=["exercise"]
def diagnosis(number):
    """The mistake of mystery run 1, 2, 3, 4 or 5."""
    ### BEGIN SOLUTION
    first, second = "opt_G holds D", "dropout never ends"
    third, fourth = "eval forgotten", "G moves in D's turn"
    return [first, second, third, fourth, "z of 2 numbers"][number - 1]
    ### END SOLUTION


def solved(number):
    """A check of a diagnosis that does not give the answer away."""
    seal = hidden[number - 1]["seal"]
    return lambda said: sealed(number, said) == seal


def sealed(number, fault):
    """What checks an answer to a mystery run without giving it away."""
    return hashlib.sha256(f"run {number}: {fault}".encode()).hexdigest()[:16]


check("run 1", lambda: diagnosis(1), solved(1))
check("run 2", lambda: diagnosis(2), solved(2))
check("run 3", lambda: diagnosis(3), solved(3))
check("run 4", lambda: diagnosis(4), solved(4))
check("run 5", lambda: diagnosis(5), solved(5))

# %% [markdown]
# **Exercise 2: have we met before?** (★, 10 minutes) Exhibit 15 needs no curve to be
# found. Write the instrument: of the latents of the first `n` steps, which share has
# occurred in an earlier step? `draw(step)` gives the z (B, d) of a step.
#
# <details><summary>Hint</summary>
# A latent as a Python tuple of numbers can be put into a <code>set</code>.
# </details>


# %% tags=["exercise"]
def repeats(draw, n):
    """Share of the latents of steps 0 to n - 1 that an earlier step had, in [0, 1]."""
    ### BEGIN SOLUTION
    met, again, total = set(), 0, 0
    for step in range(n):
        latents = {tuple(z) for z in draw(step).tolist()}
        again += len(latents & met)
        total += len(latents)
        met |= latents
    return again / total
    ### END SOLUTION


batches = batches_of(healthy, cfg.seed)
check("always new", lambda: repeats(lambda step: batches(step)[1], 10), 0.0)
check("the same z", lambda: repeats(lambda step: batches(0)[1], 10), 0.9)
check("ten in turn", lambda: repeats(lambda step: batches(step % 10)[1], 40), 0.75)

# %% [markdown]
# **Exercise 3: three bugs in ten lines.** (★★, 15 minutes) A colleague has written this
# step, and "D wins at once". Write it without its three mistakes. The checks look at
# what each player learns from.
#
# ```python
# def step(gan, real, z):
#     gan.opt_G.zero_grad()
#     fake = gan.G(z)
#     d_loss = bce_d(gan.D(real).sigmoid(), gan.D(fake).sigmoid())
#     d_loss.backward(retain_graph=True)
#     gan.opt_D.step()
#     g_loss = bce_g(gan.D(fake))
#     g_loss.backward()
#     gan.opt_G.step()
#     return {"d_loss": d_loss, "g_loss": g_loss}
# ```
#
# <details><summary>Hint</summary>
# Ask of each <code>backward()</code> which gradients were there before it, and which
# networks it reaches. And what kind of number does <code>bce_d</code> expect?
# </details>


# %%
def two_steps(step):
    """What each player learnt from in the second of two steps, and where both stand."""
    gan = players(healthy, 0)
    batches = data.Batches(cfg.data.train, batch_size=16, latent_dim=64, seed=0)
    for number in range(2):
        logs = step(gan, *batches(number))
    learnt = [net[k].weight.grad for net, k in ((gan.D, 1), (gan.G, 0))]
    return [logs["d_loss"].item(), *learnt, gan.G[0].weight.detach()]


def right_step(gan, real, z):
    """The two turns of section 1."""
    fake = gan.G(z)
    d_loss = d_turn(healthy, gan, real, fake)[0]
    return {"d_loss": d_loss, "g_loss": g_turn(healthy, gan, real, fake)}


wanted = two_steps(right_step)


# %% tags=["exercise"]
def mended_step(gan, real, z):
    """One update of D, then one of G; returns {"d_loss": ..., "g_loss": ...}."""
    ### BEGIN SOLUTION
    fake = gan.G(z)
    d_loss = bce_d(gan.D(real), gan.D(fake.detach()))
    gan.opt_D.zero_grad()
    d_loss.backward()
    gan.opt_D.step()

    g_loss = bce_g(gan.D(fake))
    gan.opt_G.zero_grad()
    g_loss.backward()
    gan.opt_G.step()
    return {"d_loss": d_loss, "g_loss": g_loss}
    ### END SOLUTION


check("D's loss, by logits", lambda: two_steps(mended_step)[0], wanted[0])
check("D learns from this step alone", lambda: two_steps(mended_step)[1], wanted[1])
check("G learns from its own loss alone", lambda: two_steps(mended_step)[2], wanted[2])
check("G has moved where it should", lambda: two_steps(mended_step)[3], wanted[3])

# %% [markdown]
# **Questions**
#
# 4. (★, 5 minutes) A friend reports: "`D(G(z))` has never been below 0.5." Which two
#    lines do you ask for?
#
#    <!-- BEGIN ANSWER -->
#    The last line of D, and the loss. A logit can be negative, and then its sigmoid is
#    below one half. If it never is, D ends in a sigmoid (or in a ReLU), and what is
#    called `D(G(z))` is a sigmoid of that. The second line is the loss, which must take
#    the probability as it is (`F.binary_cross_entropy`) or, better, the logit.
#    <!-- END ANSWER -->
# 5. (★★, 10 minutes) All labels are swapped: D calls real pictures 0 and fakes 1, and G
#    wants 0 for its fakes. What changes?
#
#    <!-- BEGIN ANSWER -->
#    Nothing that matters. D learns minus the logit that it would have learnt, so `D(x)`
#    and `D(G(z))` change places, and G is pulled the same way: the loss of a fake was
#    softplus(-t) at the logit t, and is now softplus(t) at the logit -t. Only the last
#    layer of D starts with the other sign. Exhibit 4 is one half of this: a half is a
#    bug, the whole a matter of taste.
#    <!-- END ANSWER -->
# 6. (★★, 10 minutes) Exhibits 9 and 10 have healthy losses, classes and distances. Why
#    should anybody care?
#
#    <!-- BEGIN ANSWER -->
#    Because whoever uses G does not draw as we draw. A slider shows one latent at a
#    time: batch norm in train mode then sees a batch of one, and every other picture of
#    the same latent is another one. A walk between two latents flickers with dropout.
#    And a result that depends on what else was in the batch cannot be repeated.
#    <!-- END ANSWER -->
# 7. (★★★, 30 minutes) Plant a fault of your own with `exhibit("mine", ...)`. Do the
#    rules of section 7 find it? If not, write the one that does, and try it with
#    another seed.
#
#    <!-- BEGIN ANSWER -->
#    One that is easy to make: `in_opt_D=only_G`, the mirror of exhibit 6. D never
#    learns, G does what an untrained D asks for. `who_moved` says so at once, whatever
#    the seed: a rule `r["D's turn"] != "D"` needs no threshold. Faults of this kind
#    (*never* happens, *always* equal) are worth more rules than faults of degree.
#    <!-- END ANSWER -->

# %% [markdown]
# ## In practice
#
# - Before you train: print the range of a real and of a fake batch, and let `who_moved`
#   look at one step. It takes a second, and would have found four of our fifteen.
# - Draw pictures through one function that switches to eval and back, and test it by
#   calling it twice.
# - Log D's scores beside the losses, and always with `.item()`.
# - When something fails, change one line at a time, with the same seed.
#
# ## Next
#
# [09 · Ask for a digit](09_control.ipynb): a healthy GAN again, and one that does as it
# is told.
