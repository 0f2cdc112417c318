# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 03 · Give the networks eyes: a DCGAN
#
# **What you'll do.** Replace the fully connected networks of notebook 02 by
# convolutional ones, keep the training step as it is, and find out what each change is
# worth.
#
# **What you'll learn**
# - how a convolution halves a picture and a transposed convolution doubles it
# - where checkerboards come from, what helps against them, and what that costs
# - the rules of the DCGAN paper, and which of them we keep
# - how to compare two generators fairly: same seconds, same ruler, several draws
# - how to compare two *changes* fairly: one at a time, over several trainings
# - what D's first filters look for
#
# **What you'll need.** Notebook 02: the game, the two losses, the step. If you have not
# run it, its shipped result stands in.

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
profile: str = "quick"  # smoke, quick or full: how much work to do
seed: int = 0  # one seed for data order, latents and initial weights
dataset: str = "auto"  # auto, mnist, fashion, kmnist, offline or a folder
device: str = "auto"  # auto, cpu, cuda or mps; with a number format: "cpu fp32"
out_dir: str = None  # root folder of this run's results; None: runs/lab
epochs: int = None  # passes over the training images; None: the profile's value
batch_size: int = None  # images per update; None: the profile's value

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

# %%
from gan_utils import callbacks, data, judge, losses, metrics, models, results, viz
from gan_utils.gan import Gan, adam
from gan_utils.lesson import check, lesson
from gan_utils.training import fit, linear_decay

cfg = lesson("03_dcgan", globals())  # checks the parameters above
viz.use_style()

# %% [markdown]
# ## 1. Down: what a convolution sees
#
# The first layer of an MLP has one weight for every pixel in every unit. A convolution
# has a small window of weights, say 4 x 4, and slides it over the picture. Two things
# follow. Neighbours belong together from the start. And what has been learnt at one
# place holds everywhere: a detector for the end of a stroke need not be learnt 784
# times.
#
# With a **stride** of 2 the window moves two pixels at a time, and the picture comes
# out half as large. The size that comes out is
#
# $$\text{out} = \left\lfloor
#   \frac{\text{in} + 2\,\text{padding} - \text{kernel}}{\text{stride}}
#   \right\rfloor + 1$$

# %% tags=["nbval-check-output"]
BY_TWO = dict(kernel_size=4, stride=2, padding=1)  # the same numbers all through
picture = torch.zeros(1, 1, 28, 28)
halve = nn.Conv2d(1, 8, **BY_TWO)
size = tuple(halve(picture).shape[-2:])
print("28 x 28 ->", size, "-> by the formula", (28 + 2 - 4) // 2 + 1)
print("weights of the convolution:", halve.weight.numel())
print("of an MLP from the same pixels to as many outputs:", 784 * 8 * 14 * 14)

# %% [markdown]
# ## 2. Up: a transposed convolution, and two ways to weave a checkerboard
#
# G goes the other way, from a few numbers to a picture. A transposed convolution puts a
# copy of its window at every input pixel, two pixels apart, and adds up where copies
# overlap. With kernel 4, stride 2 and padding 1 it doubles the size exactly.
#
# Neighbouring pixels should be treated alike. There are two reasons why they are not
# ([Odena et al., 2016](https://distill.pub/2016/deconv-checkerboard/)). The first is
# the *number of copies*. If the kernel is not a multiple of the stride, some pixels
# receive more copies than others. Count them by setting all inputs and weights to 1.


# %%
def overlaps(kernel_size, padding):
    """How many copies of the window each output pixel receives."""
    layer = nn.ConvTranspose2d(1, 1, kernel_size, stride=2, padding=padding, bias=False)
    nn.init.ones_(layer.weight)
    return layer(torch.ones(1, 1, 8, 8)).detach()[0, 0, 2:-2, 2:-2]


figure, axes = viz.panels(2, width=6, height=2.8)
for ax, (kernel_size, padding) in zip(axes, [(3, 1), (4, 1)]):
    copies = overlaps(kernel_size, padding)
    drawn = ax.imshow(copies, cmap="viridis", vmin=0, vmax=4)
    ax.set(title=f"kernel {kernel_size}, stride 2", xticks=[], yticks=[])
    ax.grid(visible=False)
    print(f"kernel {kernel_size}: copies {copies.unique().int().tolist()}")
figure.colorbar(drawn, ax=axes, label="copies added up")
plt.show()

# %% [markdown]
# **What you should see.** Left, a pattern of ones, twos and fours, which G would have
# to learn to undo. Right, every pixel gets four copies. So choose a *kernel that is a
# multiple of the stride*. That mends the first reason, and only that one.
#
# The second reason is the *weights*. Think of the 4 x 4 window as it lies on the output
# pixels. A pixel in an even row and an even column meets four of its sixteen weights.
# The pixel to its right meets four others, and so on: four small windows, one for each
# mixture of even and odd. Nothing makes the four alike. Here is what fresh random
# weights make of an input that is the same everywhere. Beside them stands the other way
# to double a picture: repeat every pixel, then use an ordinary convolution.


# %%
def upsample_conv(inputs, outputs, **options):
    """(B, inputs, H, W) -> (B, outputs, 2 H, 2 W): repeat the pixels, then convolve."""
    conv = nn.Conv2d(inputs, outputs, kernel_size=3, padding=1, **options)
    return nn.Sequential(nn.Upsample(scale_factor=2), conv)


torch.manual_seed(cfg.seed)
figure, axes = viz.panels(2, width=6, height=2.8)
ways = {"transposed, kernel 4": nn.ConvTranspose2d(1, 1, **BY_TWO)}
ways["upsample + convolution"] = upsample_conv(1, 1)
for ax, (name, layer) in zip(axes, ways.items()):
    made = layer(torch.ones(1, 1, 8, 8)).detach()[0, 0, 2:-2, 2:-2]
    ax.imshow(made, cmap="gray", vmin=-1, vmax=1)
    ax.set(title=name, xticks=[], yticks=[])
    ax.grid(visible=False)
    print(f"{name}: {made.round(decimals=3).unique().numel()} different values")
plt.show()

# %% [markdown]
# **What you should see.** Left, four grays in turn: a checkerboard out of nothing, with
# a kernel that follows the rule. Right, one gray: an ordinary convolution has one
# window for all pixels. Training may change the weights, of course, for better or for
# worse. Section 5 looks at both ways in a real training.

# %% [markdown]
# ## 3. The DCGAN rules, ten years later
#
# [Radford et al. (2015)](https://arxiv.org/abs/1511.06434) found by long trial which
# convolutional GANs train at all. Their rules, and what we do:
#
# | Rule of the paper | Here |
# |---|---|
# | strided convolutions, no pooling | kept: each network learns its own way to resize |
# | batch norm in G and in D | kept in G, left out in D (see below) |
# | no fully connected hidden layers | relaxed: one in each network (see below) |
# | ReLU in G, `Tanh` at its end | kept |
# | LeakyReLU in D | kept: a slope of 0.2 lets gradient through to G |
# | Adam, rate 0.0002, momentum 0.5 | a higher rate that decays, no momentum |
#
# Why the exceptions? In D, batch norm ties the score of one picture to the other
# pictures of its batch: fakes are then judged by their company. That may help or hurt;
# we chose the simpler way (question 5). And a dense layer where the pictures are
# smallest is nearly free, as a matrix product is the cheapest arithmetic that a
# processor knows.
#
# And Adam: `betas=(0, 0.99)` comes from [Karras et al.
# (2018)](https://arxiv.org/abs/1710.10196). Without momentum each update follows the
# opponent as it is now, and we let the rate be twice that of notebook 02. So two things
# change in this notebook, networks and optimiser. Section 7 takes them apart.
#
# Batch norm in G re-centres and re-scales every feature over the batch, so that no
# layer hands on numbers that are far too large or too small. It also means that G
# behaves differently in `train()` and `eval()` mode: use `eval()` to draw pictures.


# %%
class DCGANGenerator(nn.Module):
    """z (B, latent_dim) -> images (B, 1, 28, 28) in [-1, 1]."""

    def __init__(self, latent_dim=64, ngf=32, hidden=512):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(latent_dim, hidden, bias=False),
            nn.BatchNorm1d(hidden),
            nn.ReLU(),
            nn.Linear(hidden, 2 * ngf * 7 * 7, bias=False),
            nn.BatchNorm1d(2 * ngf * 7 * 7),
            nn.ReLU(),
            nn.Unflatten(1, (2 * ngf, 7, 7)),  # 7 x 7
            nn.ConvTranspose2d(2 * ngf, ngf, bias=False, **BY_TWO),  # 14 x 14
            nn.BatchNorm2d(ngf),
            nn.ReLU(),
            nn.ConvTranspose2d(ngf, 1, **BY_TWO),  # 28 x 28
            nn.Tanh(),  # the range of real images
        )

    def forward(self, z):
        return self.net(z)


# %% [markdown]
# Read the margin from top to bottom: 7, 14, 28. `BY_TWO` holds the numbers of section
# 1: kernel 4, stride 2, padding 1. A convolution halves with them, a transposed one
# doubles. (A layer before batch norm needs no bias: batch norm subtracts it again.) D
# runs the same way back.


# %%
class DCGANDiscriminator(nn.Module):
    """images (B, 1, 28, 28) in [-1, 1] -> logits (B,)."""

    def __init__(self, ndf=32, hidden=256):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(1, ndf, **BY_TWO),  # 14 x 14
            nn.LeakyReLU(0.2),
            nn.Conv2d(ndf, 2 * ndf, **BY_TWO),  # 7 x 7
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(2 * ndf * 7 * 7, hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(hidden, 1),
            nn.Flatten(0),  # (B, 1) -> (B,)
        )

    def forward(self, images):
        return self.net(images)


# %% tags=["nbval-check-output"]
latent_dim = 64
x = torch.randn(2, latent_dim)
for layer in DCGANGenerator(latent_dim).net:
    x = layer(x)
    if not isinstance(layer, (nn.ReLU, nn.BatchNorm1d, nn.BatchNorm2d)):
        print(f"{type(layer).__name__:16s}", tuple(x.shape[1:]))
assert x.shape == (2, 1, 28, 28) and DCGANDiscriminator()(x).shape == (2,)

# %% [markdown]
# Are these networks larger than those of notebook 02? Count their weights.


# %% tags=["nbval-check-output"]
def weights(net):
    """How many numbers training may change in a network."""
    return sum(parameter.numel() for parameter in net.parameters())


print(f"G: MLP {weights(models.MLPGenerator()):,}, DCGAN {weights(DCGANGenerator()):,}")
one, other = models.MLPDiscriminator(), DCGANDiscriminator()
print(f"D: MLP {weights(one):,}, DCGAN {weights(other):,}")
print(f"   of these in its convolutions {weights(other.net[:4]):,}")

# %% [markdown]
# G has a few more, D little more than half. Do not read strength from such counts. A
# weight of a convolution works at every place of the picture, a weight of a dense layer
# at one. The benchmark `python benchmarks/sweep.py` has a case in point: our best
# recipe with the D of notebook 02, which has far more weights than its own, ends at a
# Fréchet distance of 7.5 in place of 1.3 (section 6 says what that is; lower is better;
# one training each).

# %% [markdown]
# ## 4. The same step
#
# Not a word has changed since notebook 02, except that the losses now come from the
# package as a pair: `losses.bce.d` and `losses.bce.g` are the `bce_d` and `bce_g` that
# you wrote there. That is the beauty of the game. It does not care what the players are
# made of.


# %%
def train_step(gan, real, z):
    """One update of D, then one of G; real (B, 1, 28, 28), z (B, latent_dim)."""
    fake = gan.G(z)
    real_logits, fake_logits = gan.D(real), gan.D(fake.detach())  # G is kept out
    d_loss = losses.bce.d(real_logits, fake_logits)
    gan.opt_D.zero_grad()
    d_loss.backward()
    gan.opt_D.step()

    after_logits = gan.D(fake)  # by the D that we have just improved
    g_loss = losses.bce.g(after_logits)
    gan.opt_G.zero_grad()
    g_loss.backward()
    gan.opt_G.step()
    return {
        "d_loss": d_loss,
        "g_loss": g_loss,
        "D(x)": real_logits.sigmoid().mean(),
        "D(G(z)) before": fake_logits.sigmoid().mean(),
        "D(G(z)) after": after_logits.sigmoid().mean(),
    }


# %%
def new_gan(G, D):
    """Two players, each with the optimiser of this notebook."""
    G, D = (n.to(cfg.device, memory_format=torch.channels_last) for n in (G, D))
    how = dict(lr=1e-3, betas=(0.0, 0.99))
    return Gan(G=G, D=D, opt_G=adam(G, **how), opt_D=adam(D, **how))


torch.manual_seed(cfg.seed)
gan = new_gan(DCGANGenerator(latent_dim), DCGANDiscriminator())
first_filters = gan.D.net[0].weight.detach().cpu().clone()  # for section 8

# %% [markdown]
# `channels_last` is the order in memory that convolutions like best. It changes the
# speed, not the result. The batches and the fixed latents are those of notebook 02.

# %%
batches = data.Batches(
    cfg.data.train,
    batch_size=cfg.batch_size,
    latent_dim=latent_dim,
    seed=cfg.seed,
    device=cfg.device,
)
rng = torch.Generator().manual_seed(cfg.seed)
z_fixed = torch.randn(256, latent_dim, generator=rng).to(cfg.device)
snapshots = callbacks.Snapshots(z_fixed[:64])

# %% [markdown]
# Now train. `fit` is the loop that you wrote in notebook 02, with a clock. It repeats
# your step on one batch after the other. `linear_decay` keeps the learning rate for
# half of the run and then lets it fall to zero. Three callbacks look on and change
# nothing: one keeps pictures, one draws the live view, one prints the lines.

# %%
look_on = [
    snapshots,
    callbacks.LiveView(z_fixed, cfg.labels),
    callbacks.Progress(cfg.out_dir / "progress.jsonl"),
]
history = fit(
    train_step,
    gan,
    batches,
    epochs=cfg.epochs,
    schedule=linear_decay,
    precision=cfg.precision,
    callbacks=look_on,
)

# %% [markdown]
# (`precision` is the number format. On processors that gain from it, the networks
# compute in bf16, which keeps two to three digits. Does that cost quality? `python
# benchmarks/precision.py` trained this GAN for 1,000 steps in both formats, from five
# seeds. In bf16 the Fréchet distance of section 6 came out 7 % lower on average, with a
# 95 % interval from 18 % lower to 5 % higher. So no difference is shown. Nor is it
# shown that there is none: the interval says how large it may be.)

# %%
figure, (top, bottom) = viz.panels(1, nrow=2, height=5.6, sharex=True)
viz.plot_losses(history, ax=top)
viz.plot_scores(history, ax=bottom)
plt.show()

late = slice(len(history) // 2, None)
for name in ("d_loss", "g_loss", "D(x)", "D(G(z)) before"):
    print(f"{name:15s} mean of the second half {history[name][late].mean():.2f}")

# %% [markdown]
# **What you should see.** The same picture as in notebook 02: `d_loss` below its dotted
# line, `g_loss` above, scores on both sides of one half. From these curves alone you
# could not tell which of the two GANs paints better. So let us look.

# %%
viz.film_strip(
    snapshots.images[:, :8],
    snapshots.steps,
    title="Eight latents through training; the number is the step",
)
plt.show()

# %% tags=["thumbnail"]
viz.show_grid(
    snapshots.images[-1], ncol=16, title="64 latents, not picked, after training"
)
plt.show()

# %% [markdown]
# Strokes have one width, ends are round, the background is black. Most of these could
# pass for handwriting. Not all do. Look for a stroke that leads nowhere, or a digit
# between two classes.

# %% [markdown]
# ## 5. Catch the checkerboard in the act
#
# Go back to the film strip, to its second column. That is no noise. It is the
# checkerboard of section 2, and nearly the same one for every latent, batch norm or
# not. Let us watch these first steps closely, and with both ways to double a picture.
# The second G differs from the first in those two layers alone.


# %%
def upsampling_generator():
    """The generator of section 3 with `upsample_conv` for its transposed layers."""
    G = DCGANGenerator(latent_dim)
    G.net[7] = upsample_conv(64, 32, bias=False)  # 14 x 14
    G.net[10] = upsample_conv(32, 1)  # 28 x 28
    return G


def beginning(make_G, seed, every=4, count=8):
    """Pictures uint8 (1 + count, 64, 28, 28) of a fresh G, and seconds a step."""
    torch.manual_seed(seed)
    fresh, seconds = new_gan(make_G(), DCGANDiscriminator()), 0
    pictures = [fresh.draw(z_fixed[:64])]
    for stop in range(every, every * count + 1, every):
        run = fit(train_step, fresh, batches, steps=stop, precision=cfg.precision)
        pictures.append(fresh.draw(z_fixed[:64]))
        seconds += run.seconds / (every * count)
    return torch.stack(pictures), seconds


# %% [markdown]
# For the pattern we need a number, too. Sort the pixels of a picture into four heaps:
# even or odd row, even or odd column. In a picture of handwriting all four have nearly
# the same mean gray, as a pen does not know about even and odd. In a checkerboard they
# do not. The second number is the variety: how much a pixel varies from latent to
# latent.


# %%
def unevenness(images):
    """Deviation of the four means, in gray levels; images uint8 (N, 28, 28)."""
    heaps = [images[:, i::2, j::2].float().mean((1, 2)) for i in (0, 1) for j in (0, 1)]
    return torch.stack(heaps).std(dim=0).mean().item()


def variety(images):
    """Deviation of a pixel over the images, in gray levels, its mean over pixels."""
    return images.float().std(dim=0).mean().item()


# %%
makers = {
    "transposed": lambda: DCGANGenerator(latent_dim),
    "upsample": upsampling_generator,
}
begun = {
    (name, cfg.seed + more): beginning(make, cfg.seed + more)
    for more in range(3)
    for name, make in makers.items()
}
rows = {name: begun[name, cfg.seed][0] for name in makers}
viz.show_rows(
    [pictures[:, i] for pictures in rows.values() for i in range(3)],
    titles=[name for name in rows for _ in range(3)],
    columns=[4 * i for i in range(9)],
    title="The first steps of two generators, three latents each",
)
plt.show()

# %%
print("at step 24         seed  unevenness  variety  ms a step")
for (name, seed), (pictures, seconds) in begun.items():
    grays = f"{unevenness(pictures[6]):10.1f}  {variety(pictures[6]):7.1f}"
    print(f"{name:17s} {seed:5d}  {grays}  {1000 * seconds:9.0f}")
real = cfg.data.test[:1000]
print(f"{'real digits':23s}  {unevenness(real):10.1f}  {variety(real):7.1f}")
end = torch.as_tensor(snapshots.images[-1])
print(f"{'section 4, at its end':23s}  {unevenness(end):10.1f}  {variety(end):7.1f}")

# %% [markdown]
# **What you should see.** Above, the transposed layers weave their pattern first, in
# all three trainings, many times as uneven as real digits. Only then do digits come
# through. Below, with upsampling, no checkerboard: soft clouds from the start, and
# strokes while the other G still weaves. Why does training make it *worse* at first? A
# guess: a young D asks for something busier than gray, and four small windows can give
# that at once, whatever the latent.
#
# What you do *not* see is a reason to throw the transposed layers away. The last line
# says that the pattern is gone at the end: G has learnt to undo it. A step with
# upsampling takes longer, as its convolution works on the large picture, so fewer steps
# fit into the same time. Which of the two ends better, these few steps cannot say. (A
# third way, `PixelShuffle`, is in the networks of our best recipe.)

# %% [markdown]
# ## 6. Side by side, at equal seconds
#
# Is the DCGAN better than the MLP? "After the same number of steps" would be an unfair
# question, as a step of the DCGAN costs more. What you have on a laptop is time. So we
# time the steps of both, ten in turn, so that whatever else your computer does disturbs
# both alike. Then we take the stored pictures nearest to the same seconds.

# %%
mlp = results.load_own_or_shipped(cfg.previous("02_vanilla_gan"), "mlp")
rivals = {
    "MLP": new_gan(models.MLPGenerator(latent_dim), models.MLPDiscriminator()),
    "DCGAN": new_gan(DCGANGenerator(latent_dim), DCGANDiscriminator()),
}


def step_seconds(players, steps=10):
    """Seconds that each of the next steps takes, on average."""
    until = {"steps": players.step + steps, "precision": cfg.precision}
    return fit(train_step, players, batches, **until).seconds / steps


rounds = [[step_seconds(players) for players in rivals.values()] for _ in range(6)]
per_step = dict(zip(rivals, np.median(rounds[1:], axis=0)))  # the first warms up
film = {"MLP": (mlp.steps, mlp.images), "DCGAN": (snapshots.steps, snapshots.images)}
clocks = {name: per_step[name] * np.asarray(film[name][0]) for name in film}
for name, clock in clocks.items():
    each = 1000 * per_step[name]
    print(f"{name:5s} {each:4.0f} ms a step, {clock[-1]:4.0f} s in all")

# %%
last = min(clock[-1] for clock in clocks.values())
moments = last * np.linspace(0, 1, 7)[1:] ** 2  # seconds, dense at the start
rows = []
for name, clock in clocks.items():
    nearest = [int(np.abs(clock - moment).argmin()) for moment in moments]
    rows += [film[name][1][nearest, i] for i in range(3)]
viz.show_rows(
    rows,
    titles=["MLP"] * 3 + ["DCGAN"] * 3,
    columns=[f"{moment:.0f} s" for moment in moments],
    title="Three latents each, at equal training time",
)
plt.show()

# %% [markdown]
# Now with rulers. The first is the lonely pixels of notebook 02. The others come from a
# **judge**: a classifier that has learnt digits from real ones.
#
# - The *Fréchet distance* (FD) compares what the judge sees in generated and in real
#   pictures, as two clouds of points. Lower is better. Notebook 06 builds it. A second
#   judge, another network, checks the first.
# - *Legible* are pictures that the first judge reads with a confidence above 0.9.
#
# Each of them depends on the latents that happen to be drawn. So we draw four times,
# and print the mean and the range. Real images, drawn at random, show what is normal.

# %%
n, some = cfg.pick(2000, smoke=200), cfg.pick(10000, smoke=1000)
judges = [judge.load_judge(cfg.data, which) for which in ("first", "second")]
real_features = [each.look(cfg.data.test[:some])[0] for each in judges]


def scores(images):
    """Lonely pixels, FD by both judges, percent legible; images (N, 28, 28)."""
    looks = [each.look(images) for each in judges]
    pairs = zip(looks, real_features)
    distances = [metrics.frechet_distance(seen, real) for (seen, _), real in pairs]
    legible = 100 * (looks[0][1].amax(dim=1) > 0.9).float().mean().item()
    return metrics.speckles(images), *distances, legible


def show_scores(name, draws):
    """A line: the mean of each score over several draws, and the range."""
    columns = np.transpose([scores(images) for images in draws])
    texts = [f"{c.mean():.2f} ({c.min():.2f}-{c.max():.2f})" for c in columns]
    print(f"{name:11s}", " ".join(f"{text:>20s}" for text in texts))


# %%
def some_real():
    """n training images, drawn at random."""
    return cfg.data.train[torch.randperm(len(cfg.data.train), generator=rng)[:n]]


def drawn(G):
    """Four sets of n pictures, from four sets of latents."""
    return [results.generate(G, n, latent_dim=latent_dim, seed=k) for k in range(1, 5)]


sets = {"MLP": drawn(mlp.generator), "DCGAN": drawn(gan.G)}
names = ("lonely pixels", "FD, first judge", "FD, second judge", "legible, %")
print(f"{n} a draw ", " ".join(f"{name:>20s}" for name in names))
show_scores("real images", [some_real() for _ in range(4)])
for name, draws in sets.items():
    show_scores(name, draws)

# %% [markdown]
# **What you should see.** The DCGAN has nearly as few lonely pixels as real
# handwriting, and the MLP has several in every picture. By both judges, too, the DCGAN
# is nearer to real digits by far, and more of its pictures can be read. The ranges do
# not touch, so luck in drawing latents is no explanation. Real digits are still nearer
# and more legible than either. (Do not trust legibility alone: a judge that knows
# nothing but digits can be sure of nonsense, too.)
#
# A generator that copied the training images would score best of all. Here are the
# nearest pairs, to check that with your own eyes.

# %%
fakes = sets["DCGAN"][0][:500]
distances, indices = metrics.nearest(fakes, cfg.data.train)
from_test, _ = metrics.nearest(cfg.data.test[:500], cfg.data.train)
viz.show_pairs(
    fakes[:10],
    cfg.data.train[indices[:10, 0]],
    title="Ten fakes, each above its nearest training image",
)
plt.show()
print(f"median distance to the nearest training image: fakes {distances.median():.2f}")
print(f"                                         test images {from_test.median():.2f}")

# %% [markdown]
# Mostly the same class and the same slant, but not the same digit. And fakes are about
# as far from the training images as test images are, which no G has seen. G has not
# copied.

# %% [markdown]
# ## 7. One change at a time
#
# That was no fair comparison of *networks*: our DCGAN has another optimiser as well.
# And it was one training each. Another seed gives another GAN. To know what a change is
# worth, make no other, and repeat it with several seeds.
#
# That takes more time than a lesson has, so we have done it for you. Three GANs were
# trained for as many steps as 60 seconds buy, from five seeds each. The first is that
# of notebook 02, the third that of section 4. Between them stand the networks of this
# notebook with the optimiser of the last one. Both judges looked at 10,000 pictures of
# each. This repeats it:
#
# `python benchmarks/sweep.py "notebook 02" "notebook 03, Adam of 02" "notebook 03"
# --seconds 60 --seeds 0-4 --out benchmarks/one_factor.json`

# %%
stored = results.stored("benchmarks/one_factor.json")
steps = {row["name"]: row["steps"] for row in stored["rows"]}
print("{cores} cores of {processor}, {precision}".format(**stored["machine"]))
print("steps of each training:", steps)


def distances_of(name, which):
    """The Fréchet distance of each training called `name`, by seed: (5,)."""
    rows = [row for row in stored["rows"] if row["name"] == name]
    return np.array([row[which]["fd"] for row in sorted(rows, key=lambda r: r["seed"])])


gans = {
    "notebook 02": "networks of 02\noptimiser of 02",
    "notebook 03, Adam of 02": "networks of 03\noptimiser of 02",
    "notebook 03": "networks of 03\noptimiser of 03",
}

# %%
figure, axes = viz.panels(2, width=8.5, height=3.4, sharey=True)
for ax, which in zip(axes, ("first", "second")):
    table = np.array([distances_of(name, which) for name in gans])  # (3, seeds)
    ax.plot(table, "o-", color="0.45", linewidth=1, markersize=5)
    ax.plot(table.mean(axis=1), "_", color="C1", markersize=26, markeredgewidth=3)
    ax.set(title=f"{which} judge", xlim=(-0.4, 2.4), ylim=(0, None))
    ax.set_xticks(range(3), gans.values(), fontsize=8)
axes[0].set_ylabel("Fréchet distance")
figure.suptitle("Each line is a seed; orange is the mean of the five")
plt.show()

# %% [markdown]
# Each line belongs to one seed, so compare along the lines. For a change, take the
# difference of every seed, and then the mean of the five. How sure is that mean? Draw
# five of the five differences with replacement, thousands of times, and see where the
# means fall. This is the *bootstrap*. We look at four such intervals at once, two
# changes by two judges, and one of four is wrong more easily than one alone. So each
# gets a confidence of 98.75 % in place of 95 %.


# %%
def interval(differences, confidence):
    """Bootstrap interval of the mean of differences (n,): (low, high)."""
    n, random = len(differences), np.random.default_rng(0)
    means = differences[random.integers(0, n, size=(10_000, n))].mean(axis=1)
    rest = (1 - confidence) / 2
    return np.quantile(means, [rest, 1 - rest])


names, changes = list(gans), ("networks", "optimiser")
for change, before, after in zip(changes, names, names[1:]):
    for which in ("first", "second"):
        change_of = distances_of(after, which) - distances_of(before, which)
        low, high = interval(change_of, 1 - 0.05 / 4)
        mean = f"{change_of.mean():6.2f}, interval {low:6.2f} to {high:6.2f}"
        print(f"{change:9s}, {which:6s} judge: {mean}; seeds {change_of.round(1)}")

# %% [markdown]
# **What you should see.** All lines fall, twice, by both judges. The networks take off
# nearly half of the distance or more, and the optimiser more than half of what is left.
# Both matter, and the networks more. No interval holds zero. (Signs alone would prove
# less: a fair coin falls five times on the same side once in sixteen tries.)
#
# But a minute is short. Notebook 02 trains for three times as many steps, and its MLP
# ends much nearer to real digits than here (section 6). So these figures compare what a
# minute buys, not what the networks can reach.

# %% [markdown]
# ## 8. What does D look at?
#
# D's first layer has 32 windows of 4 x 4 weights. Before training they are noise. Here
# are the eight that training has changed most, with purple for plus, orange for minus.
# Below each stands its *feature map* of a digit: bright where it answers more than it
# does to empty paper.

# %%
filters = gan.D.net[0].weight.detach().float().cpu()
most = (filters - first_filters).flatten(1).norm(dim=1).argsort(descending=True)[:8]
digit = data.to_float(cfg.data.test[:1])
maps = nn.functional.conv2d(digit + 1, filters, stride=2, padding=1)[0].relu()
rows = [first_filters[most, 0], filters[most, 0], maps[most]]
looks = [dict(cmap="PuOr", vmin=-0.5, vmax=0.5)] * 2 + [dict(cmap="gray", vmin=0)]

figure, axes = viz.panels(8, nrow=3, height=3.8)
for i, ax in enumerate(axes):
    row, column = divmod(i, 8)
    ax.imshow(rows[row][column], **looks[row])
    ax.set(xticks=[], yticks=[])
    ax.grid(visible=False)
for ax, name in zip(axes[::8], ("before", "after", "feature map")):
    ax.set_ylabel(name)
plt.show()

# %% [markdown]
# Two numbers tell what has become of the noise. *Balance* is the size of the sum of a
# window's weights, over the sum of their sizes. At 1 all weights have one sign: such a
# window measures ink. At 0 plus and minus cancel: it answers only where ink begins or
# ends. *Largest* is the largest weight of a window.

# %%
for name, windows in [("before", first_filters[most]), ("after", filters[most])]:
    sizes = windows.abs().flatten(1)
    balance = windows.flatten(1).sum(dim=1).abs() / sizes.sum(dim=1)
    print(f"{name:6s} balance {balance.mean():.2f}, largest {sizes.amax(1).mean():.2f}")

# %% [markdown]
# **What you should see.** Training has not made ink meters of them: the balance has
# fallen, so plus and minus nearly cancel, and the largest weights have grown. In each
# window a few strong weights of both signs stand side by side. Such a window answers to
# ink that ends in one direction. One map is bright along the bar of the 7 and leaves
# out its leg, another does the reverse, and some draw the rim of a stroke on both of
# its sides. They are not the clean edges of textbooks, and some of the noise still
# shows.
#
# Keep the result for notebook 05.

# %%
counts = metrics.class_counts(cfg.labels.label(sets["DCGAN"][0]))
folder = results.save_result(
    cfg.out_dir,
    generator=gan.G,
    snapshots=snapshots,
    history=history,
    meta=cfg.about(
        recipe="dcgan",
        latent_dim=latent_dim,
        steps=gan.step,
        speckles=metrics.speckles(sets["DCGAN"][0]),
        class_counts=counts.tolist(),
    ),
)

# %% [markdown]
# ## Recap
#
# - A strided convolution halves a picture, a transposed one doubles it.
# - Checkerboards have two sources: uneven counts of copies, which a kernel that is a
#   multiple of the stride prevents, and uneven weights, which it does not.
# - Of the DCGAN rules most still hold. Batch norm in D and the ban on dense layers do
#   not have to.
# - The training step is the same for all networks.
# - Compare two generators at equal seconds, over several draws of latents.
# - Compare two changes one at a time, seed by seed, over several trainings.

# %% [markdown]
# ## Exercises
#
# **Exercise 1: and back.** (★, 5 minutes) Return the height that comes out of a
# transposed convolution. For every size that a convolution maps without remainder, it
# must lead back.
#
# <details><summary>Hint</summary>
#
# Which heights does the convolution of section 1 map to 14? Take the one for which
# nothing is rounded.
#
# </details>


# %% tags=["exercise"]
def size_back(size, kernel_size, stride, padding):
    """Height of a transposed convolution's output for an input of height `size`."""
    ### BEGIN SOLUTION
    return (size - 1) * stride - 2 * padding + kernel_size
    ### END SOLUTION


check("7 doubles to 14", lambda: size_back(7, 4, 2, 1), 14)
check("1 grows to 7", lambda: size_back(1, 7, 1, 0), 7)
check("9 with stride 3", lambda: size_back(9, 5, 3, 2), 25)

# %% [markdown]
# **Exercise 2: a convolution by hand.** (★★, 15 minutes) The core of this notebook.
# Slide a window over an image, without padding. At every place multiply the window with
# what lies below it, pixel by pixel, and add up. Your function must let gradients
# through, as every layer of a network does.
#
# <details><summary>Hint</summary>
#
# Two loops will do. Collect the sums in a list. `torch.stack` makes a tensor of it and
# keeps the gradient; `torch.tensor` would lose it.
#
# </details>


# %%
numbers, small = torch.arange(16.0).reshape(4, 4), torch.tensor([[0.0, 1], [2, 3]])
counts = torch.tensor([1.0, 1, 2, 2, 1, 1])
big = torch.zeros(28, 28)


def how_often_each_counts():
    """The slope of all your sums together, by the pixels of an image (6, 6)."""
    image = torch.zeros(6, 6, requires_grad=True)
    convolve(image, torch.ones(4, 4), 2).sum().backward()
    return image.grad


# %% tags=["exercise"]
def convolve(image, window, stride):
    """Image (H, W), window (k, k) -> (H', W'): the sum of products at each place."""
    ### BEGIN SOLUTION
    k = len(window)
    rows, columns = ((size - k) // stride + 1 for size in image.shape)
    sums = [
        (image[i : i + k, j : j + k] * window).sum()
        for i in range(0, rows * stride, stride)
        for j in range(0, columns * stride, stride)
    ]
    return torch.stack(sums).reshape(rows, columns)
    ### END SOLUTION


check(
    "shape", lambda: convolve(big, torch.ones(4, 4), 2), lambda y: y.shape == (13, 13)
)
check("by hand", lambda: convolve(numbers, small, 2), [[24, 36], [72, 84]])
check("gradient", how_often_each_counts, torch.outer(counts, counts))

# %% [markdown]
# **Exercise 3: an even start.** (★★★, 25 minutes) Can a transposed convolution start
# without its checkerboard? Make new weights out of given ones, of the same shape, so
# that an input that is the same everywhere gives an output that is the same everywhere
# (away from the rim). The window must not become flat: that would be too easy.
#
# <details><summary>Hint</summary>
#
# Section 2 speaks of four small windows in the large one. Find out which of the sixteen
# weights belong to which, and what the four need to have in common. The idea is that of
# [Aitken et al. (2017)](https://arxiv.org/abs/1707.02937).
#
# </details>


# %% tags=["exercise"]
def even_start(weight):
    """Weights (inputs, outputs, 4, 4) -> weights of that shape, even at stride 2."""
    ### BEGIN SOLUTION
    small = weight[..., ::2, ::2]  # one of the four small windows, for all
    return small.repeat_interleave(2, dim=-1).repeat_interleave(2, dim=-2)
    ### END SOLUTION


def of_a_constant():
    """What your weights make of ones, away from the rim: (2, 8, 8)."""
    weight = even_start(torch.randn(3, 2, 4, 4, generator=rng))
    options = dict(stride=2, padding=1)
    made = nn.functional.conv_transpose2d(torch.ones(1, 3, 6, 6), weight, **options)
    return made[0, :, 2:-2, 2:-2]


grid = torch.arange(32.0).reshape(1, 2, 4, 4)
check("shape", lambda: even_start(grid), lambda w: w.shape == (1, 2, 4, 4))
check("even", of_a_constant, lambda y: y.std((1, 2)).max() < 1e-5 and y.abs().min() > 0)
check("not flat", lambda: even_start(grid)[0, 0], lambda w: w.unique().numel() > 1)

# %% [markdown]
# **Predict, then run.** Write your guess down first, then run it, then unfold.
#
# - (★, 5 minutes) Put G into training mode by `gan.G.train()`. Draw latents 0 and 1
#   together by `gan.G(z_fixed[[0, 1]])`, then 0 and 2. Is the picture of latent 0 the
#   same both times? And after `gan.G.eval()`?
#
#   <details><summary>Answer</summary>
#
#   In training mode it is another one each time: batch norm takes its mean and its
#   scale from the batch, so a picture depends on its company. In eval mode it is the
#   same to the last bit. `gan.draw` and `results.generate` switch for you, and back.
#
#   </details>
# - (★★, 10 minutes) Kernel 3 has uneven counts *and* uneven weights. Write a function
#   that makes a G with `nn.ConvTranspose2d(..., kernel_size=3, stride=2, padding=1,
#   output_padding=1)` at both places, and hand it to `beginning`. Is the checkerboard
#   at step 24 stronger than with kernel 4?
#
#   <details><summary>Answer</summary>
#
#   That would be a safe guess, and it is not what we found. Seeds 0, 1 and 2 gave an
#   unevenness of 13, 41 and 12, beside 35, 23 and 21 for kernel 4. No order can be read
#   from that. The pattern that training makes is far larger than what the counts do.
#
#   </details>
#
# **Questions**
#
# 4. (★, 10 minutes) Halve `ngf` and `ndf`. How many weights are left, and how much
#    faster is a step? Why is it not four times faster?
#
#    <!-- BEGIN ANSWER -->
#    About half are left: 848,225 of G's 1,679,041 and 410,417 of D's 836,705. A step
#    took 38 ms in place of 78 on one core without bf16, so twice as many fit into the
#    same time. A convolution between two halved layers keeps a quarter of its weights
#    and of its work. But most weights are in the dense layers, which are halved on one
#    side only, and so are the convolutions that see or paint the single gray channel.
#
#    ```python
#    small = new_gan(DCGANGenerator(latent_dim, ngf=16), DCGANDiscriminator(ndf=16))
#    fit(train_step, small, batches, steps=10)  # warm up
#    print(fit(train_step, small, batches, steps=60).seconds / 50)
#    ```
#
#    Whether it is a good trade, only pictures after equal seconds can tell.
#    <!-- END ANSWER -->
# 5. (★★, 20 minutes) Put `nn.BatchNorm2d(64)` into D, after its second convolution, and
#    train for 500 steps. What happens to `d_loss`, and what to the pictures?
#
#    <!-- BEGIN ANSWER -->
#    `d_loss` gets lower: 1.22 and 1.18 (seeds 0 and 1, mean of steps 250 to 500) in
#    place of 1.31 and 1.28. With the company of a batch, D tells fakes more easily. Of
#    the pictures no such thing can be said. The Fréchet distance of 2000 of them is
#    17.0 and 14.5 in place of 17.5 and 17.1; lonely pixels 0.23 and 0.17 in place of
#    0.28 and 0.35. Both point the same way, in favour of batch norm, but two seeds and
#    500 steps show no difference that would last. Our choice to leave it out is a
#    choice, not a finding.
#
#    ```python
#    D = DCGANDiscriminator()
#    D.net.insert(3, nn.BatchNorm2d(64))
#    ```
#    <!-- END ANSWER -->
# 6. (★★, 20 minutes) Train the G of this notebook against the D of notebook 02, which
#    has nearly twice as many weights as ours, for 500 steps. Who is the better teacher?
#
#    <!-- BEGIN ANSWER -->
#    Ours is, with 57 % of the weights. After 500 steps of both (seeds 0 and 1), the
#    Fréchet distance of 2000 pictures is 28.8 and 36.7 with the D of notebook 02, and
#    17.5 and 17.1 with ours; lonely pixels are 1.1 and 2.0, beside 0.3 and 0.3. With
#    the old D, `d_loss` is 1.37, a hair below 2 ln 2: it can hardly tell. What it
#    cannot see it cannot teach.
#
#    ```python
#    torch.manual_seed(0)
#    other = new_gan(DCGANGenerator(latent_dim), models.MLPDiscriminator())
#    fit(train_step, other, batches, steps=500)
#    ```
#    <!-- END ANSWER -->
# 7. (★★★, 30 minutes) Give the weights of exercise 3 to both transposed layers of a
#    fresh G, and watch its beginning. Is the checkerboard gone? Look at all steps, and
#    say what `unevenness` does not see.
#
#    <!-- BEGIN ANSWER -->
#    At step 24 the pattern is nearly gone: seeds 0, 1 and 2 gave an unevenness of 3.4,
#    3.0 and 1.8 in place of 35, 23 and 21.
#
#    ```python
#    def even_generator():
#        G = DCGANGenerator(latent_dim)
#        with torch.no_grad():
#            for k in (7, 10):
#                G.net[k].weight.copy_(even_start(G.net[k].weight))
#        return G
#    ```
#
#    But look at steps 4 to 20: there is a coarser checkerboard, whose squares are two
#    pixels wide. It comes from the first transposed layer, which works at 14 x 14.
#    Equal weights at the start do not stay equal, as each of the four small windows
#    gets a gradient of its own. `unevenness` looks at a period of two pixels only. A
#    number sees what it was made for, so look at the pictures as well.
#    <!-- END ANSWER -->

# %% [markdown]
# ## In practice
#
# - Print the shape after every layer before you train. Most first errors are sizes.
# - Draw pictures in `eval()` mode, train in `train()` mode.
# - If D wins early, make it slower before you touch anything else. Fewer weights need
#   not make it weaker.
# - Before you say that a change helps, ask what else has changed with it.
#
# ## Next
#
# [04 · Tame a GAN that fails](04_stabilization_tricks.ipynb): two GANs that fail, and
# what helps each.
