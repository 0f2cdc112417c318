# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 01 · Look at the digits before you learn to draw them
#
# **What you'll do.** Take handwritten digits apart, and build two machines that try to
# draw new ones and fail.
#
# **What you'll learn**
# - what a picture is to a network: a tensor, its shape, type and range
# - why pixels go to [-1, 1], and how images come in batches
# - which digits there are, and how much they differ
# - how to look at 784 dimensions
# - what a *new* digit is, and why no simple rule makes or recognises one
#
# **What you'll need.** A little PyTorch: tensors, indexing, `mean`. Nothing is trained,
# so no GPU.

# %% [markdown]
# ## Parameters
#
# The same in every notebook. `quick` is what you see here; `smoke` only proves that all
# cells run.

# %% tags=["parameters"]
profile: str = "quick"  # smoke, quick or full: how much work to do
seed: int = 0  # one seed for every random choice
dataset: str = "auto"  # auto, mnist, fashion, kmnist, offline or a folder
device: str = "auto"  # auto, cpu, cuda or mps
out_dir: str = None  # root folder of this run's results; None: runs/lab

# %%
import tempfile

import matplotlib.pyplot as plt
import numpy as np
import torch
import torchvision
from torchvision.transforms.functional import to_tensor
from torchvision.utils import make_grid

from gan_utils import data, metrics, viz
from gan_utils.lesson import check, lesson

cfg = lesson("01_explore_mnist", globals())  # checks the parameters above
random = torch.Generator().manual_seed(cfg.seed)
viz.use_style()

# %% [markdown]
# `lesson` says what will run. `auto` is MNIST, checked against its published checksum;
# if it cannot be had, you get other handwritten digits, and every figure says so.

# %% [markdown]
# ## 1. A picture is a tensor
#
# The whole data set is one tensor. It fits into memory many times over.

# %% tags=["nbval-check-output"]
train, train_labels = cfg.data.train, cfg.data.train_labels  # for training
test, test_labels = cfg.data.test, cfg.data.test_labels  # never trained on
classes = cfg.data.classes

assert len(train) == len(train_labels) and len(test) == len(test_labels)
print("one image:", tuple(train.shape[1:]), train.dtype)

# %% [markdown]
# An image is 28 rows of 28 pixels. A pixel is one byte: 0 is the black background, 255
# is white ink. Look at one digit, and at the numbers in a piece of it.

# %%
digit = train[0]
piece = digit[8:18, 10:20]
figure, (left, right) = viz.panels(2, height=4)
viz.show_grid(digit[None], title="what you see", ax=left)
viz.show_grid(piece[None], title="what is stored", ax=right)
left.add_patch(plt.Rectangle((9.5, 7.5), 10, 10, fill=False, color="C1", linewidth=2))
for row, values in enumerate(piece.tolist()):
    for column, value in enumerate(values):
        color = "black" if value > 127 else "white"
        right.text(column, row, value, ha="center", va="center", color=color)
plt.show()


def gray(images):
    """Share of the pixels that are neither paper nor ink: levels 26 to 229."""
    return ((images > 25) & (images < 230)).float().mean().item()


print(f"{gray(digit):.0%} of the pixels of this digit are gray")

# %% [markdown]
# **What you should see.** Most numbers are near 0 or near 255. Between ink and paper
# runs a rim of one or two gray pixels, from the scaling of the scans.
#
# Elsewhere you will meet MNIST as `torchvision.datasets.MNIST`: the same files, one
# picture at a time.

# %%
with tempfile.TemporaryDirectory() as folder:  # our data, where torchvision looks
    theirs = torchvision.datasets.MNIST(data.write_idx(cfg.data, folder), train=True)
picture, label = theirs[0]
print(f"theirs: {type(picture).__name__}, {picture.size}, label {label}")
assert torch.equal(to_tensor(picture)[0] * 255, train[0].float())

sheet = make_grid(train[:20][:, None], nrow=10, padding=1, pad_value=255)
print("twenty pictures in one:", tuple(sheet.shape))
plt.figure(figsize=(8, 1.8))
plt.imshow(sheet[0], cmap="gray")
plt.title("Twenty digits as one picture, by make_grid")
plt.axis("off")
plt.show()

# %% [markdown]
# ## 2. From [0, 255] to [-1, 1]
#
# A generator has to produce the *same range* as the data. Its last layer will be a
# tanh, which gives numbers between -1 and 1. So that is where we put the pixels. If the
# two ranges differed, the opponent of the generator would notice nothing else: "numbers
# above 1 are real" is a perfect, useless judgement. Several tutorials have this bug.

# %% tags=["nbval-check-output"]
pixels = torch.tensor([0, 51, 255], dtype=torch.uint8)
in_range = pixels / 127.5 - 1
print(pixels.tolist(), "->", [round(value, 3) for value in in_range.tolist()])

real = data.to_float(train[:64])  # the same for images, with a channel axis
assert real.shape == (64, 1, 28, 28) and real.dtype == torch.float32
assert real.min() >= -1 and real.max() <= 1
assert torch.equal(real[:, 0], train[:64] / 127.5 - 1)

# %% [markdown]
# The new axis is the channel: gray pictures have one, colour pictures three.
#
# Training takes images in **batches**, with random numbers `z` for the generator. One
# pass over all images is an *epoch*, and each shuffles them anew. Six lines do it, and
# depend on the seed and the number of the step alone: ask twice, get the same.


# %%
def rng(*numbers):
    """Random numbers of their own for each (seed, purpose, number)."""
    mixed = np.random.SeedSequence(numbers).generate_state(1, np.uint64)
    return torch.Generator().manual_seed(int(mixed[0]))


def batch(step, size=64, latent_dim=16):
    """real (size, 1, 28, 28) in [-1, 1] and z (size, latent_dim) of one step."""
    epoch, number = divmod(step, len(train) // size)
    order = torch.randperm(len(train), generator=rng(cfg.seed, 0, epoch))
    chosen = order[number * size : (number + 1) * size]
    real = train[chosen].unsqueeze(1) / 127.5 - 1
    z = torch.randn(size, latent_dim, generator=rng(cfg.seed, 1, step))
    return real, z


# %% [markdown]
# `data.Batches` is the same as a class, for all notebooks to come.

# %%
batches = data.Batches(train, batch_size=64, latent_dim=16, seed=cfg.seed)
for step in (0, 7, 1000):
    (real, z), (theirs, z_theirs) = batch(step), batches(step)
    assert torch.equal(real, theirs) and torch.equal(z, z_theirs)  # to the last bit
assert not torch.equal(batch(7)[0], batch(8)[0])

# %% [markdown]
# ## 3. Who is in the data?
#
# A row for each class, not chosen by us: they are the first in the file.

# %%
viz.show_classes(train, train_labels, per_class=20, classes=classes)
plt.show()
ink = (train > 127).float().mean(dim=(1, 2))
thin, thick = torch.quantile(ink[train_labels == 1], torch.tensor([0.1, 0.9]))
print(f"class {classes[1]}: the boldest tenth has {thick / thin:.1f} times the ink")

# %% [markdown]
# **What you should see.** Upright and slanted hands, a 7 with a bar and one without.
# The boldest tenth of the 1s has twice the ink of the thinnest. A good generator must
# show this variety. One perfect 7, drawn a thousand times, is a failure: *mode
# collapse*. So we will count classes. This is what to compare with.

# %%
counts = torch.bincount(train_labels, minlength=len(classes))
viz.bar_classes(counts, classes=classes, title="Training images")
plt.show()
most, least = counts.argmax(), counts.argmin()
print(f"most common: {classes[most]} ({counts[most] / len(train):.1%})")
print(f"rarest: {classes[least]} ({counts[least] / len(train):.1%})")

# %% [markdown]
# In MNIST, 1 is the most common digit and 5 the rarest.
#
# How do the members of a class differ? For each pixel, take the mean over the class and
# the standard deviation around it.

# %%
means, spreads = [], []
for label in range(len(classes)):
    members = train[train_labels == label].float()
    means.append(members.mean(dim=0) / 127.5 - 1)
    spreads.append(members.std(dim=0) / 63.75 - 1)  # white: the largest spread there is

rows, names = [torch.stack(means), torch.stack(spreads)], ["mean", "spread"]
viz.show_rows(rows, titles=names, columns=classes)
plt.show()
print(f"gray pixels: {gray(train):.0%} of the digits,", end=" ")
print(f"{gray(127.5 * (1 + rows[0])):.0%} of the means")

# %% [markdown]
# **What you should see.** The means are soft ghosts with three times the gray of a
# digit. The spread is bright along the edges of the strokes, where writers do not
# agree. A model that is trained to be *right on average* draws the upper row.
# Everything after this notebook is about escaping from it.

# %% [markdown]
# ## 4. Ink or paper, hardly anything between
#
# How often does each gray level occur? The axis on the left is logarithmic.

# %%
levels = torch.bincount(train.flatten().int(), minlength=256) / train.numel()
figure, ax = viz.panels(1)
ax.bar(range(256), 100 * levels, width=1, color="0.45")
ax.set(yscale="log", xlabel="gray level", ylabel="share of pixels (%)")
ax.set_title("Gray levels of all training images")
plt.show()
black, white = levels[:6].sum(), levels[-6:].sum()
print(f"{black:.0%} of the pixels are almost black, {white:.0%} almost white")

# %% [markdown]
# **What you should see.** A tower at 0, a smaller one at the right end, and a low plain
# between them. Nine of ten pixels lie in the two towers. Can a tanh do that? It reaches
# 1 only at infinity, but half a gray level from the end *rounds* to white.

# %% tags=["nbval-check-output"]
almost_white = torch.tensor(254.5) / 127.5 - 1
push = torch.atanh(almost_white)
print(f"tanh({push:.1f}) = {almost_white:.3f}, which rounds to gray level 255")
print(f"slope of tanh there: {1 - almost_white**2:.3f}")
print(f"256^784 pictures: a number with {len(str(256**784)):,} digits")

# %% [markdown]
# It can. But look at the slope: a pixel that is stuck at the wrong end gets hardly any
# gradient to return. And look at the last line: digits are a vanishing part of so many
# pictures. A generator must find this part, fill it, and stay inside.

# %% [markdown]
# ## 5. A map of the digits
#
# An image is a point in 784 dimensions. **Principal component analysis** (PCA) finds
# the directions along which the points are spread most widely: the eigenvectors of the
# covariance matrix with the largest eigenvalues.


# %%
def flat(images):
    """Images uint8 (N, 28, 28) -> points float32 (N, 784) in [0, 1]."""
    return images.flatten(1).float() / 255


points = flat(train)
centre = points.mean(dim=0)
variances, directions = torch.linalg.eigh(torch.cov(points.T))
variances, directions = variances.flip(0), directions.flip(1)  # the largest first

coordinates = (points - centre) @ directions  # (N, 784)
assert torch.allclose(coordinates[:, 0].var(), variances[0], rtol=1e-3)

# %% [markdown]
# The first two coordinates make a map. Each number stands at the middle of its class.

# %%
figure, ax = viz.panels(1, height=5.5)
for label, name in enumerate(classes):
    x, y = coordinates[train_labels == label, :2].T
    color = f"C{label % 10}"
    ax.scatter(x[:150], y[:150], s=8, alpha=0.5, color=color, label=name)
    look = dict(boxstyle="circle,pad=0.2", facecolor="white", edgecolor=color)
    ax.text(x.mean(), y.mean(), name, ha="center", va="center", fontsize=11, bbox=look)
ax.set(xlabel="first principal component", ylabel="second principal component")
ax.set_title("The training images, seen from their widest side")
ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), markerscale=3)
plt.show()

for k in (2, 64):
    middles = [coordinates[train_labels == c, :k].mean(0) for c in range(len(classes))]
    nearest_middle = torch.cdist(coordinates[:, :k], torch.stack(middles)).argmin(1)
    share = (nearest_middle == train_labels).float().mean()
    print(
        f"by {k:2d} coordinates, {share:.0%} lie nearest to the middle of their class"
    )

# %% [markdown]
# **What you should see.** Clouds, not islands: on the map, fewer than half of the
# images lie nearest to the middle of their own class. With 64 coordinates it is about
# four of five. Throw all but the first few away and draw what is left:

# %%
shown = torch.stack([test[test_labels == k][0] for k in test_labels.unique()[:10]])
position = (flat(shown) - centre) @ directions
explained = variances.cumsum(0) / variances.sum()

rows, titles = [shown], ["original"]
for k in [2, 8, 32, 64]:
    rebuilt = centre + position[:, :k] @ directions[:, :k].T
    rows.append(rebuilt.view(-1, 28, 28) * 2 - 1)
    titles.append(f"{k} kept, {explained[k - 1]:.0%}")
viz.show_rows(rows, titles=titles)
plt.show()
print(f"64 of {len(variances)} coordinates keep {explained[63]:.0%} of the variance")
assert metrics.PixelSpace.of(train[:2000]).axes.shape == (784, 64)

# %% [markdown]
# The percentage is the share of the variance that is kept. A few dozen numbers tell
# what a digit is. Later notebooks that measure in *pixels* keep d = 64 of them
# (`metrics.PixelSpace`).
#
# So a generator can start from a short vector `z`. But walk from one digit to another
# on a straight line, from the top row to the bottom row:

# %%
start, end = data.to_float(shown), data.to_float(shown.flip(0))  # 0 and 9, 1 and 8, ...
steps = [0, 0.25, 0.5, 0.75, 1]
walk = [torch.lerp(start, end, step) for step in steps]
viz.show_rows(walk, titles=[f"{step:.0%}" for step in steps])
plt.show()
ends, half = (gray(127.5 * (1 + row)) for row in (walk[0], walk[2]))
print(f"gray pixels: {ends:.0%} at the ends, {half:.0%} half way")

# %% [markdown]
# **What you should see.** A cross-fade. Half way there are two digits at half strength,
# and twice as many gray pixels as in a digit. The digits lie on a curved surface. In
# notebook 05 a generator is the map of it: the same walk, taken in `z`, bends strokes.

# %% [markdown]
# ## 6. Neighbours
#
# The distance of two images is the length of the line between their points. Here is a
# test image of each class, above its four nearest training images.


# %%
def nearest(images, k=1):
    """Distances (N, k) and numbers (N, k) of the k nearest training images."""
    distances = torch.cdist(flat(images), points)
    return distances.topk(k, largest=False)


numbers = nearest(shown, k=4).indices  # (10, 4)
rows = [shown, *train[numbers].unbind(dim=1)]
viz.show_rows(rows, titles=["test image", "nearest", "second", "third", "fourth"])
plt.show()
assert nearest(train[:5]).values.max() < 0.1  # each image is its own neighbour
same = sum((train_labels[row] == k).sum() for k, row in enumerate(numbers))
print(f"{same} of {numbers.numel()} neighbours are of the class of the test image")

# %% [markdown]
# **What you should see.** Nearly all neighbours are of the same class, often with the
# same slant and pen. That is a working description of a new digit: it lies as near to
# the training images as a test image does, **not farther, or it is no digit; not
# nearer, or it is a copy.**

# %% [markdown]
# ## 7. Two generators that fail
#
# A generator is anything that draws a picture when asked. The first one knows nothing.
# The second knows every pixel by heart: for each pixel it opens the training images at
# random and copies what it finds in that place. So each pixel, by itself, is right.


# %%
def noise_generator(count):
    """Each pixel by itself, any gray level: uint8 (count, 28, 28)."""
    return torch.randint(0, 256, (count, 28, 28), dtype=torch.uint8, generator=random)


def pixel_generator(count):
    """Each pixel by itself, from a training image of its own: uint8 (count, 28, 28)."""
    source = torch.randint(len(train), (count, 28 * 28), generator=random)
    return train.flatten(1)[source, torch.arange(28 * 28)].view(count, 28, 28)


# %%
kinds = {
    "test images": test[:500],
    "pixel by pixel": pixel_generator(500),
    "noise": noise_generator(500),
}
wrong_mean = (flat(pixel_generator(2000)).mean(dim=0) - centre).abs().max()
assert wrong_mean < 0.06  # every pixel is right on average

viz.show_rows([images[:10] for images in kinds.values()], titles=list(kinds))
plt.show()
for name, images in kinds.items():
    bright = images > 127
    pairs = (bright[:, :, 1:] & bright[:, :, :-1]).sum() / bright[:, :, :-1].sum()
    print(f"{name:15s} right of a bright pixel, {pairs:.0%} are bright")

# %% [markdown]
# **What you should see.** Television snow below, and dust in the shape of a blob above
# it. What is missing is how pixels go *together*: in a digit, most pixels to the right
# of a bright one are bright as well. A generator has to learn such agreements between
# hundreds of pixels.
#
# Now the ruler: the distance from each picture to the nearest training image.

# %%
kinds = {"copies": train[:500], **kinds}
apart = {name: nearest(images).values[:, 0] for name, images in kinds.items()}

figure, ax = viz.panels(1)
look = dict(bins=40, range=(0, 16), histtype="stepfilled", alpha=0.6)
for name, values in apart.items():
    ax.hist(values, label=name, **look)
    print(f"{name:15s} median distance {values.median():4.1f}")
ax.set(xlabel="distance to the nearest training image", ylabel="pictures")
ax.legend(loc="upper center")
plt.show()

# %% [markdown]
# **What you should see.** Copies at zero, test images in a hill of their own, the two
# failed generators to the right of it. Have we found a way to grade a generator? Take
# for each test image the *average* of its hundred nearest training images. Predict,
# before you run the cell: does the ruler find them nearer than real digits, or farther?

# %%
neighbours = train[nearest(test[:500], k=100).indices].float()
averages = neighbours.mean(dim=1).round().to(torch.uint8)  # of 100 each
ours = nearest(averages).values[:, 0]
viz.show_rows([test[:10], averages[:10]], titles=["test images", "averages"])
plt.show()
print(
    f"averages: median distance {ours.median():.1f}, {gray(averages):.0%} gray pixels"
)
print(f"test images: {apart['test images'].median():.1f}, {gray(test[:500]):.0%}")

# %% [markdown]
# **What you should see.** The averages are soft and gray, and the ruler likes them
# *better* than real digits. Gray is never very wrong anywhere.
#
# So a fixed rule will not do. We want a judge that finds out by itself what gives fakes
# away, dust or blur, and looks again when they become better: a judge that *learns*.
# Put it against a learning generator, and you have a **generative adversarial
# network**.

# %% [markdown]
# ## Recap
#
# - Images are one uint8 tensor (N, 28, 28). For networks: float (N, 1, 28, 28) in [-1,
#   1], the range of tanh. They come in batches that depend on (seed, step) alone.
# - Pixels are ink or paper; between them is only a thin rim.
# - The classes are nearly balanced, and every class is full of variety.
# - Digits need far fewer than 784 numbers, but they lie on a curved surface: neither an
#   average nor a straight line of digits is a digit.
# - A new digit is about as far from the training images as a test image. That is
#   necessary, and far from sufficient.
# - Right pixels, one by one, do not make a digit. What counts is how they go together.

# %% [markdown]
# ## Exercises
#
# One star: a few lines. Three stars: think first. Replace the `...`. The checks print
# `ok` or what is still missing; they never stop the notebook.
#
# **Predict, then run.** How many images does one epoch of `batch` leave out, and which?
# Decide before you open the answer; then find out with `len(train) // 64`.
#
# <details><summary>Answer</summary>
# 60 000 images make 937 whole batches of 64. The last 32 of the shuffled order are left
# out. As each epoch is shuffled anew, they are other images each time.
# </details>
#
# **Exercise 1: read with neighbours.** (★, 10 minutes) Let the `k` nearest training
# images of each picture vote: its class is the one with the most votes.
#
# <details><summary>Hint</summary>
# First write down the shape of what <code>nearest(images, k)</code> gives, and the
# shape you want. One function of a tensor finds the most frequent value along an axis.
# </details>


# %% tags=["exercise"]
def read_digits(images, k=5):
    """The class with most votes of the k nearest training images: int64 (N,)."""
    ### BEGIN SOLUTION
    votes = train_labels[nearest(images, k).indices]  # (N, k)
    return votes.mode(dim=1).values
    ### END SOLUTION


check("one neighbour", lambda: read_digits(train[:50], k=1), train_labels[:50])
check(
    "with all votes the most common class wins",
    lambda: read_digits(test[:2], k=len(train)),
    counts.argmax().repeat(2),
)
check(
    "most test images are read correctly",
    lambda: read_digits(test[:200]),
    lambda answer: (answer == test_labels[:200]).float().mean() > 0.8,
)

# %% [markdown]
# **Exercise 2: a generator with a `z`.** (★★, 15 minutes) PCA gives you a third
# generator. Each number of `z` is drawn from the standard normal distribution and
# stands for one direction of section 5. Make a generator whose pictures have the mean
# of the data, and the spread of the data along each of these directions. Then it gets
# all *pairs* of pixels right, not only each pixel by itself. Does it draw digits?
#
# <details><summary>Hint</summary>
# How far from the centre must a typical picture lie along the first direction? Which
# tensor of section 5 says so? Mind that it holds squares.
# </details>


# %%
z = torch.randn(2000, 50, generator=random)
slopes = torch.autograd.functional.jacobian  # of a function at a point


# %% tags=["exercise"]
def pca_generator(z):
    """z (N, k) from N(0, 1) -> points (N, 784), in the coordinates of section 5."""
    ### BEGIN SOLUTION
    k = z.shape[1]
    stretched = z * variances[:k].sqrt()
    return centre + stretched @ directions[:, :k].T
    ### END SOLUTION


check("z = 0 is the mean", lambda: pca_generator(torch.zeros(1, 50)), centre[None])
check(
    "as widely spread as the data",
    lambda: ((pca_generator(z) - centre) @ directions).var(dim=0)[:3] / variances[:3],
    torch.ones(3),
    tolerance=0.2,
)
check(
    "a step in z goes as far as the data do",
    lambda: slopes(pca_generator, z[:1, :3]).square().sum((0, 1, 2)),
    variances[:3],
)

# %%
if isinstance(pca_generator(z[:20]), torch.Tensor):  # once exercise 2 is done
    viz.show_grid(pca_generator(z[:20]).view(-1, 28, 28) * 2 - 1, ncol=10)
    plt.show()

# %% [markdown]
# If it worked, look at your pictures: smoke in the shape of digits, sometimes almost
# one. This generator turns a `z` into a picture just as the one in notebook 02 does. It
# is a single linear layer. All that is left to do is to bend it.
#
# **Exercise 3: a batch that knows its classes.** (★★★, 20 minutes) A GAN that is to
# draw the digit you ask for needs real images with their labels. Write a batch that
# holds each class equally often, without a loop over images: image `i` of the batch has
# the class `i % len(classes)`, and is drawn at random among the training images of that
# class. Like `batch`, it is a function of the seed and the step alone.
#
# <details><summary>Hint</summary>
# Sort all images by class once, before any step. Where does each class begin in that
# order, and how many are there? A random place in it is a beginning and a share of a
# length.
# </details>


# %%
def shape_and_black(real, labels):
    """The sizes of a batch, its darkest pixel, and how many labels it has."""
    return [*real.shape, real.min(), len(labels)]


def read_as(real):
    """The labels (B,) of the training images nearest to real (B, 1, 28, 28)."""
    return train_labels[nearest(data.to_uint8(real)).indices[:, 0]]


in_turn = torch.arange(60) % len(classes)


# %% tags=["exercise"]
def class_batch(step, size=60):
    """real (size, 1, 28, 28) in [-1, 1] and labels (size,), as in the text."""
    ### BEGIN SOLUTION
    by_class = train_labels.argsort()
    first = counts.cumsum(0) - counts  # where each class begins in that order
    labels = torch.arange(size) % len(classes)
    share = torch.rand(size, generator=rng(cfg.seed, 2, step))
    places = first[labels] + (share * counts[labels]).long()
    return data.to_float(train[by_class[places]]), labels
    ### END SOLUTION


expected = [60, 1, 28, 28, -1, 60]
check("its shapes and range", lambda: shape_and_black(*class_batch(0)), expected)
check("each class equally often, in turn", lambda: class_batch(3)[1], in_turn)
check("of the class that they claim", lambda: read_as(class_batch(0)[0]), in_turn)

# %% [markdown]
# **Questions**
#
# 4. (★, 10 minutes) Set `dataset="offline"`, other handwritten digits that are part of
#    scikit-learn. Which of the statements marked *What you should see* no longer hold?
#
#    <!-- BEGIN ANSWER -->
#    Three, at profile `quick`. The boldest tenth of the 1s has 1.6 times the ink of the
#    thinnest, not twice. The 7s nearly all have a bar. And 1 is not the most common
#    digit: 3 is, with 10.2 %, and 8 the rarest with 9.7 %, as these digits were made in
#    nearly equal numbers. Everything about gray, neighbours and the ruler holds; the
#    averages are at a distance of 2.9, real digits at 4.0.
#    <!-- END ANSWER -->
# 5. (★, 5 minutes) Which two classes of digits have the nearest means? Guess from the
#    map, then compute.
#
#    <!-- BEGIN ANSWER -->
#    4 and 9: their means are 2.5 apart. Next come 7 and 9 (3.0) and 5 and 8 (3.1). On
#    the map, too, 4, 7 and 9 lie on top of each other, but so do 5 and 8 with others:
#    two coordinates do not decide it. `torch.cdist(flat_means, flat_means)` with
#    `flat_means = torch.stack(means).flatten(1) / 2` gives all 45 distances.
#    <!-- END ANSWER -->
# 6. (★★, 10 minutes) An all-black picture has a nearest training image, too. How far is
#    it away, and which digit is it? What does that say about the ruler?
#
#    <!-- BEGIN ANSWER -->
#    3.6 away, and it is a 1, as are the four next ones: a 1 has the least ink. The
#    typical *test digit* is 4.4 away from its nearest training image. So the ruler
#    prefers an empty page to most real handwriting: a distance in pixels counts ink in
#    the wrong place, and who writes nothing makes no such mistake.
#    <!-- END ANSWER -->
# 7. (★★, 15 minutes) Shift every test image by one pixel to the right and measure its
#    distance to the original. How does that compare with the distance to its nearest
#    neighbour? Would you call a shifted digit a different digit?
#
#    <!-- BEGIN ANSWER -->
#    With `shifted = torch.roll(test[:500], 1, dims=2)`, the median distance to the own
#    original is 5.3; to the nearest training image of the original it is 4.4. Four of
#    five digits lie farther from themselves, moved by one pixel, than from somebody
#    else's digit. No reader would notice the shift. Distances in pixels do not measure
#    what we mean by *the same digit*; notebook 06 replaces pixels by the features of a
#    network that has learnt to read.
#    <!-- END ANSWER -->

# %% [markdown]
# ## In practice
#
# - The files of MNIST are as simple as can be: a header of 16 bytes (8 for labels),
#   then one byte for each pixel. `gan_utils.data.parse_idx` reads them in a few lines.
#   Other libraries convert to PIL images, apply transforms one by one, and can spend
#   more time on that than on training a small GAN.
# - Do not standardise images by mean and standard deviation for a GAN, as one does for
#   classifiers. The range must be the one G can reach.
# - Do not mirror digits to get more of them. A mirrored 3 is not a 3, and a generator
#   will learn what you show it.
# - MNIST is by [LeCun, Cortes and Burges](http://yann.lecun.com/exdb/mnist/), CC BY-SA
#   3.0. How its digits were chosen, and where the missing 50 000 test digits went, is
#   told by [Yadav and Bottou (2019)](https://arxiv.org/abs/1905.10498).

# %% [markdown]
# ## Next
#
# [02 · Train your first GAN](02_vanilla_gan.ipynb): two networks, one game, and digits
# out of noise.
