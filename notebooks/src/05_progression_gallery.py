# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 05 · Watch a generator learn, then walk through its latents
#
# **What you'll do.** Turn finished trainings into pictures that move, and browse what
# they have learnt with sliders.
#
# **What you'll learn**
# - how to show a training fairly: the same latents, at steps spaced like squares
# - how to make a GIF, and a player that needs neither Python nor a network
# - what a loss curve tells you about the pictures, and what it hides
# - two ways from one latent to another, `lerp` and `slerp`, and what each costs
# - what *truncation* is, and what it does not buy
# - where a generator hides its illegible pictures, and why it cannot do without
# - how to find directions in latent space that mean something
#
# **What you'll need.** The idea of G and z from notebook 02. Nothing has to be trained:
# if you have no results of your own, those that ship with the series stand in.

# %% [markdown]
# ## Parameters
#
# `source` chooses whose trainings you look at. `auto` takes your own runs of notebooks
# 02 and 03 where they exist, and else the shipped ones. The other parameters mean the
# same as everywhere.

# %% tags=["parameters"]
profile: str = "quick"  # smoke, quick or full: how much work to do
seed: int = 0  # one seed for the latents of this notebook
dataset: str = "auto"  # auto, mnist, fashion, kmnist, offline or a folder
device: str = "auto"  # auto, cpu, cuda or mps
out_dir: str = None  # root folder of this run's results; None: runs/lab
source: str = "auto"  # whose trainings: auto, shipped, or the folder of a run

# %%
from collections import Counter
from functools import cache
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from IPython.display import HTML, Image

from gan_utils import data, judge, latent, metrics, pictures, results, viz
from gan_utils.explore import player, sliders, views
from gan_utils.lesson import check, lesson
from gan_utils.support import paths

cfg = lesson("05_progression_gallery", globals())  # checks the parameters above
viz.use_style()

# %% [markdown]
# ## 1. Find two trainings to look at
#
# A finished training is a folder with four files: the weights of G, pictures of the
# same latents taken along the way, the losses, and a note on how it was made. Notebooks
# 02 and 03 leave such a folder behind. The series ships one for each of them, too.

# %%
LESSONS = {"mlp": "02_vanilla_gan", "dcgan": "03_dcgan"}


def own_folder(recipe):
    """Folder of your own training of a recipe, from this run or the one in `source`."""
    if recipe not in LESSONS or source == "shipped":
        return None
    name = LESSONS[recipe]
    return cfg.previous(name) if source == "auto" else Path(source) / name


@cache
def load(recipe):
    """The training of a recipe, read once: your own if there is one, or the shipped."""
    result = results.load_own_or_shipped(own_folder(recipe), recipe)
    result.generator.to(cfg.device)
    return result


# %%
trained = {recipe: load(recipe) for recipe in LESSONS}
for recipe, result in trained.items():
    folder, (moments, count) = result.folder, result.images.shape[:2]
    print(f"{recipe}: {paths.shown(folder)}, trained on {result.meta['dataset']},")
    print(f"  {moments} moments of {count} latents, up to step {result.steps[-1]:,}")

# %% [markdown]
# ## 2. See a training at a glance
#
# When were the pictures taken? Not at equal distances. A generator changes more in its
# first hundred steps than in its last thousand. With equal distances you would see
# noise once, and then the same digits over and over. So the steps grow like squares: 0,
# 1, 4, 9, 16 ... parts of the way. We choose a few of them for a first look. Each block
# shows the same nine latents, at the step written above it.


# %%
def blocks(images, side=3):
    """One picture per moment: side x side latents of images (T, N, 28, 28)."""
    return np.stack([pictures.tile(moment[: side * side], side) for moment in images])


for recipe, result in trained.items():
    some = np.linspace(1, len(result.steps) - 1, 4).round().astype(int)
    labels = [f"step {result.steps[i]:,}" for i in some]
    title = f"{recipe}: the same nine latents at four steps"
    viz.film_strip(blocks(result.images[some]), labels, title=title, gap=6)
plt.show()

# %% [markdown]
# **What you should see.** In both rows, one place keeps one latent. At first all nine
# look alike: noise in the middle of the picture for `mlp`, the checkerboard of notebook
# 03 for `dcgan`. Then follow a single place. It often starts as one digit and ends as
# another, because G is not learning *that* picture. It moves all of its pictures to
# where D finds them hard to tell from real ones.
#
# Then compare the two rows at the end. The networks that know about neighbours
# (`dcgan`) leave fewer lonely bright pixels than the ones that do not (`mlp`):

# %%
for recipe, result in trained.items():
    lonely = metrics.speckles(torch.as_tensor(result.images[-1]))
    print(f"{recipe:5s} {lonely:.2f} lonely bright pixels a picture, at the end")

# %% [markdown]
# Nothing here is picked by hand: these are the first nine latents of the seed. A
# gallery of chosen samples tells you about the person who chose.

# %% [markdown]
# ## 3. Make it move
#
# A GIF plays anywhere: in a slide, in a chat, on GitHub. It holds at most 256 colours,
# and we need far fewer. One palette of a few grays, shared by all frames, keeps the
# file small. Each frame carries its true step. A movie without a clock would hide that
# the first frames cover far fewer steps than the last.

# %%
clocks = {recipe: [f"step {s:,}" for s in trained[recipe].steps] for recipe in trained}
for recipe, result in trained.items():
    path = cfg.out_dir / f"{recipe}_progress.gif"
    pictures.gif(blocks(result.images), path, labels=clocks[recipe], ms=400, scale=2)
    size = path.stat().st_size / 1000
    print(f"{path.name}: {size:.0f} kB, {len(result.steps)} frames")

# %%
movie = (cfg.out_dir / "mlp_progress.gif").read_bytes()
alt = "Nine latents of the MLP turn from noise into digits"
# Called png, because not all readers know gif.
Image(movie, format="png", metadata={"alt": alt})

# %% [markdown]
# A GIF cannot be stopped to look closer. For that we write a page with a slider: one
# HTML file that carries all pictures inside itself. It needs no kernel and no network.
# Send it to a friend, who opens it by double click. Press *Play*, drag the slider, or
# use the arrow keys.

# %%
path = cfg.out_dir / "dcgan_progress.html"
frames = blocks(trained["dcgan"].images)
title = "DCGAN through training"
page = player.html_player(frames, clocks["dcgan"], path, title=title)
print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")
HTML(page)

# %% [markdown]
# ## 4. Put the losses beside the pictures
#
# Notebook 02 ended its reading of the losses with a warning: they show the balance of
# the game, not the quality of the pictures. Here is the proof. Two vertical lines mark
# the steps at which the two grids were taken.
#
# For the pictures we need a number, too. A **judge** is a classifier that has learnt
# digits from real ones. We call a picture *legible* if the judge is sure of its class,
# with a confidence above 0.9.

# %%
first_judge = judge.load_judge(cfg.data)
first_judge.net.to(memory_format=torch.channels_last)  # faster, as in notebook 03


def seen(images):
    """What the judge sees: features (N, 128) and probabilities (N, C) of pictures."""
    return first_judge.look(torch.as_tensor(images))


def legible(probabilities):
    """Share of pictures in percent that the judge is sure of; probabilities (N, C)."""
    return 100 * (probabilities.amax(dim=1) > 0.9).float().mean().item()


# %%
result = trained["dcgan"]
early, last = len(result.steps) // 4, -1
marks = [result.steps[early], result.steps[last]]
figure, (left, *right) = viz.panels(3, height=2.8, width=9, width_ratios=[2, 1, 1])
viz.plot_losses(result.history, ax=left, mark=marks, title="dcgan: losses")
for ax, moment, step in zip(right, (early, last), marks):
    viz.show_grid(result.images[moment][:25], ncol=5, title=f"step {step:,}", ax=ax)
plt.show()

# %%
clock, d_loss = np.array(result.history["step"]), np.array(result.history["d_loss"])
for moment, step in zip((early, last), marks):
    near = d_loss[np.abs(clock - step) <= result.steps[-1] / 20]
    share = legible(seen(result.images[moment])[1])
    print(f"step {step:5,}  d_loss {near.mean():.2f}  legible {share:.0f} %")

# %% [markdown]
# **What you should see.** Between the two lines broken strokes become digits, and more
# of them can be read. `d_loss` moves by a fraction of its value. If you had only the
# curves, you might have stopped far too soon.
#
# What curves are good for is trouble. A `d_loss` that sinks to zero says that D has won
# (notebook 04), long before you notice it in the pictures.

# %% [markdown]
# ## 5. Travel in time yourself
#
# First the whole journey on one sheet: a row per latent, a column per moment.

# %%
title = "dcgan: five latents, every moment (step)"
viz.film_strip(result.images[:, :5], result.steps, title=title)
plt.show()

# %% [markdown]
# Now with your own hand, and with three trainings at once: `modern` is the best recipe
# of notebook 06 that was told no labels. *Align by step* shows what each made of the
# same number of updates; *by seconds*, of the same time. Drag the slider, use the arrow
# keys, or press *Play*. The line in the losses, those of row 1, moves along. A list
# above the pictures puts another recipe into a row.
#
# A slider needs a running kernel. If you read this page on the web, you have the sheet
# above, the player of section 3, and [a page that needs
# neither](../figures/explore_time.html): download it and open it in any browser.

# %%
recipes = results.shipped_names(first=("dcgan", "mlp", "modern"))
sliders.time_travel(load, recipes)

# %% [markdown]
# ## 6. Walk from one latent to another
#
# So far we looked at fixed latents and a changing G. Now G is finished, and the latent
# moves. If G has learnt a *smooth* map, the points between two latents are digits as
# well. If it has merely learnt a list of pictures by heart, something ugly lies between
# them.
#
# The simplest way from `a` to `b` is the straight line, *linear interpolation* or
# `lerp`:
#
# $$\text{lerp}(a, b; t) = (1 - t)\, a + t\, b, \qquad 0 \le t \le 1$$


# %%
def lerp(a, b, t):
    """Straight line from a to b, each (..., d). t: a number, or (T,): (T, ..., d)."""
    t = torch.as_tensor(t, dtype=a.dtype, device=a.device)
    return torch.lerp(a, b, t.reshape(t.shape + (1,) * a.dim()))


# %%
@torch.no_grad()
def paint(z, recipe="dcgan"):
    """Pictures (B, 1, 28, 28) in [-1, 1] of latents z (B, latent_dim)."""
    G = load(recipe).generator
    return torch.cat([G(part.to(cfg.device)).cpu() for part in z.split(500)])


def draw(z, recipe="dcgan"):
    """The same as bytes: uint8 (B, 28, 28)."""
    return data.to_uint8(paint(z, recipe))


# %%
latent_dim = trained["dcgan"].latent_dim
rng = torch.Generator().manual_seed(cfg.seed)
a, b = torch.randn(2, 4, latent_dim, generator=rng)  # four pairs of ends
t = torch.linspace(0, 1, 11)
walks = [draw(walk) for walk in lerp(a, b, t).unbind(dim=1)]
columns = [f"{value:.1f}" for value in t]
title = "Four straight walks from a (t = 0) to b (t = 1)"
viz.show_rows(walks, columns=columns, title=title)
plt.show()
ways = torch.stack(walks).float().flatten(2)  # (4, stations, 784)
moves, whole = ways.diff(dim=1).norm(dim=2), (ways[:, -1] - ways[:, 0]).norm(dim=1)
far = (moves / whole[:, None]).max()
print(f"largest move between two stations: {far:.0%} of the distance of the ends")
print(f"legible stations: {legible(seen(torch.cat(walks))[1]):.0f} %")

# %% [markdown]
# **What you should see.** No cuts and no double exposures: strokes bend, open and
# close. Most stations look like digits that somebody might write, and some lie between
# two classes. Nobody told G which digits are neighbours. It has to put *something*
# between any two of them, because a network is a continuous map.
#
# Has anybody ever judged these pictures between? D saw what G made of fresh random
# latents, and nothing else. So the question is whether a point of the walk is like a
# fresh random latent.

# %% [markdown]
# ## 7. Measure how far inside the straight line leads
#
# In many dimensions a random latent is never near zero. Its squared length is a sum of
# `d` independent squares with mean 1 each, so
#
# $$\lVert z \rVert \approx \sqrt{d} \pm 0.7 \quad \text{for every large } d$$
#
# All latents that G met in training lie in this thin shell. The middle of a straight
# line does not. It is half the sum of two normal numbers in every coordinate, so it is
# distributed like a latent times $1/\sqrt{2}$, about 0.7.
#
# There is a way that keeps the length: the arc from `a` to `b`, at constant angular
# speed. It is called *spherical* interpolation, or `slerp` ([Shoemake
# 1985](https://doi.org/10.1145/325165.325242)). Each point of it is a sum of `a` and
# `b`, too, with other weights. Exercise 2 asks you to find them; until then, the
# package lends you its own. Two unit vectors at right angles are a case that you can
# check on paper:

# %% tags=["nbval-check-output"]
slerp = latent.slerp
east, north = torch.eye(2)
for way in (lerp, slerp):
    middle = way(east, north, 0.5)
    x, y = middle.tolist()
    print(f"{way.__name__:5} middle ({x:.3f}, {y:.3f}), length {middle.norm():.3f}")

# %% [markdown]
# Now the same in the dimension of our latents: where do random latents lie, and how far
# inside does each way lead?

# %%
figure, (left, right) = viz.panels(2, height=3)
starts, ends = torch.randn(2, 2000, latent_dim, generator=rng)
radius, limits = latent_dim**0.5, (0, 1.6 * latent_dim**0.5)
left.hist(starts.norm(dim=1), bins=60, range=limits, color="0.45")
left.axvline(radius, color="black", linestyle=":", label="square root of d")
right.axhline(radius, color="black", linestyle=":", zorder=1)
for way, style in [(lerp, "--"), (slerp, "-")]:
    lengths = way(starts, ends, t).norm(dim=-1).mean(dim=1)
    right.plot(t, lengths, style, color="C4", label=way.__name__)
left.set(title="Latents lie in a thin shell", xlabel="length of z", ylabel="latents")
right.set(title="The arc stays in it", xlabel="t", ylabel="mean length", ylim=limits)
left.legend()
right.legend()
plt.show()
inside = lerp(starts, ends, 0.5).norm(dim=1).mean()
rare = (starts.norm(dim=1) < inside).float().mean()
print(f"latents as short as the middle of a straight line: {100 * rare:.2f} %")

# %% [markdown]
# Short latents are no harm in themselves. To feed them to G on purpose is called
# **truncation** ([Brock et al. 2018](https://arxiv.org/abs/1809.11096) do it to large
# GANs: less variety, better pictures). So the middle of a straight walk is a truncated
# latent, and what we have to find out is what truncation does to *our* G. Shorten and
# stretch a few latents, and look. At length 0 all of them are the same point, so G can
# only draw one picture. The shell is at factor 1, the middle of a straight line at 0.7.

# %%
factors = torch.tensor([0.0, 0.2, 0.4, 0.6, 0.7, 0.8, 1.0, 1.2, 1.5, 2.0])
rows = [draw(factors[:, None] * z) for z in a]
names = [f"x {factor:g}" for factor in factors]
viz.show_rows(rows, columns=names, title="Four latents (rows), stretched (columns)")
plt.show()
differ = torch.stack(rows).float().std(dim=0).mean(dim=(1, 2))  # one for each factor
print("gray levels by which the rows differ:", *(f"{grays:.0f}" for grays in differ))

# %% [markdown]
# **What you should see.** Towards the left the four rows lose what makes them
# different: they drift to one common shape. Towards the right digits get stranger, and
# fall apart. At 0.7 the digits are still digits. What is lost there is not to be seen
# in a single picture. It takes many.

# %% [markdown]
# ## 8. Compare three ways, over many pairs
#
# There is a third way, which needs no G at all: fade one *picture* into the other,
# pixel by pixel. Here are all three between the same two ends, for two pairs.


# %%
def three_ways(a, b, t, recipe="dcgan"):
    """Pictures uint8 of each way: (T, 28, 28) for latents (d,) and stations t (T,),
    or (N, 28, 28) for latents (N, d) and a number t.
    """
    ends = draw(torch.stack([a, b]).reshape(-1, latent_dim), recipe).float()
    ends = ends.reshape(2, *a.shape[:-1], 28, 28)
    fade = lerp(ends[0], ends[1], t).round().to(torch.uint8)
    walks = {way.__name__: draw(way(a, b, t), recipe) for way in (lerp, slerp)}
    return walks | {"pixels": fade}


pairs = [three_ways(a[i], b[i], t) for i in (0, 1)]
rows = [images for ways in pairs for images in ways.values()]
titles = [name for ways in pairs for name in ways]
title = "Three ways between the same two ends, twice"
viz.show_rows(rows, titles=titles, columns=columns, title=title)
plt.show()

# %% [markdown]
# **What you should see.** The fade shows two ghosts on top of each other; no pen has
# ever drawn its middle. `lerp` and `slerp` show one digit at every station. Which of
# the two is better, you cannot say from two pairs, and a third pair may say the
# opposite. So look at more pairs for the pleasure of it, with the line on the left and
# the arc on the right, and let numbers decide. (Without a kernel: [a page in which the
# generator itself runs](../figures/explore.html#morph), for any two seeds.)

# %%
sliders.morph(load, recipes)

# %% [markdown]
# One fault can be counted without any judge. Notebook 01 found that pixels of real
# digits are mostly either paper or ink. How many are neither, half-way?


# %%
def gray_share(images):
    """Share of pixels in percent that are neither paper nor ink; uint8 images."""
    return 100 * ((images > 64) & (images < 192)).float().mean().item()


n = cfg.pick(500, smoke=100)
half_way = three_ways(starts[:n], ends[:n], 0.5)
print(f"real digits      {gray_share(cfg.data.test[:n]):5.1f} % gray")
for name, images in half_way.items():
    print(f"middle of {name:6s} {gray_share(images):5.1f} % gray")

# %% [markdown]
# The fades have several times the gray of real digits. That is what a generator adds to
# a pile of pictures: not the pictures, but the ways between them. Between `lerp` and
# `slerp` this measure sees no difference worth the name. So it is no argument for
# either.
#
# Now the judge, on a better generator, `modern`. Four times we draw a thousand pairs,
# and look at the middles. The *Fréchet distance* (FD) compares what a judge sees in
# them with what it sees in real digits, as two clouds of points: lower is nearer
# (notebook 06 builds it). A second judge checks the first. *Variety* is how much a
# pixel varies from picture to picture. Beside the walks stand real digits, drawn at
# random, fades of two of them, and what G makes of fresh latents.

# %%
n, draws = cfg.pick(1000, smoke=200), 4
second_judge = judge.load_judge(cfg.data, "second")
real_features, real_seen = seen(cfg.data.test[::2])
real_for_second, _ = second_judge.look(cfg.data.test[::2])


def scores(images):
    """FD by both judges, percent legible, variety in grays; images (N, 28, 28)."""
    features, probabilities = seen(images)
    first = metrics.frechet_distance(features, real_features)
    features, _ = second_judge.look(images)
    second = metrics.frechet_distance(features, real_for_second)
    variety = images.float().std(dim=0).mean().item()
    return first, second, legible(probabilities), variety


def show_row(name, sets):
    """A line: each score over several draws, mean and range."""
    columns = np.transpose([scores(images) for images in sets])
    texts = [f"{c.mean():.1f} ({c.min():.1f}-{c.max():.1f})" for c in columns]
    print(f"{name:14s}", *(f"{text:>18s}" for text in texts))


def at_random(images):
    """n of them, drawn at random."""
    return images[torch.randperm(len(images), generator=rng)[:n]]


# %%
titles = ("FD, first judge", "FD, second judge", "legible, %", "variety, grays")
print(f"{n:5d} a draw  ", *(f"{title:>18s}" for title in titles))
real = [at_random(cfg.data.train) for _ in range(draws)]
show_row("real digits", real)
show_row("fades of them", [(x // 2 + x.flip(0) // 2) for x in real])
pairs = torch.randn(draws, 2, n, latent_dim, generator=rng)
show_row("modern, fresh", [draw(a, "modern") for a, _ in pairs])
for way in (lerp, slerp):
    middles = [draw(way(a, b, 0.5), "modern") for a, b in pairs]
    show_row(f"modern, {way.__name__}", middles)

# %% [markdown]
# **What you should see.** The fades are far off by every measure. Now the two walks.
# The middle of an arc scores as fresh latents do, and there is a reason: two random
# latents are nearly at right angles, so half-way the arc is at $(a + b) / \sqrt{2}$,
# and that sum *is* a fresh random latent. The middle of a line is about as legible. But
# its Fréchet distance is several times as large, by both judges, and it has lost
# variety.
#
# So there is no evidence that single pictures of an arc are better: the judge reads
# both alike. What the line loses is only seen in the crowd. Its middles are more alike
# than digits are. That is truncation: here is the whole curve, on one set of latents.

# %%
factors = (0.5, 0.7, 0.85, 1.0, 1.15)
z = torch.randn(n, latent_dim, generator=rng)
figure, (left, right) = viz.panels(2, height=3)
looks = [seen(draw(factor * z, "modern")) for factor in factors]
far = [metrics.frechet_distance(features, real_features) for features, _ in looks]
clear = [legible(probabilities) for _, probabilities in looks]
left.plot(factors, far, "o-", color="C1")
right.plot(factors, clear, "o-", color="C1", label="modern")
for factor, away, share in zip(factors, far, clear):
    print(f"x {factor:.2f} distance {away:5.1f} legible {share:.1f} %")
right.axhline(legible(real_seen), color="0.3", linestyle=":", label="real digits")
left.set(title="Distance to real digits", xlabel="factor", ylim=(0, None))
right.set(title="Legible pictures (%)", xlabel="factor", ylim=(50, 100))
right.legend(loc="lower right")
plt.show()

# %% [markdown]
# **What you should see.** Distance is lowest around factor 1, where G was trained.
# Shorter latents cost more and more of it, and somewhat longer ones cost nothing. And
# legible pictures do not become more. With large GANs truncation is said to buy quality
# for variety. Here it costs variety and buys nothing: what cannot be read does not lie
# far out. (Notebook 09 turns the trick round.)

# %% [markdown]
# ## 9. Find where the illegible digits lie
#
# Seven in a hundred pictures of `modern` cannot be read, and shorter latents do not
# help. What do the bad ones have in common? Think of what G has to do. Latents are one
# cloud without gaps. Digits are not: between a real 4 and a real 9 there is nothing. G
# is continuous, so it must draw a **bridge** between any two classes that it draws. It
# can only make the bridge narrow, so that few latents fall on it. On a narrow bridge
# pictures change fast. So look for the places where G is *steep*.
#
# How steep is G at `z`? Push `z` a little in a random direction, and see how much the
# picture moves. The mean square over directions is the squared size of G's Jacobian.


# %%
def steepness(z, recipe, push=0.05, tries=4):
    """How fast pictures change around latents z (N, d): the size of dG/dz, (N,)."""
    here, total = paint(z, recipe), 0
    for _ in range(tries):
        there = paint(z + push * torch.randn(z.shape, generator=rng), recipe)
        total = total + ((there - here) / push).flatten(1).square().sum(dim=1)
    return (total / tries).sqrt()


# %%
figure, ax = viz.panels(1, width=6, height=3.2)
z = torch.randn(2 * n, latent_dim, generator=rng)
look, steep = seen(draw(z, "modern"))[1], steepness(z, "modern")
tenths = [legible(look[part]) for part in steep.argsort().chunk(10)]
ax.plot(range(1, 11), tenths, "o-", color="C1", label="modern")
sure = look.amax(dim=1)
table = torch.corrcoef(torch.stack([sure, steep, z.norm(dim=1)]))[0]
print(f"confidence correlates {table[1]:+.2f} with steepness")
print(f"                      {table[2]:+.2f} with the length of z")
print(f"legible {tenths[0]:.0f} % (flattest) to {tenths[-1]:.0f} % (steepest)")
ax.axhline(legible(real_seen), color="0.3", linestyle=":", label="real digits")
ax.set(xlabel="tenth of the latents, by steepness", ylabel="legible pictures (%)")
ax.set(title="Where G is steep, it is hard to read", ylim=(50, 101))
ax.legend()
plt.show()

# %% [markdown]
# **What you should see.** Where G is flat, nearly all of its pictures can be read, as
# with real digits. Where it is steepest, one in eight cannot. How long `z` is does not
# matter.
#
# Which classes do the bridges join? Take the pictures of `modern` that are not legible,
# and ask the judge for its two best guesses.

# %%
unclear = look[look.amax(dim=1) <= 0.9]
guesses = unclear.topk(2).indices.sort(dim=1).values.tolist()
ranking = Counter(f"{one} or {other}" for one, other in guesses).most_common(6)
print(f"{len(unclear)} of {len(z)} are not legible; the judge wavers between")
print(", ".join(f"{pair} ({count})" for pair, count in ranking))

# %% [markdown]
# Look at these pairs: most are digits that resemble each other in somebody's
# handwriting. These bridges are the most used.
#
# Now cross a bridge on foot. We take many walks of `modern` along arcs. Here is the
# first one on which the judge changes its mind, with its class and its confidence above
# each station.

# %%
t = torch.linspace(0, 1, 25)
starts, ends = torch.randn(2, cfg.pick(150, smoke=20), latent_dim, generator=rng)
walks = slerp(starts, ends, t).transpose(0, 1)  # (W, T, d)
images = draw(walks.flatten(0, 1), "modern").reshape(len(walks), len(t), 28, 28)
probabilities = seen(images.flatten(0, 1))[1].reshape(len(walks), len(t), -1)
sure, classes = probabilities.max(dim=2)  # (W, T) each
changes = classes[:, 1:] != classes[:, :-1]  # (W, T - 1)
moves = images.float().diff(dim=1).flatten(2).norm(dim=2) / 255  # (W, T - 1)

first = int(changes.any(dim=1).int().argmax())
shown = slice(0, None, 2)
labels = [f"{c}\n{p:.0%}" for c, p in zip(classes[first, shown], sure[first, shown])]
viz.show_rows([images[first, shown]], columns=labels, title=f"modern: walk {first + 1}")
plt.show()

# %% [markdown]
# The judge is sure along whole stretches, and doubts where one digit turns into the
# next. One walk is an anecdote. So take all changes of class on all walks, put them on
# top of each other, and look at the stations before and after.

# %%
reach = 6
walk, place = changes.nonzero(as_tuple=True)
kept = (place >= reach) & (place < len(t) - 1 - reach)  # not too near the ends
offsets = torch.arange(-reach, reach + 1)
near = walk[kept, None], place[kept, None] + offsets
between = (sure[:, 1:] + sure[:, :-1]) / 2  # confidence half-way between stations

doubt, speed = between[near].mean(dim=0), (moves[near] / moves.mean()).mean(dim=0)

# %%
figure, (left, right) = viz.panels(2, height=3)
left.plot(offsets, doubt, "o-", color="C1")
right.plot(offsets, speed, "o-", color="C1")
where = "stations from the border"
left.set(title="Confidence of the judge", xlabel=where, ylim=(0.5, 1))
title = "Move of the picture, over the mean"
right.set(title=title, xlabel=where, ylim=(0, None))
plt.show()
print(f"{len(walks)} walks, {len(place)} changes of class, {int(kept.sum())} averaged")
print(f"confidence {doubt[reach]:.2f} at the border, {doubt[0]:.2f} before it")
print(f"moves {speed[reach]:.2f} at the border, {speed[0]:.2f} before it")

# %% [markdown]
# **What you should see.** Where the class changes, the judge is least sure, and the
# picture moves fastest. A few stations away both are back to normal. So a bridge is
# short and steep, and what stands on it is no digit. A better G would have narrower
# bridges. To have none, it would need to know the class: with a cloud of latents for
# each class, nothing has to be joined.

# %% [markdown]
# ## 10. Name any picture with two numbers
#
# A latent has many coordinates, too many to write down. The visualizer of StyleGAN3 has
# a fine idea for that: a plane. At every point with whole coordinates sits the latent
# of a *seed*, and between them the four corners are mixed. So two numbers, x and y,
# name a picture, and a friend with the same weights finds it again.
#
# There is a catch, and you know it already: the mean of four latents is too short. The
# weights $w_i$ of a mixture shrink its length to $\sqrt{\sum_i w_i^2}$ of a latent's.
# Divide by that, and the mixture is back in the shell.

# %%
corners = torch.randn(4, 2000, latent_dim, generator=rng)
w = torch.tensor([0.4, 0.3, 0.2, 0.1])
mixed = torch.einsum("i,ind->nd", w, corners)
print(f"a latent             {corners[0].norm(dim=1).mean():.2f}")
print(f"a mixture of four    {mixed.norm(dim=1).mean():.2f}")
print(f"divided by the root  {(mixed / w.norm()).norm(dim=1).mean():.2f}")

# %%
points = np.linspace(2, 4, 13)  # two units of the plane each way
sheet = views.Plane(load("modern")).sheet(points)
labels = [f"{p:.1f}" if i % 3 == 0 else "" for i, p in enumerate(points)]
rows = sheet.reshape(13, 13, 28, 28)
title = "modern: x from left to right, y from top to bottom"
viz.show_rows(rows, columns=labels, titles=labels, title=title)
plt.show()

# %%
sure, classes = (part.reshape(13, 13) for part in seen(sheet)[1].max(dim=1))
apart = [classes.diff(dim=0) != 0, classes.diff(dim=1) != 0]  # of two neighbours
alike = 1 - torch.cat([part.flatten() for part in apart]).float().mean()
border = torch.zeros(13, 13, dtype=torch.bool)
border[1:] |= apart[0]
border[:-1] |= apart[0]
border[:, 1:] |= apart[1]
border[:, :-1] |= apart[1]
print(f"{alike:.0%} of two neighbours are read as the same digit")
for name, points in {"at a border": border, "inside": ~border}.items():
    share = (sure[points] > 0.9).float().mean()
    print(f"{name}: {points.sum()} points, {share:.0%} legible")

# %% [markdown]
# **What you should see.** A map with regions: most neighbouring points show the same
# digit, and at the borders one turns into another. The borders are the bridges of
# section 9, and the pictures on them are the hard ones to read. Inside a region nearly
# all are legible. Nobody drew these borders. No class was ever given to G.

# %%
sliders.plane(load, recipes)

# %% [markdown]
# ([The plane as a page](../figures/explore.html#plane), with a map to drag a dot on.)
#
# ## 11. Find directions that mean something
#
# Seeds are random, so moving between them changes everything at once. Are there
# directions that change *one* thing? Ask the pictures. Draw a few thousand, and find
# their principal components, as in notebook 01: the ways in which pictures differ most.
# Then look for the direction in `z` that predicts each component best, by least
# squares. The idea is that of [GANSpace](https://arxiv.org/abs/2004.02546), which uses
# an inner layer in the place of the pixels.


# %%
@torch.no_grad()
def leading_directions(generator, latent_dim, k=4, *, n=4000, seed=0):
    """Directions (k, latent_dim) in z along which pictures change the most."""
    z = torch.randn(n, latent_dim, generator=torch.Generator().manual_seed(seed))
    device = next(generator.parameters()).device
    pictures = torch.cat([generator(part.to(device)) for part in z.split(500)])
    pictures = pictures.flatten(1).float().cpu()
    centred = pictures - pictures.mean(0)
    components = torch.linalg.svd(centred, full_matrices=False).Vh[:k]
    found = torch.linalg.lstsq(z, centred @ components.T).solution  # (latent_dim, k)
    return torch.linalg.qr(found).Q.T  # at right angles, of length 1


# %%
G, size = load("modern").generator, load("modern").latent_dim
axes, start = leading_directions(G, size), latent.seed_latent(0, size)
amounts = 0.6 * torch.arange(-5, 6)
rows = [draw(start + amounts[:, None] * axis, recipe="modern") for axis in axes]
viz.show_rows(
    rows,
    titles=[f"direction {i + 1}" for i in range(len(axes))],
    columns=[f"{amount:+.1f}" for amount in amounts],
    title="modern: one latent, pushed along four directions",
)
plt.show()

# %% [markdown]
# **What you should see.** The middle column is the same picture in every row. Along the
# first direction the digit closes to a stroke at one end, and opens at the other. Which
# end is which is chance, as the sign of a component is. The further rows are harder to
# name, and a class changes on the way. A GAN is not asked to keep meanings apart, and
# this one does not.
#
# One latent is an anecdote. What do the four do to many? Push 500 latents, and measure
# how wide the ink stretches and how far it leans.


# %%
def shape_of(images):
    """Mean width of the ink in pixels, and its lean; images uint8 (N, 28, 28)."""
    ink = images.float() / images.float().sum((1, 2), keepdim=True)
    down, right = torch.meshgrid(torch.arange(28.0), torch.arange(28.0), indexing="ij")
    x = right - (ink * right).sum((1, 2), keepdim=True)
    y = down - (ink * down).sum((1, 2), keepdim=True)
    width = (ink * x.square()).sum((1, 2)).sqrt()
    lean = -(ink * x * y).sum((1, 2)) / (ink * y.square()).sum((1, 2))
    return width.mean().item(), lean.mean().item()


some = torch.randn(500, size, generator=rng)
for number, axis in enumerate(axes, start=1):
    low, high = (shape_of(draw(some + push * axis, "modern")) for push in (-2, 2))
    print(f"direction {number}: width {low[0]:.2f} to {high[0]:.2f} pixels,", end=" ")
    print(f"lean {low[1]:+.2f} to {high[1]:+.2f}")

# %% [markdown]
# The first direction is width, in numbers as well. The third is lean: from one side to
# the other. The other two do some of each, and more that these two numbers do not see.
#
# The explorer has the same four as sliders, for any seed. *Reset* brings you back.

# %%
sliders.directions(load, recipes)

# %% [markdown]
# ([The directions as a page](../figures/explore.html#directions), for any seed.)
#
# ## 12. Leave on a loop
#
# A walk through a few seeds that ends where it began makes a movie without a cut. This
# is the picture to take home.

# %%
keys = torch.stack([latent.seed_latent(seed, latent_dim) for seed in range(5)])
loop = latent.path(keys, 12, closed=True)
movie = draw(loop)
labels = [f"seed {frame // 12}" if frame % 12 == 0 else "" for frame in range(60)]
path = pictures.gif(movie.numpy(), cfg.out_dir / "loop.gif", ms=80, last_ms=80, scale=4)
title = "Every fourth frame of the loop"
viz.show_rows([movie[::4]], columns=labels[::4], title=title)
plt.show()
alt = "A digit that turns into others and back"
Image(path.read_bytes(), format="png", metadata={"alt": alt})

# %% [markdown]
# ## Recap
#
# - Show a training with the same latents, at steps spaced like squares, named by true
#   step.
# - A GIF travels everywhere; a player in one HTML file can also be stopped.
# - Losses warn of trouble. Only pictures show quality.
# - Random latents of dimension d lie in a thin shell of radius √d. Lines leave it, arcs
#   stay. The middle of a line is a truncated latent.
# - Truncation makes our digits no more legible, and less varied. The middle of an arc
#   is as good as any fresh latent.
# - Illegible digits lie on the bridges between classes, where G is steep.
# - Directions found from pictures move width or slant; they are found, not made.

# %% [markdown]
# ## Exercises
#
# **Exercise 1: the other truncation.** (★, 10 minutes) Brock et al. do not multiply a
# latent. They draw every coordinate again until it lies in `[-limit, limit]`. Write
# that for `n` latents.
#
# <details><summary>Hint</summary>
#
# Which coordinates are too large? A tensor of truth values can be an index, on the left
# of an assignment as well. Clamping is not drawing again: it would leave many
# coordinates exactly at the limit.
#
# </details>


# %% tags=["exercise"]
def truncated(n, d, limit, rng):
    """Latents (n, d) ~ N(0, 1), each coordinate drawn again while beyond limit."""
    ### BEGIN SOLUTION
    z = torch.randn(n, d, generator=rng)
    while (beyond := z.abs() > limit).any():
        z[beyond] = torch.randn(int(beyond.sum()), generator=rng)
    return z
    ### END SOLUTION


def some_truncated():
    """1000 latents of your function, with a limit of 1."""
    return truncated(1000, 8, 1.0, torch.Generator().manual_seed(0))


check("shape", some_truncated, lambda z: z.shape == (1000, 8))
check("none beyond", some_truncated, lambda z: z.abs().max() <= 1)
check("none clamped", some_truncated, lambda z: z.flatten().unique().numel() > 7000)
check("normal inside", some_truncated, lambda z: abs(z.std() - 0.54) < 0.02)

# %% [markdown]
# **Exercise 2: walk along the arc.** (★★, 20 minutes) The core of this notebook: write
# `slerp` yourself. Draw two arrows `a` and `b` of length 1, with an angle ω between
# them, and the point that has gone a share `t` of that angle. It is a sum `p a + q b`.
# Find `p` and `q`. They depend on `t` and ω, and are good for latents of any length.
# Mind the case that two latents are parallel: there is no arc to speak of, and a
# straight line will do.
#
# <details><summary>Hint</summary>
#
# The parts of your sum that point away from `a`, at right angles to it, come from `b`
# alone. Compare their height with that of the point: that gives `q`. For `p`, walk the
# same arc from the other end. For the shapes, look at `lerp`.
#
# </details>


# %%
many, steps = torch.randn(2, 5, 8), torch.linspace(0, 1, 4)
turned = torch.tensor([0.5, 0.75**0.5])  # 60 degrees from east


def speed():
    """How fast your arc from east to north goes at t = 0.3, by its slope."""
    slope = torch.autograd.functional.jacobian
    return slope(lambda t: slerp(east, north, t), torch.tensor(0.3)).norm()


# %% tags=["exercise"]
def slerp(a, b, t):
    """Arc from a to b at constant angular speed (Shoemake 1985); shapes as in lerp.

    Zero, parallel and opposite vectors span no arc: there it is the straight line.
    """
    ### BEGIN SOLUTION
    line = lerp(a, b, t)
    t = torch.as_tensor(t, dtype=a.dtype, device=a.device)
    t = t.reshape(t.shape + (1,) * a.dim())
    unit_a, unit_b = (x / x.norm(dim=-1, keepdim=True) for x in (a, b))
    cosine = (unit_a * unit_b).sum(dim=-1, keepdim=True).clamp(-1, 1)
    omega = torch.acos(cosine)  # the angle between a and b
    weight_a = torch.sin((1 - t) * omega) / torch.sin(omega)
    weight_b = torch.sin(t * omega) / torch.sin(omega)
    return torch.where(omega.sin() > 1e-3, weight_a * a + weight_b * b, line)
    ### END SOLUTION


check("shape", lambda: slerp(*many, steps), lambda z: z.shape == (4, 5, 8))
check("two thirds of the way", lambda: slerp(east, north, 2 / 3), turned)
check("gradient: a right angle per unit of t", speed, torch.pi / 2)
check("its ends", lambda: slerp(*many, steps)[[0, -1]], many)
check("parallel", lambda: slerp(east, 3 * east, 0.5), 2 * east)

# %% [markdown]
# **Exercise 3: a round trip.** (★★, 15 minutes) Return latents that lead along arcs
# from the first key to the next, and so on, and from the last key back to the first:
# `n` per leg, so that a movie of them loops without a stutter. No latent may come
# twice. Take `latent.slerp` or your own. Then hand the pictures of your trip to
# `pictures.gif`.
#
# <details><summary>Hint</summary>
#
# Each leg begins at its own key. Where must it stop, so that the next leg can begin at
# the next? `torch.roll` turns a list of keys by one place.
#
# </details>


# %% tags=["exercise"]
def round_trip(keys, n):
    """Latents (K * n, d) along arcs through all keys (K, d) and back to the first."""
    ### BEGIN SOLUTION
    t = torch.arange(n) / n
    ends = torch.roll(keys, -1, dims=0)
    return torch.cat([latent.slerp(a, b, t) for a, b in zip(keys, ends)])
    ### END SOLUTION


def trip():
    """Your trip through three corners of the unit sphere."""
    return round_trip(torch.eye(3), 4)


check("K * n stations", trip, lambda z: z.shape == (12, 3))
check("all keys visited", trip, lambda z: torch.equal(z[::4], torch.eye(3)))
check("on the sphere", trip, lambda z: torch.allclose(z.norm(dim=1), torch.ones(12)))

# %% [markdown]
# **Exercise 4: where is the border?** (★★★, 20 minutes) Somewhere on the arc from `a`
# to `b` the judge changes its mind. Return the `t` of that place, to a thousandth.
# `label` takes one latent (d,) and returns its class. You may assume that there is one
# border only. You may *not* ask for more than 30 labels.
#
# <details><summary>Hint</summary>
#
# Ask in the middle. Which half still has two classes?
#
# </details>


# %%
def count_labels():
    """How many labels you ask for; none: nothing to check yet."""
    asked = []
    border(lambda z: asked.append(z) or bool(z[0] > z[1]), east, north)
    return len(asked) or ...


# %% tags=["exercise"]
def border(label, a, b):
    """The t in [0, 1] at which the label changes on the arc from a to b, each (d,)."""
    ### BEGIN SOLUTION
    low, high, first = 0.0, 1.0, label(a)
    while high - low > 1e-4:
        middle = (low + high) / 2
        if label(latent.slerp(a, b, middle)) == first:
            low = middle
        else:
            high = middle
    return (low + high) / 2
    ### END SOLUTION


near = dict(tolerance=1e-3)
check("half-way", lambda: border(lambda z: z[0] > z[1], east, north), 0.5, **near)
check("far out", lambda: border(lambda z: z[0] > 0.5, east, north), 2 / 3, **near)
check("few labels", count_labels, lambda n: 5 <= n <= 30)

# %% [markdown]
# **Predict, then run.** Write your guess down first, then run it, then unfold.
#
# - (★, 5 minutes) You know the Fréchet distance of `lerp` at the middle of a walk. What
#   will it be at a quarter of the way, `three_ways(a, b, 0.25, "modern")["lerp"]`? The
#   figure of truncation in section 8 is enough for a good guess.
#
#   <details><summary>Answer</summary>
#
#   At a quarter, three quarters of `a` and one quarter of `b` add up to a latent that
#   is shorter by the factor √(0.75² + 0.25²) = 0.79. So the distance lies between those
#   that the figure shows at 0.7 and at 0.85.
#
#   </details>
# - (★, 5 minutes) `draw(torch.zeros(5, latent_dim))`: how many different pictures, and
#   is it a gray mean of all digits?
#
#   <details><summary>Answer</summary>
#
#   One picture, five times: the same latent gives the same picture. And it is no gray
#   mean. Its strokes are as sharp as others; on our page they make something between an
#   8 and a 9. G is not linear, so the middle of the latents is not painted as the
#   middle of the pictures.
#
#   </details>
#
# **Questions**
#
# 5. (★, 10 minutes) Section 5: when did the latents change their digit for the last
#    time? Ask the judge about all moments of `trained["dcgan"].images`.
#
#    <!-- BEGIN ANSWER -->
#    ```python
#    moments = trained["dcgan"].images
#    classes = torch.stack([seen(images)[1].argmax(dim=1) for images in moments])
#    changed = (classes[1:] != classes[:-1]).long()  # (T - 1, 64)
#    last = (changed * torch.arange(1, len(moments))[:, None]).amax(dim=0)
#    for k, count in enumerate(last.bincount(minlength=len(moments))):
#        print(trained["dcgan"].steps[k], count.item())
#    ```
#
#    Later than one thinks. Of the 64 latents of the shipped training, 25 changed their
#    digit for the last time after step 1,487, when half of the training was over. The
#    first latent turned from a 2 into an 8 in the very last stretch.
#    <!-- END ANSWER -->
# 6. (★★, 15 minutes) Find latents of `modern` that the judge takes for the same digit.
#    Walk between two of them along the arc. Do you stay with that digit?
#
#    <!-- BEGIN ANSWER -->
#    ```python
#    z = torch.randn(2000, latent_dim, generator=rng)
#    classes = seen(draw(z, "modern"))[1].argmax(dim=1)
#    for digit in range(10):
#        one, other = z[classes == digit][:60].split(30)
#        middles = draw(slerp(one, other, 0.5), "modern")
#        same = (seen(middles)[1].argmax(dim=1) == digit).float().mean()
#        print(digit, f"{100 * same:.0f} %")
#    ```
#
#    (With `latent.slerp` in the place of `slerp`, if exercise 2 is still open.) Nearly
#    always. Of 30 pairs each, the middle was the same digit in 97 to 100 % for eight
#    digits, and in 87 % for 5 and for 8. So the latents of a digit hang together: they
#    are a region and not scattered islands. What the walk changes is width, slant, and
#    the form of the strokes.
#    <!-- END ANSWER -->
# 7. (★★, 5 minutes) G was trained on z ~ N(0, 1). What would you expect of `slerp` and
#    `lerp` if z had been uniform in a cube? And if every z had been scaled to length 1?
#
#    <!-- BEGIN ANSWER -->
#    In a cube there is a shell, too: the squared length is again a sum of `d`
#    independent terms. The middle of a straight line is as much too short as before.
#    But the cube has corners. An arc of constant length may leave it, as single
#    coordinates can grow beyond the bounds, where no latent of the training was. So
#    neither way is right.
#
#    With all z of length 1, every point off the sphere is new to G: even the start of a
#    straight line leads there. The arc never leaves the sphere.
#    <!-- END ANSWER -->
# 8. (★★, 15 minutes) A G that has memorised its training images can still give smooth
#    walks. What would you measure to find out? (Notebook 01 has the tool.)
#
#    <!-- BEGIN ANSWER -->
#    How far the pictures of a walk are from their nearest training image, beside test
#    images. A G that only knows training images can do no better than to fade or jump
#    between them: distances near zero at the ends, and larger or broken between.
#
#    ```python
#    one, other = torch.randn(2, 500, latent_dim, generator=rng)
#    for z in (one, latent.slerp(one, other, 0.5), lerp(one, other, 0.5)):
#        print(metrics.nearest(draw(z, "modern"), cfg.data.train)[0].median())
#    print(metrics.nearest(cfg.data.test[:500], cfg.data.train)[0].median())
#    ```
#
#    For `modern` the median is 4.1 for fresh latents, 4.1 in the middle of arcs, 3.8 in
#    the middle of lines, and 4.4 for test images. The ends are no copies, and the
#    middles are neither nearer nor much farther.
#    <!-- END ANSWER -->
# 9. (★★★, 25 minutes) Leave out the fifth of the latents where G is steepest. What
#    happens to the share of legible pictures, and what to the two distances? Compare
#    equal numbers of pictures, over four draws.
#
#    <!-- BEGIN ANSWER -->
#    ```python
#    for _ in range(4):
#        z = torch.randn(2500, latent_dim, generator=rng)
#        flat = steepness(z, "modern").argsort()[:2000]
#        print([scores(draw(z[k], "modern")) for k in (range(2000), flat)])
#    ```
#
#    More can be read, in all four draws: 95.0 % in place of 92.2 % (means of four). But
#    the distances get worse, in all four draws and by both judges: 1.96 in place of
#    1.76 (first) and 1.27 in place of 1.09 (second). So good pictures were thrown away,
#    too, and with them some variety. That is no free lunch either, but it buys
#    something, and truncation bought nothing.
#    <!-- END ANSWER -->

# %% [markdown]
# ## In practice
#
# - Fix the latents of your gallery before training, and never choose them afterwards.
# - When you publish interpolations, say which way you took, and show pairs you did not
#   pick.
# - Widgets are for you, files are for others: always leave a static picture and an
#   export.
# - Slerp is a habit worth having for Gaussian latents: its stations are as typical as
#   its ends. It is no law: with a mapping network, as in StyleGAN, straight lines in
#   the *mapped* space work well.
#
# ## Next
#
# Pictures convince, but they do not rank. [06 · Measure
# quality](06_measure_quality.ipynb) builds the numbers that do, and shows how each of
# them is fooled.
