# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 10 · Climb to a modern GAN
#
# **What you'll do.** Climb from the networks of notebook 03 to the best recipe of this
# series, one change at a time, and find out what each change is worth.
#
# **What you'll learn**
# - to build what is still missing: an average of G on real weights, `PixelShuffle`,
#   networks that work on a grid of 7 x 7, a leaner step
# - to set up a fair ladder: one clock, one change, five seeds, an interval
# - that a change has no worth of its own: it depends on what stands around it
# - what the loss of a famous recent paper does under the same clock
# - what a label buys, what it costs, and that judges weigh the two in different ways
#
# **What you'll need.** Notebook 03 (the networks we start from), 04 (hinge, penalties,
# recipes) and 06 (the judges and what they measure). The last rungs are those of
# notebook 09.

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
profile: str = "quick"  # smoke, quick or full: how much work to do
seed: int = 0  # one seed for data order, latents and initial weights
dataset: str = "auto"  # auto, mnist, fashion, kmnist, offline or a folder
device: str = "auto"  # auto, cpu, cuda or mps
out_dir: str = None  # root folder of this run's results; None: runs/lab
epochs: int = None  # passes of the one training; None: the profile's value
batch_size: int = None  # images per update; None: the profile's value

# %%
import base64
import copy
import io
from dataclasses import dataclass, replace

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from IPython.display import Markdown, display
from PIL import Image
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from gan_utils import callbacks, data, metrics, models, results, training, tricks, viz
from gan_utils.gan import Recipe, build, draw, train_step
from gan_utils.lesson import check, lesson
from gan_utils.losses import GanLoss

cfg = lesson("10_to_modern", globals())  # checks the parameters above
viz.use_style()
rng = torch.Generator().manual_seed(cfg.seed)

# %% [markdown]
# ## 1. Agree on the rules
#
# Notebook 06 judged `modern`, our best recipe without labels, and warned: where a
# recipe stands in a table is no proof that each of its parts helps. So let us take it
# apart. The ladder below starts with the networks of notebook 03 and everything else as
# in notebook 02. Each rung changes **one** field of the recipe, and keeps what the
# rungs below it have changed. At the top stands `modern`, but for two fields that grow
# while it trains. Section 11 adds these.
#
# What would be a fair comparison? Some changes make a step dearer, others cheaper, so
# equal *steps* would be unfair. Equal seconds are fair on an empty machine only. So the
# clock here counts what one thread of the processor really works: a training gets as
# many steps as a minute of that buys. Each rung has five trainings, seeds 0 to 4, and
# is compared with the rung below it *seed by seed*. All are kept.

# %%
start = Recipe(G=models.DCGANGenerator, D=models.DCGANDiscriminator)
fields = ("lr_G", "betas", "ema_images", "loss", "schedule", "update")
for name in fields:
    value = getattr(start, name)
    value = value.d if name == "loss" else value
    print(f"{name:10s} {getattr(value, '__name__', value)}")

# %% [markdown]
# That is the first rung: cross-entropy, Adam with momentum, rates that fall over the
# second half, no average. Now we need the parts for the others. Some you have already:
#
# - **no momentum** and **twice the rate** lead from here to notebook 03.
# - **The hinge loss** (notebook 04): D stops pushing a picture that it has put on the
#   right side by a margin of 1, and G raises D's logit, whatever it is.


# %%
def hinge_d(real_logits, fake_logits):
    """Push real logits above 1 and fake logits below -1; 2 when all logits are 0."""
    return F.relu(1 - real_logits).mean() + F.relu(1 + fake_logits).mean()


def minus_logit_g(fake_logits, real_logits=None):
    """Minus the mean fake logit: G's side of the hinge and the Wasserstein loss."""
    return -fake_logits.mean()


hinge = GanLoss(d=hinge_d, g=minus_logit_g)
logits = torch.tensor([2.0, 0.5])  # by hand: 0 and 0.5 to go; 3 and 1.5 too high
assert hinge.d(logits, logits) == (0 + 0.5) / 2 + (3 + 1.5) / 2

# %% [markdown]
# ## 2. Average G, on real weights
#
# The two players circle around a solution, and the middle of the circle is nearer to it
# than any point on it. Notebook 04 averaged one number. A network has hundreds of
# tensors: its weights, and the means and variances that batch norm keeps for drawing
# pictures. All of them move a little towards the G of the moment, after each step:
#
# $$\bar w \leftarrow \beta\,\bar w + (1 - \beta)\,w, \qquad
#   \beta = 0.5^{\,\text{batch} / \text{half-life}}$$
#
# Only the average draws pictures. Training never sees it, so it cannot do harm.


# %%
@torch.no_grad()
def ema_update(average, G, beta):
    """One step of a running average: `average` and G are networks of one shape."""
    for ours, new in zip(average.state_dict().values(), G.state_dict().values()):
        if ours.is_floating_point():
            ours.lerp_(new, 1 - beta)  # beta * ours + (1 - beta) * new, in place
        else:
            ours.copy_(new)  # batch norm counts its batches in whole numbers


@dataclass
class Average:
    """A running average of G, as `Gan` wants it: it is updated after each step."""

    module: nn.Module
    beta: float

    def update_parameters(self, G):
        """Called by `Gan.after_step`."""
        ema_update(self.module, G, self.beta)


# %% [markdown]
# Check it against PyTorch's own average, over three changes of real weights. (Theirs
# starts as a copy of the first G that it sees.)

# %%
torch.manual_seed(cfg.seed)
G = models.DCGANGenerator()
ours, beta = copy.deepcopy(G), 0.5 ** (64 / 10_000)
theirs = AveragedModel(G, multi_avg_fn=get_ema_multi_avg_fn(beta), use_buffers=True)
theirs.update_parameters(G)
for _ in range(3):
    with torch.no_grad():
        for weight in G.parameters():
            weight += torch.randn_like(weight)
    ema_update(ours, G, beta)
    theirs.update_parameters(G)
pairs = zip(ours.state_dict().values(), theirs.module.state_dict().values())
gap = max((a.double() - b.double()).abs().max().item() for a, b in pairs)
assert gap < 1e-5
print(f"{len(G.state_dict())} tensors averaged, beta {beta:.5f}")

# %% [markdown]
# With an average, falling rates have less to do: they calm G down, and the average does
# that, too. So a rung of its own asks whether to keep the **rates constant**.

# %% [markdown]
# ## 3. Make the step leaner
#
# Under a clock, work that nobody uses is a loss. The step of notebook 04 does two such
# things. It sends real and fake pictures through D separately, although a D without
# batch norm judges each by itself: one batch of both does the same with fewer, larger
# products. And `g_loss.backward()` computes gradients for D's own weights, which the
# next step throws away. `backward(inputs=...)` asks for G's alone.


# %%
def lean(recipe, gan, real, z):
    """The update of `train_step`, with less work, for a D without batch norm."""
    fake = gan.G(z)
    real_in, fake_in = recipe.before_D(real), recipe.before_D(fake.detach())
    real_logits, fake_logits = gan.D(torch.cat([real_in, fake_in])).chunk(2)
    penalty = recipe.penalty(gan.D, real_in, fake_in)
    d_loss = recipe.loss.d(real_logits, fake_logits) + penalty
    gan.opt_D.zero_grad()
    d_loss.backward()
    gan.opt_D.step()

    fake_logits = gan.D(recipe.before_D(fake))
    g_loss = recipe.loss.g(fake_logits, real_logits.detach())
    gan.opt_G.zero_grad()
    g_loss.backward(inputs=list(gan.G.parameters()))
    gan.opt_G.step()
    return {"d_loss": d_loss, "g_loss": g_loss}


# %% [markdown]
# Is it the same step? Let both make one from the same weights and compare the results.
# (With plain gradient descent: Adam would turn the rounding noise of a gradient near
# zero into a full step.)


# %%
def after_one(step):
    """All weights of a fresh GAN after one step of plain gradient descent."""
    players = build(start, seed=cfg.seed)
    for side in "GD":
        weights = getattr(players, side).parameters()
        setattr(players, f"opt_{side}", torch.optim.SGD(weights, lr=0.1))
    step(start, players, some_real, some_z)
    return torch.cat(
        [w.flatten() for n in (players.G, players.D) for w in n.parameters()]
    )


some_real = data.to_float(cfg.data.train[:32])
some_z = torch.randn(32, start.latent_dim, generator=rng)
plain, leaner = after_one(train_step), after_one(lean)
gap = (plain - leaner).abs().max().item()
print(f"{len(plain):,} weights; the largest difference is {gap:.0e}")
assert gap < 1e-5

# %% [markdown]
# ## 4. Shuffle pixels
#
# Notebook 03 doubled a picture by a transposed convolution. Here is the third way. An
# ordinary convolution makes *four times* the channels on the small grid. Then every
# four channels are laid out as a block of 2 x 2 pixels ([Shi et al.,
# 2016](https://arxiv.org/abs/1609.05158)). That is no arithmetic at all, only another
# order of the same numbers:


# %%
def shuffled(x, r=2):
    """(B, C r r, H, W) -> (B, C, r H, r W): r x r channels become a block of pixels."""
    B, channels, H, W = x.shape
    x = x.view(B, channels // r**2, r, r, H, W)
    return x.permute(0, 1, 4, 2, 5, 3).reshape(B, channels // r**2, r * H, r * W)


four = torch.arange(1.0, 5.0).view(1, 4, 1, 1)  # by hand: four channels of one pixel
assert shuffled(four).tolist() == [[[[1, 2], [3, 4]]]]
x = torch.randn(2, 12, 5, 5, generator=rng)
assert torch.equal(shuffled(x), nn.PixelShuffle(2)(x))


# %%
def subpixel(inputs, outputs, **options):
    """(B, inputs, H, W) -> (B, outputs, 2 H, 2 W): 4 x the channels, shuffled."""
    conv = nn.Conv2d(inputs, 4 * outputs, kernel_size=3, padding=1, **options)
    return nn.Sequential(conv, nn.PixelShuffle(2))


def subpixel_generator(latent_dim=64):
    """The generator of notebook 03 with `subpixel` for its transposed layers."""
    G = models.DCGANGenerator(latent_dim)
    G.net[7] = subpixel(64, 32, bias=False)  # 14 x 14
    G.net[10] = subpixel(32, 1)  # 28 x 28
    return G


assert subpixel_generator()(some_z).shape == (32, 1, 28, 28)

# %% [markdown]
# The four small windows of notebook 03, section 2, are still there: each of the four
# channels has its own. In fact every transposed layer of that kind *is* such a layer,
# with most of its weights at zero (exercise 3). So G can draw whatever it could draw
# before, with more freedom and more work. Whether that is a gain, the clock will say.

# %% [markdown]
# ## 5. Work where the grid is small
#
# A processor is fastest where it multiplies large matrices. A convolution with 64
# channels on 7 x 7 places is one; with one channel on 28 x 28 it is not. So the
# networks of `modern` do nearly all of their work at 7 x 7. G shuffles up from there at
# the very end. D goes the other way in its first line: `PixelUnshuffle(4)` folds the
# picture, without any arithmetic, into 16 channels at 7 x 7.


# %%
def to_7x7(latent_dim, hidden, channels):
    """The layers that make (B, channels, 7, 7) of z (B, latent_dim)."""
    layers = []
    for inputs, outputs in ((latent_dim, hidden), (hidden, channels * 7 * 7)):
        linear = nn.Linear(inputs, outputs, bias=False)
        layers += [linear, nn.BatchNorm1d(outputs), nn.ReLU()]
    return [*layers, nn.Unflatten(1, (channels, 7, 7))]


# %%
class ShuffleGenerator(nn.Module):
    """z (B, latent_dim) -> images (B, 1, 28, 28) in [-1, 1]."""

    def __init__(self, latent_dim=64, ngf=64, hidden=512):
        super().__init__()
        fine = ngf // 4  # channels at 14 x 14
        self.net = nn.Sequential(
            *to_7x7(latent_dim, hidden, ngf),
            nn.Conv2d(ngf, ngf, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(ngf),
            nn.ReLU(),
            nn.Conv2d(ngf, 4 * fine, kernel_size=1, bias=False),
            nn.PixelShuffle(2),  # 14 x 14
            nn.BatchNorm2d(fine),
            nn.ReLU(),
            nn.Conv2d(fine, 4, kernel_size=3, padding=1),
            nn.PixelShuffle(2),  # 28 x 28
            nn.Tanh(),  # the range of real images
        )

    def forward(self, z):
        return self.net(z)


# %%
class ShuffleDiscriminator(nn.Module):
    """images (B, 1, 28, 28) in [-1, 1] -> logits (B,)."""

    def __init__(self, ndf=64, hidden=256):
        super().__init__()
        self.net = nn.Sequential(
            nn.PixelUnshuffle(4),  # 16 channels at 7 x 7
            nn.Conv2d(16, ndf, kernel_size=3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(ndf, ndf, kernel_size=3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(ndf * 7 * 7, hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(hidden, 1),
            nn.Flatten(0),  # (B, 1) -> (B,)
        )

    def forward(self, images):
        return self.net(images)


# %% [markdown]
# How much work is that? Count the multiplications that one picture costs in every layer
# with weights, by the grid on which the layer works.


# %%
def multiplications(net, x):
    """{grid: millions of multiplications}, for one picture; grid 1 is a dense layer."""
    found = {}
    for layer in net.eval():
        before, x = x, layer(x)
        if isinstance(layer, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
            small = before if isinstance(layer, nn.ConvTranspose2d) else x
            places = small[0, 0].numel() if small.dim() == 4 else 1
            grid = round(places**0.5)
            found[grid] = found.get(grid, 0) + places * layer.weight.numel() / 1e6
    return found


# %%
one_z, one_image = some_z[:1], some_real[:1]
nets = {
    "G of 03": (models.DCGANGenerator(), one_z),
    "G of modern": (ShuffleGenerator(), one_z),
    "D of 03": (models.DCGANDiscriminator(), one_image),
    "D of modern": (ShuffleDiscriminator(), one_image),
}
print("millions of multiplications   dense   7 x 7  14 x 14")
for name, (net, x) in nets.items():
    found = multiplications(net.net, x)
    print(f"{name:28s}", *(f"{found.get(grid, 0):7.2f}" for grid in (1, 7, 14)))

# %% [markdown]
# The new networks multiply *more* than the old ones, not less, and nearly all of it on
# the small grid or in dense layers. Section 7 tells what a step of them costs.
#
# ## 6. Watch one rung live
#
# All parts are there. Which rung can you see within a minute? The average of G: one
# training gives both, the G of the moment and its average, so nothing else can differ.
# Here is the top of the ladder, made of the parts above, with our own average. (So it
# is `modern` as it was before section 11.)

# %%
modern = Recipe(
    G=ShuffleGenerator,
    D=ShuffleDiscriminator,
    update=lean,
    loss=hinge,
    lr_G=1e-3,
    lr_D=1e-3,
    betas=(0.0, 0.99),
    schedule=training.constant,
    batch_size=cfg.batch_size,
)
players = build(modern, seed=cfg.seed, device=cfg.device)
beta = 0.5 ** (cfg.batch_size / 10_000)
players.ema = Average(copy.deepcopy(players.G), beta)

# %%
n = cfg.pick(1000, smoke=300)
z_many = torch.randn(n, modern.latent_dim, generator=rng)
real_features = cfg.judge.look(cfg.data.test[: cfg.pick(10_000, smoke=1000)])[0]


def distance(pictures):
    """Fréchet distance of pictures uint8 (N, 28, 28), first judge; lower is better."""
    return metrics.frechet_distance(cfg.judge.look(pictures)[0], real_features)


class Watch(training.Callback):
    """Twelve times in a training: the distance of G, and of its average."""

    def start(self, run):
        self.steps, self.found = [], {"G itself": [], "its average": []}

    def step(self, run):
        if run.model.step % (run.total // 12) == 0:
            self.steps.append(run.model.step)
            for name, G in zip(self.found, (run.model.G, run.model.ema.module)):
                self.found[name].append(distance(draw(G, z_many)))


# %%
batches = data.Batches.of(modern, cfg.data.train, seed=cfg.seed, device=cfg.device)
watch = Watch()
history = training.fit(
    modern.step,
    players,
    batches,
    epochs=cfg.epochs,
    schedule=modern.schedule,
    callbacks=[watch, callbacks.Progress(cfg.out_dir / "progress.jsonl")],
)

# %%
chosen = torch.randperm(len(cfg.data.train), generator=rng)[:n]
floor = distance(cfg.data.train[chosen])
figure, ax = viz.panels(1, width=7, height=3.4)
for color, (name, found) in zip(("0.55", "C1"), watch.found.items()):
    ax.plot(watch.steps, found, "o-", color=color, label=name)
    print(f"{name:11s} first look {found[0]:5.1f}, second half", end=" ")
    print(*(f"{value:.1f}" for value in found[len(found) // 2 :]))
ax.axhline(floor, color="0.3", linestyle=":", label="real images")
ax.set(xlabel="step", ylabel="Fréchet distance", title=f"n = {n}, first judge")
viz.plain_log(ax, "y").legend()
plt.show()
print(f"real images {floor:.1f}")
late = {name: np.mean(found[len(found) // 2 :]) for name, found in watch.found.items()}
rows = {name: [{"distance": float(mean)}] for name, mean in late.items()}
cfg.write_json(
    "results.json", cfg.about(epochs=cfg.epochs, floor=floor) | {"rows": rows}
)

# %% tags=["thumbnail"]
few = z_many[:14]
viz.show_rows(
    [draw(players.G, few), draw(players.ema.module, few)],
    titles=["G itself", "its average"],
    title="The same 14 latents, not picked",
)
plt.show()

# %% [markdown]
# **What you should see.** In the second half the average is the nearer one at every
# look, at the end about half as far away, and it falls from look to look, while G
# itself stays high above it. At the start it is the other way round: the average still
# remembers the fresh G. In the pictures most digits are the same, without some of the
# crumbs around them.
#
# ## 7. Climb the ladder
#
# One training proves little, so the ladder was climbed before: `python
# benchmarks/ladder.py` trains every rung from five seeds and asks three judges about
# three sets of 10,000 pictures of each. Here is what was stored. First the price of a
# step on one thread, and how many of them a minute buys. These are then made on any
# processor: most trainings here ran on a graphics card, with the same steps in the same
# float32.

# %%
ladder = results.stored("benchmarks/ladder.json")
compared = ladder["comparisons"]
below = {name: row["against"] for name, row in compared["rungs"].items()}
rungs = [next(iter(below.values())), *below]
to_modern, top = rungs[:10], rungs[9]  # the tenth is the top
devices = [run["device"] for run in ladder["rows"]]
where = [f"{devices.count(name)} on {name}" for name in sorted(set(devices))]
print("one thread of {processor}, {precision}".format(**ladder["clock"]))
print(f"{len(devices)} trainings, none left out: {', '.join(where)}")
for name in rungs:
    seconds = ladder["step_seconds"][name]
    print(
        f"{name:16s} {1000 * seconds:5.1f} ms, {ladder['seconds'] / seconds:5.0f} steps"
    )


# %%
def of(row, judge, measure):
    """A measure of every seed's training, the mean over its sets of latents."""
    runs = [run for run in ladder["rows"] if run["row"] == row and judge in run]
    return np.array([np.mean(run[judge][measure]) for run in runs])


def shown(names):
    """Rows as they are called in figures."""
    short = [name.removeprefix("R3GAN's loss, ") for name in names]
    return [f"{name}: the top" if name == top else name for name in short]


# %%
def draw_distances(names, judge="first"):
    """Fréchet distance of each row, from the bottom up: five seeds, and their mean."""
    figure, ax = viz.panels(1, width=7, height=1.1 + 0.3 * len(names))
    for y, name in enumerate(names):
        found = of(name, judge, "fd")
        ax.plot(found, [y] * len(found), "o", color="0.45", markersize=5)
        ax.plot(found.mean(), y, "|", color="C1", markersize=18, markeredgewidth=3)
    ax.set_yticks(range(len(names)), shown(names))
    label = f"Fréchet distance after {ladder['seconds']:.0f} s, {judge} judge"
    title = "Every seed, and their mean (orange)"
    viz.plain_log(ax, "x").set(xlabel=label, title=title)
    plt.show()


draw_distances(to_modern)


# %%
def pictures_of(row):
    """The pictures that were kept of a row's training with seed 0: (14, 28, 28)."""
    kept = next(run for run in ladder["rows"] if run["row"] == row and run["seed"] == 0)
    strip = np.asarray(Image.open(io.BytesIO(base64.b64decode(kept["png"]))))
    return torch.from_numpy(strip.copy()).view(28, -1, 28).transpose(0, 1)


upwards = to_modern[::-1]
viz.show_rows(
    [pictures_of(name) for name in upwards],
    titles=upwards,
    title="Seed 0: the same 14 latents on every rung, start at the bottom",
)
plt.show()

# %% [markdown]
# Now compare each rung with the one below it, seed by seed, as notebook 04 did: the
# ratio of the distances, an interval, and a colour only where both that interval and a
# corrected test exclude "no change". Three lines for a rung, one for each judge.

# %%
colours = {"helps": "#2a7f3f", "hurts": "#b00020", "not shown": "0.6"}
orders = ("first", "second", "third")


def draw_ratios(group, names, title):
    """Each row's distance as a multiple of another's, with a 95 % interval."""
    figure, ax = viz.panels(1, width=7, height=1 + 0.36 * len(names))
    for y, name in enumerate(names):
        for judge, up in zip(orders, (0.2, 0, -0.2)):
            row = compared[group][name][judge]["fd"]
            colour = colours[row["verdict"]]
            ax.plot(
                [row["low"], row["high"]], [y + up] * 2, color=colour, linewidth=2.5
            )
            ax.plot(row["ratio"], y + up, "o", markersize=4, color=colour)
    ax.axvline(1, color="black", linewidth=1)
    ax.set_yticks(range(len(names)), shown(names))
    label = "Fréchet distance, as a multiple; of each three: first judge on top"
    viz.plain_log(ax, "x").set(xlabel=label, title=title)
    plt.show()


draw_ratios("rungs", to_modern[1:], "Each rung, as a multiple of the one below it")

# %%
for name in to_modern[1:]:
    verdicts = [compared["rungs"][name][judge]["fd"] for judge in orders]
    texts = [f"{row['ratio']:.2f} {row['verdict']:9s}" for row in verdicts]
    print(f"{name:16s}", "  ".join(texts))

# %% [markdown]
# **What you should see.** The climb goes from 15 to about 3, and most of it is done by
# two numbers of Adam. Without momentum the distance falls to little more than a half,
# and twice the rate takes off more than a third of the rest: no line of code is new,
# and all three judges agree. Next come the hinge loss and the constant rates. Some
# rungs do *nothing* that could be shown. One is the average of G, which shone in
# section 6. And the three that change the networks, all of sections 4 and 5, leave the
# distance where it was. A step of the new networks costs as much as one of the old,
# though it multiplies more, but a minute of it makes no better digits.
#
# ## 8. Take it apart from above
#
# A ladder has one order, and ours could have been another. So ask the reverse question,
# too. Start at the top, and take *one* part away.

# %%
taken = {
    "no momentum": "with momentum",
    "twice the rate": "half the rate",
    "average of G": "no average of G",
    "hinge loss": "cross-entropy",
    "constant rates": "falling rates",
    "lean step": "plain step",
}
without = [*taken.values(), "both networks of 03"]
draw_ratios("modern", without, "One part taken away, as a multiple of the top")


# %%
def factor(row, added=False):
    """A ratio and its interval as text; added: by how much the distance fell."""
    found = [row[key] for key in ("ratio", "low", "high")]
    if added:
        found = [1 / found[0], 1 / found[2], 1 / found[1]]
    return "{:5.2f} ({:.2f} to {:.2f})".format(*found)


print("a part is worth   added at its rung      kept at the top   (first judge)")
for name, other in taken.items():
    low, high = compared["rungs"][name], compared["modern"][other]
    print(f"{name:16s} {factor(low['first']['fd'], added=True):22s}", end="")
    print(factor(high["first"]["fd"]))

# %% [markdown]
# **What you should see.** Read the average of G first. Added at its rung it was worth
# nothing, and without it the top is twice as far from real digits by the first judge,
# the worst of all single losses. Its neighbours explain it. Below, the rates were still
# falling, so G came to rest by itself, and there was nothing to calm. Then a later rung
# kept the rates constant, *because* there was an average. The hinge loss is the
# reverse: it helped at its rung, but of the three judges only one can tell that it is
# missing at the top. And put both networks of notebook 03 back: two judges see no
# change, the third a small one. So what *is* a part worth? There is no such number.
# There is one for each place where it may stand.
#
# ## 9. Try the loss of a famous paper
#
# R3GAN ([Huang et al., 2024](https://arxiv.org/abs/2501.05441)) calls itself a modern
# baseline: no tricks, only a good loss and good networks. Its loss is the relativistic
# one of notebook 04, which compares each real picture with a fake, and a penalty on D's
# slope at both.


# %%
def relativistic_d(real_logits, fake_logits):
    """D's view of pairs: how much more real is real i than fake i? ln 2 at a draw."""
    return F.softplus(-(real_logits - fake_logits)).mean()


def relativistic_g(fake_logits, real_logits):
    """G's view of the same pairs, with the roles exchanged. ln 2 at a draw."""
    return F.softplus(-(fake_logits - real_logits)).mean()


relativistic = GanLoss(d=relativistic_d, g=relativistic_g)
r3gan = replace(modern, loss=relativistic, penalty=tricks.R1R2(gamma=0.77))
logs = r3gan.step(build(r3gan, seed=cfg.seed), some_real, some_z)
assert abs(logs["g_loss"].item() - 0.69) < 0.1  # nearly a draw: nobody has learnt yet

# %% [markdown]
# How strong should the penalty be? For stacked digits, 32 x 32, the paper lets gamma
# fall from 1 to 0.1. A squared slope adds up over pixels, so at 28 x 28 we take
# $(28/32)^2$ of both ends: 0.77 and 0.08. The paper has no norm layer anywhere, so each
# is tried with batch norm in G and without. Networks, rates, average and clock stay
# those of the top.

# %%
ours = [name for name in compared["modern"] if name.startswith("R3GAN")]
for name in (top, *ours):
    print(f"{name:34s} {ladder['seconds'] / ladder['step_seconds'][name]:5.0f} steps")
draw_distances([top, *ours])

# %%
draw_ratios("modern", ours, "As a multiple of the top")

# %% [markdown]
# **What you should see.** The loss of the paper is more than three times as far from
# real digits as ours, and without norm layers about ten or thirty times. A step with
# both penalties differentiates D twice and costs nearly two plain ones, so a minute
# buys about half as many. Be fair to the paper: its claim is not about a minute. It
# trains other networks, without any norm, at a lower rate, with a falling gamma, for
# ten million images. What stands above is what its *loss* does in the place of ours.
#
# ## 10. Tell the players what they look at
#
# Everything so far was about *how* the two learn. The last two rungs change *what* they
# are told. Notebook 07 showed why G draws things that are no digits: it must draw a
# bridge between any two modes. Notebook 09 takes the bridges away. G is asked for a
# label, and D is told which label it looks at, so that each label has a game of its
# own. Two kinds of labels:
#
# - **clusters**: nobody labelled anything. k-means sorts the training images into a
#   hundred heaps by their pixels, within seconds, before the clock starts.
# - **labels**: the ten digits, as people read them.
#
# Both stand on the networks, loss, rates, average and clock of the top.

# %%
told = [top, "clusters", "labels"]
real = next(run for run in results.shipped_scores()["runs"] if "third" in run)
keys = {"fd": "fd", "precision": "precision", "recall": "recall"}
keys |= {"coverage": "coverage", "legible": "legibility"}  # as floors call them


def means(judge, measure):
    """Each row of `told`, and the floor, as texts."""
    form = "{:.2f}" if measure == "fd" else "{:.3f}"
    found = [of(name, judge, measure).mean() for name in told]
    return [form.format(v) for v in (*found, real[judge]["floors"][keys[measure]][0])]


heads = ["", "top", "clusters", "labels", "real images"]
rows = [heads, ["---", *["---:"] * 4]]
for measure in keys:
    for judge in orders:
        rows.append([f"{measure}, {judge} judge", *means(judge, measure)])
display(Markdown("\n".join(f"| {' | '.join(row)} |" for row in rows)))

# %%
for name in told[1:]:
    print(f"{name} against the top: better (+), worse (-) or not shown (.)")
    signs = {"helps": "+", "hurts": "-", "not shown": "."}
    for judge in orders:
        row = compared["modern"][name][judge]
        said = [f"{measure} {signs[row[measure]['verdict']]}" for measure in keys]
        print(f"   {judge:6s} judge:", "  ".join(said))

# %%
colors = dict(zip(orders, ("C0", "C2", "C4")))
figure, axes = viz.panels(2, nrow=2, height=7, sharey=True)
for ax, measure in zip(axes, ("precision", "recall", "coverage", "legible")):
    for judge, color in colors.items():
        found = [of(name, judge, measure).mean() for name in rungs]
        ax.plot(found, range(len(rungs)), "o-", color=color, label=f"{judge} judge")
        floor = real[judge]["floors"][keys[measure]][0]
        ax.axvline(floor, color=color, linestyle=":")
    ax.set(title=measure, yticks=range(len(rungs)), yticklabels=rungs)
axes[2].legend(loc="upper left")
figure.suptitle("The whole ladder; dotted: real images")
plt.show()

# %%
viz.show_rows(
    [pictures_of(name) for name in told[::-1]],
    titles=told[::-1],
    title="Seed 0, 14 pictures each, not picked",
)
plt.show()

# %% [markdown]
# **What you should see.** After a minute every judge finds that both kinds of labels
# bring the digits nearer: the second and third judge by far more than the first, and
# people's labels by more than clusters. Precision and legibility rise steeply, as the
# bridges go. *Recall* falls, by the first judge most: a part of the handwriting is no
# longer drawn. So whoever counts what is real in the fakes must praise a label, and
# whoever counts what is missing must not.
#
# ## 11. Let it grow
#
# All rungs so far train with 64 pictures a step, and an average that forgets half in
# 10,000, from the first step to the last. But what a training needs changes on its way.
# At first everything is wrong, and many cheap steps help most. Later the steps are
# small corrections, and what is left of each is mostly noise: of the pictures that
# happen to be in the batch. A batch of twice the size costs less than twice as much,
# and its noise is smaller. The average likewise: a long one calms the end, but at the
# start it remembers what should be forgotten (section 6, and question 5).
#
# So `modern` begins with batches of 32 and doubles them after the first epoch and after
# the fourth, and its average forgets half in a twentieth of the steps so far. A search,
# `python benchmarks/quality.py`, has tried growing batches with five seeds, for 90
# seconds of one thread, at the top of the ladder and with labels. (There the one-hot
# has a strength of 1, not 3: notebook 09.)

# %%
search = results.stored("benchmarks/quality.json")
pairs = {
    "without labels": ("batch grows", "plain"),
    "with labels": ("labels, strength 1, batch grows", "labels, strength 1"),
}


def differences(grown, steady, judge, measure):
    """What growing batches change in a measure, seed by seed."""
    values = {
        (line["row"], line["seed"]): line[judge][measure]
        for line in search["rows"]
        if (line["average"], line["width"]) == (10_000, 1)
    }
    seeds = sorted(seed for row, seed in values if row == grown)
    return np.array([values[grown, k] - values[steady, k] for k in seeds])


for name, (grown, steady) in pairs.items():
    print(name)
    for judge in orders:
        for measure in ("fd", "recall"):
            texts = [f"{d:+.3f}" for d in differences(grown, steady, judge, measure)]
            print(f"   {judge:6s} judge, {measure:6s}", *texts)

# %% [markdown]
# **What you should see.** With labels the digits come nearer with every seed and by
# every judge, and recall rises each time. Without labels recall rises with every seed
# by the first judge alone, and by the first two judges the digits come nearer with
# three seeds of five: a gain in distance is not shown there.
#
# ## 12. What a minute buys, and five
#
# The clock of the ladder was one minute of *one* thread. `python
# benchmarks/time_to_quality.py modern --seeds 0-4` followed `modern` for five minutes
# on two cores that compute in bf16.

# %%
timed = results.stored("benchmarks/time_to_quality.json")
runs = [run for run in timed["rows"] if run["name"] == "modern"]
moments = sorted({run["moment"] for run in runs})
figure, ax = viz.panels(1, width=7, height=3.4)
for judge in orders[:2]:
    at = {m: [r[judge]["fd"] for r in runs if r["moment"] == m] for m in moments}
    for moment, found in at.items():
        ax.plot([moment] * len(found), found, "o", color=colors[judge], markersize=4)
    means_at = [np.mean(found) for found in at.values()]
    ax.plot(moments, means_at, color=colors[judge], label=f"{judge} judge")
    ax.axhline(real[judge]["floors"]["fd"][0], color=colors[judge], linestyle=":")
    print(
        f"{judge:6s} judge:",
        ", ".join(f"{m} s {v:.2f}" for m, v in zip(moments, means_at)),
    )
viz.plain_log(ax, "xy").set(xlabel="seconds", ylabel="Fréchet distance")
ax.set_xticks(moments, moments)
ax.legend()
plt.show()

# %%
for measure in ("recall", "coverage", "class_kl"):
    at = {m: [r["first"][measure] for r in runs if r["moment"] == m] for m in moments}
    told_so = [f"{m} s {np.mean(found):.4f}" for m, found in at.items()]
    print(f"{measure:9s} first judge:", ", ".join(told_so))

# %% [markdown]
# **What you should see.** By the first judge a minute halves the distance of half a
# minute, and two minutes take off more than a third of what is left. Then it stops:
# after five minutes both judges find the digits a little *farther*. Are they worse?
# Recall and coverage go on rising. But *class KL* (notebook 06) rises again, too: the
# shares of the ten digits drift away from the real ones. Nothing holds them in place.
# How much of the distance is that? Draw twice as many pictures of the shipped `modern`,
# and keep of each digit as many as there should be.

# %%
shipped, half = results.load_shipped("modern"), cfg.pick(10_000, smoke=1000)
drawn = results.generate(shipped.generator, 2 * half, latent_dim=shipped.latent_dim)
features, chances = cfg.judge.look(drawn)
test_features, test_chances = cfg.judge.look(cfg.data.test)
digit, count = chances.argmax(1), len(cfg.data.classes)
have = digit.bincount(minlength=count) / len(digit)
wanted = test_chances.argmax(1).bincount(minlength=count) / len(test_chances)
print("drawn", " ".join(f"{100 * share:5.1f}" for share in have), "%")
print("real ", " ".join(f"{100 * share:5.1f}" for share in wanted), "%")
kept = [
    torch.nonzero(digit == k)[: round(half * share.item()), 0]
    for k, share in enumerate(wanted)
]
for name, part in {"as drawn": slice(half), "real shares": torch.cat(kept)}.items():
    far = metrics.frechet_distance(features[part], test_features)
    print(f"{name:12s} distance {far:.2f}, first judge")

# %% [markdown]
# **What you should see.** The same G, and each of these pictures is its own. With the
# right number of each digit about a quarter of the distance is gone. So a part of what
# a Fréchet distance calls bad pictures is a wrong *mixture* of good ones. A G with
# labels or clusters draws each as often as it is asked to: one more reason why it comes
# nearer.

# %%
graph = results.stored("benchmarks/graph.json")
row = next(
    r for r in graph["rows"] if r["name"] == "modern" and r["precision"] == "fp32"
)
steps = np.mean([run["step"] for run in runs if run["moment"] == 300])
slow, fast = row["steps_per_s"]["eager"], row["steps_per_s"]["graph"]
print(f"five minutes: {steps:,.0f} steps")
print(f"{graph['gpu']}: {slow:.0f} steps a second, or {fast:.0f} as a recorded graph")
print(f"so {steps:,.0f} steps take {steps / slow:.0f} s, or {steps / fast:.0f} s")

# %% [markdown]
# **What you should see.** A graphics card makes as many steps in a fraction of the
# time, if they are recorded: one by one, it mostly waits for Python. (There only the
# speed was measured, with batches of 64, not the digits.)
#
# ## Recap
#
# - Compare under one clock, one change at a time, seed by seed, and keep every seed.
# - An average of G costs next to nothing and cannot disturb the training.
# - `PixelShuffle` is no arithmetic: it lays channels out as pixels. A transposed layer
#   of kernel 4 and stride 2 is a special case of it.
# - Under a clock, the shape of the work counts as much as its amount: the new networks
#   multiply more in the same time. That alone made no better digits here.
# - What a part is worth depends on what stands around it. Ask from below *and* from
#   above.
# - A label changes what the players are told. It moves the measures in different
#   directions, so one number cannot say whether it is better.
# - The start and the end of a training need different things: batch and average grow.
#
# ## Exercises
#
# **Exercise 1: and back.** (★, 5 minutes) D's first line folds a picture into channels.
# Write it by hand: the inverse of `shuffled`. Every block of r x r pixels becomes r x r
# channels.
#
# <details><summary>Hint</summary>
# Go through the three lines of <code>shuffled</code> from the last to the first. Which
# order of axes undoes 0, 1, 4, 2, 5, 3?
# </details>


# %% tags=["exercise"]
def unshuffled(x, r=2):
    """(B, C, r H, r W) -> (B, C r r, H, W): a block of pixels becomes channels."""
    ### BEGIN SOLUTION
    B, C, H, W = x.shape
    x = x.view(B, C, H // r, r, W // r, r)
    return x.permute(0, 1, 3, 5, 2, 4).reshape(B, C * r**2, H // r, W // r)
    ### END SOLUTION


blocks = torch.arange(16.0).view(1, 1, 4, 4)
twelve = torch.randn(3, 12, 7, 7, generator=rng)
check("by hand", lambda: unshuffled(blocks)[0, :, 0, 0], [0.0, 1.0, 4.0, 5.0])
check("there and back", lambda: unshuffled(shuffled(twelve)), twelve)
check("by four", lambda: unshuffled(some_real, 4), nn.PixelUnshuffle(4)(some_real))

# %% [markdown]
# **Exercise 2: a lean turn of D.** (★★, 15 minutes) The core of this notebook. Write
# D's half of the step so that D runs *once*, on real and fake pictures together, and G
# gets no gradient at all. Return the hinge loss.
#
# <details><summary>Hint</summary>
# <code>torch.no_grad()</code> around G draws fakes that remember nothing. Then one
# batch, one call, and <code>chunk(2)</code>.
# </details>


# %%
def what_moved():
    """Your turn of D on a fresh GAN: calls of D, G's gradients, did D and G move?"""
    fresh, calls = build(modern, seed=cfg.seed), []
    before = {side: copy.deepcopy(getattr(fresh, side)) for side in "GD"}
    fresh.D.register_forward_hook(lambda *_: calls.append(1))
    d_loss = lean_turn_of_D(fresh, some_real, some_z)
    graded = sum(w.grad is not None for w in fresh.G.parameters())
    moved = [
        any(not torch.equal(*pair) for pair in zip(a.parameters(), b.parameters()))
        for a, b in ((before["D"], fresh.D), (before["G"], fresh.G))
    ]
    return d_loss.item(), len(calls), graded, *moved


# %% tags=["exercise"]
def lean_turn_of_D(gan, real, z):
    """One update of gan.D; real (B, 1, 28, 28), z (B, latent_dim). Returns d_loss."""
    ### BEGIN SOLUTION
    with torch.no_grad():
        fake = gan.G(z)
    real_logits, fake_logits = gan.D(torch.cat([real, fake])).chunk(2)
    d_loss = hinge_d(real_logits, fake_logits)
    gan.opt_D.zero_grad()
    d_loss.backward()
    gan.opt_D.step()
    return d_loss
    ### END SOLUTION


check("the loss of a draw", lambda: what_moved()[0], 2.0, tolerance=0.05)
check("one call of D", lambda: what_moved()[1], 1)
check("no gradient for G", lambda: what_moved()[2], 0)
check("D moves, G does not", lambda: what_moved()[3:] == (True, False), True)

# %% [markdown]
# **Exercise 3: a transposed layer in disguise.** (★★★, 30 minutes) Given the weights of
# a transposed convolution with kernel 4, stride 2 and padding 1, return the weights of
# the convolution in `subpixel` that does exactly the same.
#
# <details><summary>Hint</summary>
# Take one dimension first. Output pixel <code>o</code> gets input pixel <code>i</code>
# times weight <code>k = o + 1 - 2 i</code>, where that is 0 to 3. Which two inputs
# reach an even output, and with which weights? Which reach an odd one? In a convolution
# of kernel 3, weight <code>j</code> belongs to input <code>i - 1 + j</code>.
# </details>


# %%
def both_ways(inputs=3, outputs=2):
    """The largest difference between a transposed layer and yours."""
    old = nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1, bias=False)
    maps = torch.randn(2, inputs, 7, 7, generator=rng)
    made = shuffled(F.conv2d(maps, as_subpixel(old.weight.detach()), padding=1))
    return (made - old(maps)).abs().max().item()


# %% tags=["exercise"]
def as_subpixel(weight):
    """Weights (inputs, outputs, 4, 4), transposed -> (4 outputs, inputs, 3, 3)."""
    ### BEGIN SOLUTION
    inputs, outputs = weight.shape[:2]
    new = weight.new_zeros(outputs, 2, 2, inputs, 3, 3)
    reaches = {0: {0: 3, 1: 1}, 1: {1: 2, 2: 0}}  # even or odd: {j: k}
    for a, rows in reaches.items():
        for b, columns in reaches.items():
            for i, k in rows.items():
                for j, m in columns.items():
                    new[:, a, b, :, i, j] = weight[:, :, k, m].T
    return new.flatten(0, 2)
    ### END SOLUTION


ones = torch.ones(1, 1, 4, 4)
check("four small windows", lambda: as_subpixel(ones).count_nonzero().item(), 16)
check("one channel", lambda: both_ways(1, 1), lambda gap: gap < 1e-5)
check("several channels", both_ways, lambda gap: gap < 1e-5)

# %% [markdown]
# **Questions**
#
# 4. (★, 5 minutes) Why may the average of G be updated with any beta without any danger
#    for the training, and why would an average of *D* be another matter?
#
#    <!-- BEGIN ANSWER -->
#    The average only draws pictures: no gradient goes through it, and neither player
#    ever sees it. D's job is to teach G. If G learnt from an average of D, it would
#    learn from a D of some hundred steps ago, and the game would be another one.
#    <!-- END ANSWER -->
# 5. (★★, 10 minutes) A friend trains for a hundred steps with an average of half-life
#    10,000 images and finds it useless. What do you tell them?
#
#    <!-- BEGIN ANSWER -->
#    After a hundred steps of 64 images, 0.5 to the power of 6400 / 10,000 is 64 %: so
#    much of the average is still the fresh G, which draws gray. A half-life must be a
#    small part of the training, or grow with it.
#    <!-- END ANSWER -->
# 6. (★★, 10 minutes) The ladder gives the lean step a rung of its own, although it
#    computes the same update. What would the comparison say if every training got the
#    same number of *steps*, and is that the better question?
#
#    <!-- BEGIN ANSWER -->
#    At equal steps the two trainings differ by rounding only, so their distances differ
#    as two seeds might, and the rung is worth nothing. Its worth lies in the steps that
#    it saves, which only a clock sees. Which question is better depends on what you
#    have little of. On a laptop that is time; with few data it may be pictures.
#    <!-- END ANSWER -->
# 7. (★★★, an evening, most of it waiting) Would the ladder look the same after five
#    minutes? Write down for each rung whether it gains or loses, then run
#    `python benchmarks/ladder.py --seconds 300 --seeds 0-1 --out longer.json`.
#
#    <!-- BEGIN ANSWER -->
#    We have not run it. A good guess says why: what speeds up the start (a higher rate,
#    cheaper steps) is worth less when there is time, what calms the end (an average,
#    falling rates) more. Two seeds give no interval to lean on; five take a night.
#    <!-- END ANSWER -->

# %% [markdown]
# ## In practice
#
# - `python -m gan_utils train modern --seconds 300` trains the top of the ladder with
#   what grows, `modern_labels` and `modern_clusters` the same with labels.
# - Start from a recipe that works and take parts away, one at a time. It is the
#   quickest way to find out what you need.
# - Before you add a trick, ask what it costs in seconds, and give the same seconds to
#   the GAN without it.
# - Publish the seeds that went wrong, too.
#
# ## Next
#
# This is the end of the series. Three ways lead on. *Deeper*: take the capstone of [06
# · Measure quality](06_measure_quality.ipynb) again, now with every part of this ladder
# in your hands. *Wider*: run the series on other pictures, `dataset="fashion"` or a
# folder of your own, and see which rungs still hold. *Further*: read the R3GAN paper,
# then [Karras et al. (2020)](https://arxiv.org/abs/1912.04958), whose generator puts
# the style in at every scale, and ask of every part what section 8 asks: what if it
# were not there?
