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
# - what a picture is to a network: a tensor, its shape, its type, its range
# - why we move pixels to [-1, 1], and what that asks of a generator's last layer
# - which digits there are, how many of each, and how much they differ
# - how to look at 784 dimensions: principal components, nearest neighbours
# - what a *new* digit is, and why no simple rule makes one or even recognises one
#
# **What you'll need.** Python and a little PyTorch: tensors, indexing, `mean`. Nothing
# is trained here, so no GPU.

# %% [markdown]
# ## Parameters
#
# These are the same in every notebook. Change a value and run the notebook again.
# `smoke` looks at few images and only proves that all cells run; `quick` is what you
# see here.

# %% tags=["parameters"]
profile: str = "quick"  # smoke, quick or full: how much work to do
seed: int = 0  # one seed for every random choice
dataset: str = "auto"  # auto, mnist, fashion, kmnist, offline or a folder
device: str = "auto"  # auto, cpu, cuda or mps
out_dir: str = None  # root folder of this run's results; None: runs/lab

# %%
import tempfile

import matplotlib.pyplot as plt
import torch
import torchvision
from torchvision.transforms.functional import to_tensor
from torchvision.utils import make_grid

from gan_utils import data, viz
from gan_utils.lesson import check, lesson

cfg = lesson("01_explore_mnist", globals())  # checks the parameters above
random = torch.Generator().manual_seed(cfg.seed)
viz.use_style()

# %% [markdown]
# The first call of every notebook is `lesson`. It checks the parameters and says in
# five lines what will run, on which data, where results go, and how long it takes.
#
# `dataset="auto"` means MNIST, if it is on this computer or can be downloaded. Each
# file is checked against its published checksum at every load: a damaged file would not
# crash, it would quietly teach the wrong thing. If MNIST cannot be had, you work with
# other handwritten digits, and every figure says so.

# %% [markdown]
# ## 1. A picture is a tensor
#
# The whole data set is one tensor. There is no folder of pictures and no loader with
# workers: these images fit into memory many times over.

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

# %% [markdown]
# **What you should see.** The right picture is the framed part of the left one. Most
# numbers are near 0 or near 255. Between ink and paper there is a rim of one or two
# grey pixels, from the scaling of the original scans. Remember the rim: it comes back
# in section 4.

# %% [markdown]
# Elsewhere you will meet MNIST as `torchvision.datasets.MNIST`: the same files, but one
# picture at a time, as an object of the library Pillow. (`write_idx` puts our data
# where torchvision looks for it. Nothing is downloaded.)

# %%
with tempfile.TemporaryDirectory() as folder:
    theirs = torchvision.datasets.MNIST(data.write_idx(cfg.data, folder), train=True)
picture, label = theirs[0]
print(f"theirs: {type(picture).__name__}, {picture.size}, label {label}")
assert torch.equal(to_tensor(picture)[0] * 255, train[0].float())
assert label == train_labels[0]

# %% [markdown]
# To look at many pictures, people lay them side by side as one large picture. That is
# all that torchvision's `make_grid` does. Our `viz.show_grid` does it, too, and then
# draws every pixel as a square of whole pixels of your screen.

# %%
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
# Networks like small numbers around zero. There is a second reason, and it matters more
# here. A generator has to produce the *same range* as the data. Its last layer will be
# a tanh, and tanh gives numbers between -1 and 1. So that is where we put the pixels.
#
# If the two ranges differed by only a little, the opponent of the generator would
# notice nothing else: "all numbers above 1 are real" is a perfect, useless judgement.
# Several well-known tutorials have this bug.

# %% tags=["nbval-check-output"]
pixels = torch.tensor([0, 51, 255], dtype=torch.uint8)
in_range = pixels / 127.5 - 1
print(pixels.tolist(), "->", [round(value, 3) for value in in_range.tolist()])

real = data.to_float(train[:64])  # the same for images, with a channel axis
assert real.shape == (64, 1, 28, 28) and real.dtype == torch.float32
assert real.min() >= -1 and real.max() <= 1
assert torch.equal(real[:, 0], train[:64] / 127.5 - 1)

# %% [markdown]
# The new axis in `(64, 1, 28, 28)` is the channel: grey pictures have one, colour
# pictures three. Convolutions insist on it.
#
# Training takes images in batches, and with each batch some random numbers `z` for the
# generator. `Batches` gives both. It has no hidden state: a batch depends on the seed
# and on the number of the step, and on nothing else. Ask twice, get the same.

# %%
batches = data.Batches(train, batch_size=64, latent_dim=16, seed=cfg.seed)
real, z = batches(7)
again, z_again = batches(7)

assert real.shape == (64, 1, 28, 28) and z.shape == (64, 16)
assert torch.equal(real, again) and torch.equal(z, z_again)
assert not torch.equal(real, batches(8)[0])

# %% [markdown]
# ## 3. Who is in the data?
#
# Before you judge a drawn digit, look at real ones. Here is a row for each class, not
# chosen by us: they are the first in the file.

# %%
viz.show_classes(train, train_labels, per_class=20, classes=classes)
plt.show()

# %% [markdown]
# **What you should see.** Thick and thin pens, upright and slanted hands, a 7 with a
# bar and one without, open and closed 4s. A few you would not recognise yourself. A
# good generator must show this variety. One perfect 7, drawn a thousand times, is a
# failure; it even has a name, *mode collapse*, and you will meet it.
#
# So we will count classes in what a generator draws. This is what to compare with.

# %%
counts = torch.bincount(train_labels, minlength=len(classes))
viz.bar_classes(counts, classes=classes, title="Training images")
if cfg.data.name == "MNIST":
    assert 0.08 < counts.min() / len(train) and counts.max() / len(train) < 0.12
plt.show()

# %% [markdown]
# The classes are nearly, but not exactly, equally frequent. In MNIST, 1 is the most
# common digit and 5 the rarest. So do not expect exactly one tenth of each from a
# generator either. Half as many 5s as there should be, on the other hand, is a finding.
#
# How do the members of a class differ? For each pixel, take the mean over the class and
# the standard deviation around it.

# %%
means, spreads = [], []
for label in range(len(classes)):
    members = train[train_labels == label].float()
    means.append(members.mean(dim=0) / 127.5 - 1)
    spreads.append(members.std(dim=0) / 63.75 - 1)  # white: the largest spread there is

viz.show_rows(
    [torch.stack(means), torch.stack(spreads)],
    titles=["mean", "spread"],
    columns=classes,
)
plt.show()

# %% [markdown]
# **What you should see.** The means are soft ghosts, and nobody ever wrote one of them.
# The spread is dark where all writers agree, and bright along the edges of the strokes,
# where they do not.
#
# Keep this picture in mind. A model that is trained to be *right on average* draws the
# upper row. Everything after this notebook is about escaping from it.

# %% [markdown]
# ## 4. Ink or paper, hardly anything between
#
# How often does each grey level occur? The axis on the left is logarithmic. Otherwise
# you would see two bars and nothing else.

# %%
levels = torch.bincount(train.flatten().int(), minlength=256) / train.numel()
figure, ax = viz.panels(1)
ax.bar(range(256), 100 * levels, width=1, color="0.45")
ax.set(yscale="log", xlabel="grey level", ylabel="share of pixels (%)")
ax.set_title("Grey levels of all training images")
plt.show()

# %% [markdown]
# **What you should see.** A tower at 0, a smaller one at the right end, and a low plain
# between them: the grey rim of the strokes. How much lies in the two towers?

# %%
saturated = levels[:6].sum() + levels[-6:].sum()
print(f"{saturated:.0%} of the pixels are almost black or almost white")
if cfg.data.name in ("MNIST", "offline digits"):
    assert saturated > 0.85

# %% [markdown]
# This asks something of the generator. Its last layer is a tanh, and tanh reaches -1
# and 1 only at infinity. How far must G push to paint a pixel that *rounds* to black or
# white? Half a grey level from the end is enough.

# %% tags=["nbval-check-output"]
almost_white = torch.tensor(254.5) / 127.5 - 1
push = torch.atanh(almost_white)
print(f"tanh({push:.1f}) = {almost_white:.3f}, which rounds to grey level 255")
print(f"slope of tanh there: {1 - almost_white**2:.3f}")

# %% [markdown]
# Not far, so a tanh can do it. But a fresh network starts near 0, which is mid-grey:
# the first thing G has to learn is to leave most of the page black. And look at the
# slope. Where a pixel is saturated, hardly any gradient comes back. A pixel that is
# stuck at the wrong end takes long to return.
#
# How many different pictures could these pixels show?

# %% tags=["nbval-check-output"]
print(f"256^784 is a number with {len(str(256**784)):,} digits")

# %% [markdown]
# The digits anybody will ever write are a vanishing part of that. A generator must find
# this part, fill it, and stay inside.

# %% [markdown]
# ## 5. A map of the digits
#
# An image is a point in a space of 784 dimensions. We cannot look at it, but we can
# look at its shadow. **Principal component analysis** (PCA) finds the directions along
# which the data are spread most widely: they are the eigenvectors of the covariance
# matrix with the largest eigenvalues.


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
# Each column of `directions` is one such direction, and `coordinates` says how far each
# image lies along it. The assert is the definition in one line: the spread along the
# first direction is the first eigenvalue.
#
# The first two coordinates make a map. Each dot is an image, each number stands at the
# middle of its class.

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

# %% [markdown]
# **What you should see.** Clouds, not islands. Some classes keep to themselves. Others
# lie on top of each other, as similar digits should. With only two of the 784
# coordinates, the map also puts images side by side that are far apart in the others.
#
# How many coordinates does a digit need? Throw all but the first few away and draw what
# is left.

# %%
shown = torch.stack([test[test_labels == k][0] for k in test_labels.unique()[:10]])
position = (flat(shown) - centre) @ directions
explained = variances.cumsum(0) / variances.sum()

rows, titles = [shown], ["original"]
for k in [2, 8, 32, 128]:
    rebuilt = centre + position[:, :k] @ directions[:, :k].T
    rows.append(rebuilt.view(-1, 28, 28) * 2 - 1)
    titles.append(f"{k} kept, {explained[k - 1]:.0%}")
viz.show_rows(rows, titles=titles)
plt.show()

# %% [markdown]
# The percentage is the share of the variance that is kept. A few dozen numbers are
# enough to tell what a digit is. A hundred or so, and you could print it. So the digits
# need far fewer dimensions than 784.
#
# This is why a generator can start from a short vector `z` of random numbers. But a
# short vector is not enough. Walk from one digit to another on a straight line, from
# the top row to the bottom row.

# %%
start, end = data.to_float(shown), data.to_float(shown.flip(0))  # 0 and 9, 1 and 8, ...
steps = [0, 0.25, 0.5, 0.75, 1]
walk = [torch.lerp(start, end, step) for step in steps]
viz.show_rows(walk, titles=[f"{step:.0%}" for step in steps])
plt.show()

# %% [markdown]
# **What you should see.** A cross-fade. Half way there are two digits at half strength,
# and that is not a digit. So the digits do not lie on a flat surface in pixel space.
# They lie on a curved one, and whoever wants to move along it needs a curved map. In
# notebook 05 a generator is that map: the same walk, taken in `z`, turns one digit into
# the other by bending strokes.

# %% [markdown]
# ## 6. Neighbours
#
# The distance between two images is the length of the line between their two points.
# For an image that was never seen, which training images are nearest?


# %%
def nearest(images, k=1):
    """Distances (N, k) and numbers (N, k) of the k nearest training images."""
    distances = torch.cdist(flat(images), points)
    return distances.topk(k, largest=False)


assert nearest(train[:5]).values.max() < 0.1  # each image is its own neighbour

# %% [markdown]
# Here is a test image of each class, with its four nearest training images below it.

# %%
neighbours = train[nearest(shown, k=4).indices]  # (10, 4, 28, 28)
rows = [shown, *neighbours.unbind(dim=1)]
viz.show_rows(rows, titles=["test image", "nearest", "second", "third", "fourth"])
plt.show()

# %% [markdown]
# **What you should see.** Read it column by column. Mostly the same class, often the
# same slant and the same pen, now and then another class. The neighbours look *like*
# the test image and are not the same.
#
# That is a working description of a new digit. It lies as near to the training images
# as a test image does: **not further, or it is no digit; not nearer, or it is a copy.**
# Let us measure that for all kinds of pictures.

# %% [markdown]
# ## 7. Two generators that fail
#
# A generator is anything that draws a picture when asked. The first one knows nothing:
# each pixel is any grey level, with equal chance.


# %%
def noise_generator(count):
    """Each pixel by itself, any grey level: uint8 (count, 28, 28)."""
    return torch.randint(0, 256, (count, 28, 28), dtype=torch.uint8, generator=random)


# %% [markdown]
# The second one knows every pixel by heart. For each pixel it opens the training images
# at random and copies what it finds in that place. So each pixel has exactly the right
# distribution: the right mean, the right spread, the right share of black.


# %%
def pixel_generator(count):
    """Each pixel by itself, from a training image of its own: uint8 (count, 28, 28)."""
    source = torch.randint(len(train), (count, 28 * 28), generator=random)
    return train.flatten(1)[source, torch.arange(28 * 28)].view(count, 28, 28)


wrong_mean = (flat(pixel_generator(2000)).mean(dim=0) - centre).abs().max()
assert wrong_mean < 0.06  # every pixel is right on average

viz.show_rows(
    [test[:10], pixel_generator(10), noise_generator(10)],
    titles=["test images", "pixel by pixel", "noise"],
)
plt.show()

# %% [markdown]
# **What you should see.** Television snow below, and dust in the shape of a blob above
# it. Every single pixel of the blob is beyond reproach, and no picture is a digit.
#
# What is missing is how pixels go *together*. A stroke means that if this pixel is ink,
# the next one along the stroke is ink as well, and the one across is not. Digits are
# made of such agreements between hundreds of pixels, and a generator has to learn them
# all.
#
# Now the ruler: the distance from each picture to the nearest training image.

# %%
kinds = {
    "copies": train[:500],
    "test images": test[:500],
    "pixel by pixel": pixel_generator(500),
    "noise": noise_generator(500),
}
apart = {name: nearest(images).values[:, 0] for name, images in kinds.items()}

figure, ax = viz.panels(1)
for name, values in apart.items():
    ax.hist(
        values, bins=40, range=(0, 16), histtype="stepfilled", alpha=0.6, label=name
    )
ax.set(xlabel="distance to the nearest training image", ylabel="pictures")
ax.legend(loc="upper center")
if cfg.data.name in ("MNIST", "offline digits"):
    assert apart["test images"].median() < apart["pixel by pixel"].min()
    assert apart["pixel by pixel"].max() < apart["noise"].min()
plt.show()

# %% [markdown]
# **What you should see.** Copies at zero, test images in a hill of their own, the two
# failed generators to the right of it. It looks as if we had found a way to grade a
# generator: draw, measure, be content if the hill is in the right place.
#
# It is not that easy. Here is a third kind of picture: for each test image, the
# *average* of its nearest training images.

# %%
neighbours = train[nearest(test[:500], k=100).indices].float()
averages = neighbours.mean(dim=1).round().to(torch.uint8)  # of 100 each
ours = nearest(averages).values[:, 0]

print(f"test images:  median distance {apart['test images'].median():.1f}")
print(f"averages:     median distance {ours.median():.1f}")
if cfg.data.name in ("MNIST", "offline digits"):
    assert ours.median() < apart["test images"].median()
viz.show_rows([test[:10], averages[:10]], titles=["test images", "averages"])
plt.show()

# %% [markdown]
# **What you should see.** The averages are soft and grey, some hardly readable, and the
# ruler likes them *better* than real digits. Grey is never very wrong anywhere. A
# network that is trained to be close to the data, pixel by pixel, draws pictures like
# these.
#
# So a fixed rule for how far a picture is from the data will not do. What we want is a
# judge that finds out by itself what gives a fake away, be it dust, blur or anything
# else, and that looks again as soon as the fakes become better. A judge that *learns*.
#
# Put a learning judge against a learning generator, and you have a generative
# adversarial network.

# %% [markdown]
# ## Recap
#
# - Images are one uint8 tensor (N, 28, 28). For networks: float (N, 1, 28, 28) in [-1,
#   1], the range of tanh.
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
# Replace the `...`. The checks print `ok` or what is still missing; they never stop the
# notebook.
#
# **Exercise 1: read with neighbours.** Let the nearest training image vote: what is the
# class of each picture? You will use this in notebook 02 to count what a GAN draws.
#
# <details><summary>Hint</summary>
# <code>nearest(images).indices</code> has shape (N, 1). <code>train_labels</code> can
# be indexed with it. What comes out still has one axis too many.
# </details>


# %% tags=["exercise"]
def read_digits(images):
    """The label of the nearest training image of each picture: int64 (N,)."""
    ### BEGIN SOLUTION
    return train_labels[nearest(images).indices[:, 0]]
    ### END SOLUTION


check(
    "training images read themselves",
    lambda: read_digits(train[:50]),
    train_labels[:50],
)
check(
    "most test images are read correctly",
    lambda: read_digits(test[:200]),
    lambda answer: (answer == test_labels[:200]).float().mean() > 0.8,
)

# %% [markdown]
# **Exercise 2: a generator with a `z`.** The PCA of section 5 gives you a third
# generator. Draw `z` from the standard normal distribution, one number for each
# direction. Stretch it by the spread of the data along that direction, then go there
# from the centre. It gets all *pairs* of pixels right, not only each pixel by itself.
# Does it draw digits?
#
# <details><summary>Hint</summary>
# The spread is the square root of the variance. With <code>k = z.shape[1]</code>,
# stretch by <code>variances[:k].sqrt()</code>, and leave the centre as
# <code>rebuilt</code> does.
# </details>


# %% tags=["exercise"]
def pca_generator(z):
    """z (N, k) from N(0, 1) -> points (N, 784), in the coordinates of section 5."""
    ### BEGIN SOLUTION
    k = z.shape[1]
    stretched = z * variances[:k].sqrt()
    return centre + stretched @ directions[:, :k].T
    ### END SOLUTION


z = torch.randn(2000, 50, generator=random)
check(
    "z = 0 is the mean image", lambda: pca_generator(torch.zeros(1, 50)), centre[None]
)
check(
    "as widely spread as the data",
    lambda: ((pca_generator(z) - centre) @ directions).var(dim=0)[:3] / variances[:3],
    torch.ones(3),
    tolerance=0.2,
)
check(
    "twenty pictures to look at",
    lambda: viz.show_grid(pca_generator(z[:20]).view(-1, 28, 28) * 2 - 1, ncol=10),
    lambda axes: True,
)
plt.show()

# %% [markdown]
# If it worked, look at your pictures: smoke in the shape of digits, sometimes almost
# one. This generator turns a `z` into a picture just as the one in notebook 02 does. It
# is a single linear layer. All that is left to do is to bend it.
#
# **Questions**
#
# 3. Set `dataset="fashion"`. Which of the statements marked *What you should see* no
#    longer hold?
# 4. Which two classes of digits have the nearest means? Guess from the map, then
#    compute.
# 5. An all-black picture has a nearest training image, too. How far is it away, and
#    which digit is it? What does that say about the ruler?
# 6. Shift every test image by one pixel to the right and measure its distance to the
#    original. How does that compare with the distance to its nearest neighbour? Would
#    you call a shifted digit a different digit?

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
