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
# - why the straight line between two latents leaves the place where G was trained
# - what `slerp` is, and why fading in latent space is not fading in pixels
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
from functools import cache
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from IPython.display import HTML, Image

from gan_utils import data, latent, pictures, results, viz
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
# **What you should see.** In both rows, one place keeps one latent. Follow a single
# place from left to right: first a blob, then a stroke, then a digit. It often starts
# as one digit and ends as another, because G is not learning *that* picture. It moves
# all of its pictures to where D finds them hard to tell from real ones.
#
# Then compare the two rows at the end. The networks that know about neighbours
# (`dcgan`) leave fewer lonely bright pixels than the ones that do not (`mlp`).
#
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
# the game, not the quality of the pictures. Here is the proof. The two vertical lines
# mark the steps at which the two grids were taken.

# %%
result = trained["dcgan"]
early, last = len(result.steps) // 4, -1
marks = [result.steps[early], result.steps[last]]
figure, (left, *right) = viz.panels(3, height=2.8, width=9, width_ratios=[2, 1, 1])
viz.plot_losses(result.history, ax=left, mark=marks, title="dcgan: losses")
for ax, moment, step in zip(right, (early, last), marks):
    viz.show_grid(result.images[moment][:25], ncol=5, title=f"step {step:,}", ax=ax)
plt.show()

# %% [markdown]
# **What you should see.** Between the two lines the pictures change from blobs to
# digits. The smoothed losses hardly tell you so: they settle in a band early, and much
# of the progress happens inside that band. If you had only the curves, you might have
# stopped far too soon.
#
# What curves are good for is trouble. A `d_loss` that sinks to zero says that G no
# longer learns, long before you notice it in the pictures.

# %% [markdown]
# ## 5. Travel in time yourself
#
# First the whole journey on one sheet: a row per latent, a column per moment.

# %%
title = "dcgan: five latents, every moment (step)"
viz.film_strip(result.images[:, :5], result.steps, title=title)
plt.show()

# %% [markdown]
# Now with your own hand, and with three trainings at once: `modern` is the recipe that
# notebook 06 finds best. *Align by step* shows what each made of the same number of
# updates; *by seconds*, of the same time. Drag the slider, use the arrow keys, or press
# *Play*. The line in the losses, those of row 1, moves along. A list above the pictures
# puts another recipe into a row.
#
# A slider needs a running kernel. If you read this page on the web, you have the sheet
# above, the player of section 3, and [a page that needs
# neither](../figures/explore_time.html): download it and open it in any browser.

# %%
names = results.shipped_names(first=("dcgan", "mlp", "modern"))
sliders.time_travel(load, names)

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
def draw(z, recipe="dcgan"):
    """Pictures uint8 (B, 28, 28) of latents z (B, latent_dim)."""
    return data.to_uint8(load(recipe).generator(z.to(cfg.device))).cpu()


latent_dim = trained["dcgan"].latent_dim
rng = torch.Generator().manual_seed(cfg.seed)
a, b = torch.randn(2, 4, latent_dim, generator=rng)  # four pairs of ends
t = torch.linspace(0, 1, 11)
walks = [draw(walk) for walk in lerp(a, b, t).unbind(dim=1)]
columns = [f"{value:.1f}" for value in t]
title = "Four straight walks from a (t = 0) to b (t = 1)"
viz.show_rows(walks, columns=columns, title=title)
plt.show()

# %% [markdown]
# **What you should see.** No cuts and no double exposures: strokes bend, open and
# close. Most stations look like digits that somebody might write, and some lie between
# two classes. Nobody told G which digits are neighbours. It has to put *something*
# between any two of them, because a network is a continuous map. And since training
# draws fresh latents at every step, these places between were judged by D as well.

# %% [markdown]
# ## 7. Why the straight line is not the best way
#
# Look at the middle of the walks again: strokes are often a little plainer there. This
# has a reason. In many dimensions a random latent is never near zero. Its squared
# length is a sum of `d` independent squares with mean 1 each, so
#
# $$\lVert z \rVert \approx \sqrt{d} \pm 0.7 \quad \text{for every large } d$$
#
# All latents G ever saw lie in this thin shell. The middle of a straight line between
# two of them does not. Two random latents are nearly at right angles, so the middle has
# length $\sqrt{d/2}$: that far inside, G has never been trained. To stay in the shell,
# walk along the arc: *spherical* interpolation, with ω the angle between `a` and `b`
# ([Shoemake 1985](https://doi.org/10.1145/325165.325242)):
#
# $$\text{slerp}(a, b; t) = \frac{\sin((1 - t)\,\omega)}{\sin \omega}\, a
#   + \frac{\sin(t\,\omega)}{\sin \omega}\, b$$


# %%
def slerp(a, b, t):
    """Arc from a to b at constant angular speed (Shoemake 1985); shapes as in lerp.

    Zero, parallel and opposite vectors span no arc: there it is the straight line.
    """
    line = lerp(a, b, t)
    t = torch.as_tensor(t, dtype=a.dtype, device=a.device)
    t = t.reshape(t.shape + (1,) * a.dim())
    unit_a = a / a.norm(dim=-1, keepdim=True)
    unit_b = b / b.norm(dim=-1, keepdim=True)
    cosine = (unit_a * unit_b).sum(dim=-1, keepdim=True).clamp(-1, 1)
    omega = torch.acos(cosine)  # the angle between a and b
    weight_a = torch.sin((1 - t) * omega) / torch.sin(omega)
    weight_b = torch.sin(t * omega) / torch.sin(omega)
    return torch.where(omega.sin() > 1e-3, weight_a * a + weight_b * b, line)


# %% [markdown]
# Two unit vectors at right angles are a case you can check on paper. Half-way along the
# arc, both coordinates are the sine of 45 degrees, and the length is still 1.

# %% tags=["nbval-check-output"]
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

# %% [markdown]
# Does the length matter to G at all? Stretch a few latents and see. At length 0 all of
# them are the same point, so G can only draw one picture. The shell is at factor 1; the
# middle of a straight line is at about 0.7.

# %%
factors = torch.tensor([0.0, 0.2, 0.4, 0.6, 0.7, 0.8, 1.0, 1.2, 1.5, 2.0])
rows = [draw(factors[:, None] * z) for z in a]
names = [f"x {factor:g}" for factor in factors]
viz.show_rows(rows, columns=names, title="Four latents (rows), stretched (columns)")
plt.show()

# %% [markdown]
# **What you should see.** Towards the left the four rows lose what makes them
# different: they drift to one common, average shape. Towards the right digits get
# stranger, and fall apart. So a straight walk dips into the average on its way. An arc
# does not.

# %% [markdown]
# ## 8. Compare three ways, and walk them
#
# There is a third way, which needs no G at all: fade one *picture* into the other,
# pixel by pixel. Here are all three between the same two ends, for two pairs.


# %%
def three_ways(a, b, t):
    """Pictures uint8 (T, 28, 28) of each way from latent a to latent b, each (d,)."""
    ends = draw(torch.stack([a, b])).float()
    fade = lerp(ends[0], ends[1], t).round().to(torch.uint8)
    return {"lerp": draw(lerp(a, b, t)), "slerp": draw(slerp(a, b, t)), "pixels": fade}


pairs = [three_ways(a[i], b[i], t) for i in (0, 1)]
rows = [pictures for ways in pairs for pictures in ways.values()]
titles = [name for ways in pairs for name in ways]
title = "Three ways between the same two ends, twice"
viz.show_rows(rows, titles=titles, columns=columns, title=title)
plt.show()

# %% [markdown]
# **What you should see.** The fade shows two ghosts on top of each other; no pen has
# ever drawn its middle. `lerp` and `slerp` show one digit at every station. Between
# these two the difference is small, and for some pairs you will see none: `d` is not
# huge here, and G is kind to points a little inside the shell. In larger models the
# difference grows.

# %% [markdown]
# Now walk yourself: two seeds, and a slider between them. Left the straight line, right
# the arc. Hunt for a pair of seeds on which the two disagree, and compare the recipes.
# (Without a kernel: [the same as a page](../figures/explore_morph.html).)

# %%
sliders.morph(load, names)

# %% [markdown]
# One fault of the fade can be counted. Notebook 01 found that pixels of real digits are
# mostly either paper or ink. How many are neither, half-way?


# %%
def gray_share(images):
    """Share of pixels in percent that are neither paper nor ink; uint8 images."""
    return 100 * ((images > 64) & (images < 192)).float().mean().item()


n = 100 if cfg.profile == "smoke" else 500
starts, ends = torch.randn(2, n, latent_dim, generator=rng)
fade = (draw(starts).float() + draw(ends).float()) / 2
print(f"real digits     {gray_share(cfg.data.test[:n]):5.1f} % gray")
for way in (lerp, slerp):
    middles = draw(way(starts, ends, 0.5))
    print(f"middle of {way.__name__:5} {gray_share(middles):5.1f} % gray")
print(f"middle of fades {gray_share(fade):5.1f} % gray")

# %% [markdown]
# The fades have several times the gray of real digits. Both latent walks stay near
# them. That is what a generator adds to a pile of pictures: not the pictures, but the
# ways between them.

# %% [markdown]
# ## 9. Name any picture with two numbers
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

# %% [markdown]
# **What you should see.** A map with regions: neighbouring points show the same digit,
# and at the borders one turns into another. Nobody drew these borders. No class was
# ever given to G.

# %%
sliders.plane(load, names)

# %% [markdown]
# ([The plane as a page](../figures/explore_plane.html), with a square to point into.)
#
# ## 10. Find directions that mean something
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
# **What you should see.** The middle column is the same picture in every row. The first
# direction changes mostly the width: towards one end every digit closes to a stroke, at
# the other it opens. Which end is which is chance, as the sign of a component is. The
# further rows are harder to name, and often a class changes on the way. A GAN is not
# asked to keep meanings apart, and this one does not.
#
# The explorer has the same four as sliders, for any seed. *Reset* brings you back.

# %%
sliders.directions(load, names)

# %% [markdown]
# ([The directions as a page](../figures/explore_directions.html).)
#
# ## 11. Leave on a loop
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
#   stay.
# - A walk in latent space shows digits all the way; a fade of pixels shows ghosts.
# - Directions found from pictures move width or slant; they are found, not made.

# %% [markdown]
# ## Exercises
#
# **Exercise 1: how deep is the dip?** Return the typical length at the middle of the
# straight line between two random latents of dimension `d`: the square root of the
# expected *squared* length. A formula will do.
#
# <details><summary>Hint</summary>
#
# The middle is (a + b) / 2. Each of its coordinates is half the sum of two independent
# normal numbers. Such a sum has variance 2, so half of it has variance 1/2. Now add up
# `d` squares.
#
# </details>


# %% tags=["exercise"]
def middle_length(d):
    """Typical length of (a + b) / 2 for latents a, b ~ N(0, 1) of dimension d."""
    ### BEGIN SOLUTION
    return (d / 2) ** 0.5
    ### END SOLUTION


check("two dimensions", lambda: middle_length(2), 1.0)
check("fifty dimensions", lambda: middle_length(50), 5.0)

# %% [markdown]
# **Exercise 2: a round trip.** Return latents that lead from the first key to the next,
# and so on, and from the last key back to the first: `n` per leg, so that a movie of
# them loops without a stutter. No latent may come twice.
#
# <details><summary>Hint</summary>
#
# A leg uses `t = torch.arange(n) / n`, which leaves out 1: the next leg starts there.
# `torch.roll(keys, -1, dims=0)` gives the key that follows each key. Join the legs with
# `torch.cat`. Then hand the pictures of your trip to `pictures.gif`.
#
# </details>


# %% tags=["exercise"]
def round_trip(keys, n):
    """Latents (K * n, d) along arcs through all keys (K, d) and back to the first."""
    ### BEGIN SOLUTION
    t = torch.arange(n) / n
    ends = torch.roll(keys, -1, dims=0)
    return torch.cat([slerp(a, b, t) for a, b in zip(keys, ends)])
    ### END SOLUTION


def trip():
    """Your trip through three corners of the unit sphere."""
    return round_trip(torch.eye(3), 4)


check("K * n stations", trip, lambda z: z.shape == (12, 3))
check("all keys visited", trip, lambda z: torch.equal(z[::4], torch.eye(3)))
check("on the sphere", trip, lambda z: torch.allclose(z.norm(dim=1), torch.ones(12)))

# %% [markdown]
# **Questions**
#
# 3. Section 5: which latents changed their digit last, and at which step?
# 4. Use `draw(..., recipe="mlp")` in section 6. Are the walks less smooth? Look for
#    speckle that appears and vanishes.
# 5. Find two latents of the same digit. What does the walk between them change?
# 6. G was trained on z ~ N(0, 1). What would you expect of `slerp` and `lerp` if z were
#    uniform in a cube? And if every z had been scaled to length 1 before G saw it?
# 7. A G that has memorised its training images can still give smooth walks. What would
#    you measure to find out? (Notebook 01 has the tool.)

# %% [markdown]
# ## In practice
#
# - Fix the latents of your gallery before training, and never choose them afterwards.
# - When you publish interpolations, say which way you took, and show pairs you did not
#   pick.
# - Widgets are for you, files are for others: always leave a static picture and an
#   export.
# - Slerp is a habit worth having for Gaussian latents. It is no law: with a mapping
#   network, as in StyleGAN, straight lines in the *mapped* space work well.
#
# ## Next
#
# Pictures convince, but they do not rank. [06 · Measure
# quality](06_measure_quality.ipynb) builds the numbers that do, and shows how each of
# them is fooled.
