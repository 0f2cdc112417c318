# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 06 · Measure quality, and doubt every number
#
# **What you'll do.** Build the measures that tell a good generator from a bad one,
# break each of them on purpose, then judge every GAN of this series.
#
# **What you'll learn**
# - what the Frechet distance measures, built by hand in two dimensions
# - why a number means nothing without the number of pictures and its *floor*
# - which fault each measure sees, and which it sleeps through
# - how to catch a generator that copies, and why the Inception Score is no use here
# - how large a difference must be before you may believe it
#
# **What you'll need.** Notebooks 02 and 03. Nothing has to be trained: generators and
# judges ship with the series.

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
profile: str = "quick"  # smoke, quick or full: how much work to do
seed: int = 0  # one seed for the random numbers of this notebook
dataset: str = "auto"  # auto, mnist, fashion, kmnist, offline or a folder
device: str = "auto"  # auto, cpu, cuda or mps
out_dir: str = None  # root folder of this run's results; None: runs/lab

# %%
import math
from dataclasses import dataclass, replace

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from IPython.display import Markdown, display
from torch import nn
from torchvision.transforms import v2

from gan_utils import data, judge, metrics, results, training, viz
from gan_utils.lesson import check, lesson
from gan_utils.viz import clouds

cfg = lesson("06_measure_quality", globals())  # checks the parameters above
viz.use_style()
random = torch.Generator().manual_seed(cfg.seed)

# %% [markdown]
# ## 1. Which is better?
#
# The series ships a trained generator for notebook 02 (`mlp`), one for notebook 03
# (`dcgan`), and those of the recipes: five classics, and two of our own. Let each draw
# the same number of pictures, once. Everything below looks at these.

# %%
n = cfg.pick(10_000, smoke=500)  # pictures of each generator
trained = {name: results.load_shipped(name) for name in results.shipped_names()}
pictures = {}
for name, result in trained.items():
    G, latent_dim = result.generator.to(cfg.device), result.latent_dim
    pictures[name] = results.generate(
        G, n, latent_dim=latent_dim, seed=judge.SAMPLE_SEED
    )
    print(f"{name}: {n} pictures, trained on {result.meta['dataset']}")

# %%
viz.show_rows(
    [cfg.data.test[:10], *(images[:10] for images in pictures.values())],
    titles=["real", *pictures],
    title="Ten pictures each, not picked",
)
plt.show()

# %% [markdown]
# **What you should see.** Speckle gives some rows away. But try to put all of them in
# order. And the worst faults cannot be seen in a row of pictures at all. Is one digit
# missing? Does G draw the same hundred pictures again and again? Did it learn its
# training images by heart? To answer, we have to compare *sets* of pictures, and large
# ones.
#
# ## 2. A distance between two clouds
#
# A picture is a point, a set of pictures is a cloud. How far apart are two clouds? Keep
# only the two simplest facts about each: where it is (its mean) and how it spreads (its
# covariance). In one dimension that is a bell curve, and a fair distance of two bell
# curves is
#
# $$d^2 = (\mu_a - \mu_b)^2 + (\sigma_a - \sigma_b)^2$$
#
# In more dimensions, covariance matrices $A$ and $B$ take the place of the variances,
# and the standard deviation becomes a *matrix* square root ([Dowson and Landau,
# 1982](https://doi.org/10.1016/0047-259X%2882%2990077-X)). This is the squared
# **Frechet distance** of two Gaussians:
#
# $$d^2 = |\mu_a - \mu_b|^2 +
#   \text{tr}\bigl(A + B - 2\,(A^{1/2} B A^{1/2})^{1/2}\bigr)$$
#
# The root of a symmetric matrix is easy: turn it until it is diagonal, take the root of
# each number on the diagonal, turn it back.


# %%
def gaussian(points):
    """Mean (d,) and covariance (d, d) of points (N, d)."""
    centred = points.double() - points.double().mean(0)
    return points.double().mean(0), centred.T @ centred / (len(points) - 1)


def root(matrix):
    """The square root of a symmetric matrix without negative eigenvalues."""
    values, vectors = torch.linalg.eigh(matrix)
    return vectors * values.clamp(min=0).sqrt() @ vectors.T


def frechet_parts(mean_a, A, mean_b, B):
    """What the squared Frechet distance owes to the means, and what to the spread."""
    half = root(A)
    spread = A.trace() + B.trace() - 2 * root(half @ B @ half).trace()
    return (mean_a - mean_b).square().sum().item(), spread.item()


# %% [markdown]
# Check it on a case you can do in your head: axes that are independent of each other.
# Then each axis is a one-dimensional problem. Then check it against the package, on
# clouds that lie askew.

# %% tags=["nbval-check-output"]
mean_a, sd_a = torch.tensor([0.0, 0.0]), torch.tensor([1.0, 2.0])
mean_b, sd_b = torch.tensor([3.0, 4.0]), torch.tensor([2.0, 5.0])
parts = frechet_parts(mean_a, sd_a.square().diag(), mean_b, sd_b.square().diag())
print("by hand   means 3² + 4² = 25, spread (1 - 2)² + (2 - 5)² = 10")
print(f"computed  means {parts[0]:.4f}, spread {parts[1]:.4f}")

x, y = torch.randn(2, 500, 3, generator=random) @ torch.randn(3, 3, generator=random)
ours = sum(frechet_parts(*gaussian(x), *gaussian(y)))
assert abs(ours - metrics.frechet_distance(x, y)) < 1e-6

# %%
cloud = torch.randn(300, 2, generator=random) * torch.tensor([1.4, 0.6])
turn = torch.tensor([[0.5, 0.866], [-0.866, 0.5]])  # by 60 degrees
fakes = {"moved": cloud + 1.5, "too wide": 1.6 * cloud, "turned": cloud @ turn}
figure, axes = viz.panels(3, width=9, height=3.7, sharex=True, sharey=True)
for ax, (name, fake) in zip(axes, fakes.items()):
    of_means, of_spread = frechet_parts(*gaussian(cloud), *gaussian(fake))
    title = f"{name}\nmeans {of_means:z.2f}, spread {of_spread:z.2f}"
    clouds.show_clouds(cloud, fake, title=title, ax=ax)
axes[0].set(xlim=(-5, 5), ylim=(-5, 5))
axes[0].legend(loc="lower right")
plt.show()

# %% [markdown]
# **What you should see.** Three faults, one number for each, and the number says where
# it comes from. A generator whose average picture is off pays for the means. One that
# draws too much or too little variety, or the wrong mixture of it, pays for the spread.
#
# Now the catch. Take two samples of the *same* Gaussian. Their distance should be zero.


# %%
def same_gaussian(d, n):
    """Frechet distance of two samples (n, d) of one Gaussian."""
    x, y = torch.randn(2, n, d, generator=random)
    return metrics.frechet_distance(x, y)


sizes = [200 * 2**k for k in range(6)]
figure, ax = viz.panels(1)
for d, color in [(2, "C2"), (16, "C3"), (64, "C4")]:
    found = [sum(same_gaussian(d, n) for _ in range(10)) / 10 for n in sizes]
    ax.loglog(sizes, found, "o", color=color, label=f"{d} dimensions")
    ax.loglog(sizes, [d * (d + 5) / (2 * n) for n in sizes], ":", color=color)
    assert d < 64 or 20 < found[0] / found[-1] < 50, "it falls like 1/n"
ax.set(title="Two samples of the same Gaussian are not at distance 0")
ax.set(xlabel="points in each sample", ylabel="Frechet distance")
ax.set_xticks(sizes, sizes)
ax.minorticks_off()
ax.legend()
plt.show()

# %% [markdown]
# **What you should see.** Straight lines: the distance falls like one over the number
# of points, and it grows with the dimension. (Dotted: $d(d + 5) / 2n$, what theory says
# here.) It never reaches zero. Three rules follow, for the rest of your life:
#
# 1. Say how many pictures. Two distances from different numbers cannot be compared.
# 2. Print the **floor** beside it: what as many *real* pictures score.
# 3. Prefer few dimensions.
#
# ## 3. Why not pixels?
#
# Notebook 04 measured this distance on pixels. It was good enough to tell failure from
# success. But is *far in pixels* the same as *different*? Move a digit by two pixels.
# It is still the same digit, to you.


# %%
def to_another_class(x, others):
    """Distance of each x (Q, d) to the nearest of `others` (R, d) of another class."""
    same = labels[: len(x), None] == labels
    return torch.cdist(x, others).masked_fill(same, torch.inf).min(dim=1)


shuffle = torch.randperm(len(cfg.data.test), generator=random)
some, labels = (part[shuffle[:2000]] for part in (cfg.data.test, cfg.data.test_labels))
flat, moved = metrics.flat(some), some[:200].roll(2, dims=2)
step = (flat[:200] - metrics.flat(moved)).norm(dim=1)  # how far is the moved digit?
rival = to_another_class(flat[:200], flat)
viz.show_rows(
    [some[:12], moved[:12], some[rival.indices[:12]]],
    titles=["a digit", "moved by two", "another class"],
    columns=[f"{a:.1f}\n{b:.1f}" for a, b in zip(step[:12], rival.values)],
    title="Distance in pixels: to the moved digit, and below to another class",
)
plt.show()

# %% [markdown]
# **What you should see.** In most columns the upper number is the larger one. Pixel by
# pixel, a digit is nearer to some digit of *another class* than to itself, two pixels
# further on. We need coordinates in which near means *similar to a reader*.
#
# ## 4. A judge
#
# So let a reader do it. A network that was trained to name digits has had to learn what
# matters about a picture and what does not. Take the numbers just before its last
# layer, its **features**, and measure distances there ([Heusel et al.,
# 2017](https://arxiv.org/abs/1706.08500)). For photos people use a network called
# Inception, and the distance is called FID. Inception has never seen a digit, so we use
# a digit reader instead. The name FID is then wrong. Always say which network: *Frechet
# distance, first judge*.
#
# A reader needs no GAN. It is two convolutions, 128 features, one layer of logits.

# %%
torch.manual_seed(cfg.seed)
features = nn.Sequential(
    *(nn.Conv2d(1, 32, kernel_size=5), nn.GELU(), nn.AvgPool2d(2)),  # 24, then 12
    *(nn.Conv2d(32, 64, kernel_size=5), nn.GELU(), nn.AvgPool2d(2)),  # 8, then 4
    nn.Flatten(),
    nn.Linear(64 * 4 * 4, 128),
    nn.BatchNorm1d(128, affine=False),  # every feature on the same scale
)
head = nn.Sequential(nn.ReLU(), nn.Dropout(0.3), nn.Linear(128, len(cfg.data.classes)))


@dataclass
class Reader:
    """A classifier in training."""

    net: nn.Module
    optimiser: torch.optim.Optimizer
    step: int = 0

    def after_step(self):
        """Count the step."""
        self.step += 1


# %% [markdown]
# A reader should not mind how a digit lies on the page. So it sees each training
# picture turned by up to 12 degrees, scaled by up to 12 % and moved by up to two
# pixels, anew every time. torchvision has a transform for that, which takes one picture
# at a time. `Labelled`, two cells below, does the same to a whole batch at once.

# %%
distort = v2.RandomAffine(12, translate=(2 / 28, 2 / 28), scale=(0.88, 1.12), fill=-1)
with torch.random.fork_rng():
    torch.manual_seed(cfg.seed)
    turned = [distort(data.to_float(cfg.data.train[:1])[0]) for _ in range(12)]
viz.show_rows([torch.stack(turned)], title="One digit, twelve times distorted")
plt.show()

# %% [markdown]
# The step of a classifier is the step of D in notebook 02, with ten answers instead of
# two and nobody to fool it. The loop is the `fit` that trained our GANs. It repeats a
# step, whatever that does.


# %%
def reading_step(reader, images, labels):
    """One update; images (B, 1, 28, 28) in [-1, 1], labels (B,)."""
    loss = F.cross_entropy(reader.net(images), labels)
    reader.optimiser.zero_grad()
    loss.backward()
    reader.optimiser.step()
    return {"loss": loss}


net = nn.Sequential(features, head)
reader = Reader(net, torch.optim.AdamW(net.parameters(), lr=3e-3))
train, train_labels = cfg.data.train, cfg.data.train_labels
batches = judge.Labelled(train, train_labels, batch_size=256, seed=cfg.seed)
steps = cfg.pick(60, smoke=10)
history = training.fit(reading_step, reader, batches, steps=steps)
with torch.no_grad():
    right = net.eval()(data.to_float(some)).argmax(dim=1) == labels
print(
    f"{steps} steps, {history['seconds'][-1]:.0f} s: {right.float().mean():.1%} right"
)

# %% [markdown]
# It reads well after a fraction of an epoch. The two judges that ship with the series
# were trained longer. The second is the network above. The **first**, a deeper one, is
# the one we compare and tune with. The second only checks what the first says: what
# pleases two different readers is no accident.
#
# The first judge also had a second task: a linear layer had to *redraw* the picture
# from the 128 features. Why? A network that only has to name a digit may forget the
# slant, the pen and the handwriting. A distance between its features is then blind to
# them. Count the directions that its features really use: $(\sum \lambda)^2 / \sum
# \lambda^2$, where $\lambda$ are the variances along the principal components. It is
# $d$ if all $d$ are equal, and 1 if one does all the work.


# %%
def directions(x):
    """How many directions share the variance of points (N, d): between 1 and d."""
    variances = torch.linalg.eigvalsh(gaussian(x)[1])
    return (variances.sum().square() / variances.square().sum()).item()


judges = {which: judge.load_judge(cfg.data, which) for which in ("first", "second")}
views = {"pixels": metrics.flat}
for which, each in judges.items():
    views[f"{which} judge"] = lambda images, each=each: each.look(images)[0]
    print(f"{each}: reads {each.meta['accuracy']:.2%} of the test images")
print(
    "\n              directions   nearer to another class than to itself moved by two"
)
for name, view in views.items():
    x = view(some)
    step = (x[:200] - view(moved)).norm(dim=1)
    fooled = (to_another_class(x[:200], x).values < step).float().mean()
    print(f"{name:12s} {directions(x):11.1f} {fooled:12.0%}")

# %% [markdown]
# **What you should see.** Pixels mind every step aside. The second judge, which only
# had to name digits, does not mind at all, and its features use the fewest directions:
# it may sleep through whatever leaves the class alone. The first stands between them.
# Both are useful, and neither is the truth.
#
# ## 5. The floor on digits
#
# Now the same distance in the features of the first judge: n pictures against the test
# images. *Against the test images*, because a generator that copies its training images
# should not be able to win that way. As many pictures as there are test images is what
# careful comparisons take ([Lucic et al., 2018](https://arxiv.org/abs/1711.10337)).
# Real training images give the floor.

# %%
first = judge.load_reference(cfg.data, judges["first"])  # features of all real images
seen = judges["first"].look(pictures["dcgan"])[0]  # (n, 128)
sizes = [n // k for k in (16, 8, 4, 2, 1)]


def floor_draws(n):
    """Five sets of features (n, 128) of real training images."""
    return [first.train[judge.random_subset(first, n, number)] for number in range(5)]


floors = [
    [metrics.frechet_distance(real, first.test) for real in floor_draws(size)]
    for size in sizes
]
gan = [metrics.frechet_distance(seen[:size], first.test) for size in sizes]

# %% [markdown]
# There is a second family of distances, without this bias. The **kernel distance** asks
# how similar pictures of the same set are to each other, and how similar to those of
# the other set ([Binkowski et al., 2018](https://arxiv.org/abs/1801.01401); with
# Inception features it is called KID):
#
# $$\overline{k(x, x')} + \overline{k(y, y')} - 2\,\overline{k(x, y)},
#   \qquad k(x, y) = \Bigl(\frac{x \cdot y}{d} + 1\Bigr)^3$$
#
# The bar is an average, without comparing a picture with itself: that is what makes it
# unbiased. For two samples from one source it is zero on average, for any n.


# %%
def kernel_distance(x, y):
    """Unbiased squared kernel distance of x (N, d) and y (M, d), float64."""

    def kernel(a, b):
        return (a @ b.T / a.shape[1] + 1) ** 3

    def without_itself(k):
        return (k.sum() - k.trace()) / (len(k) * (len(k) - 1))

    own = without_itself(kernel(x, x)) + without_itself(kernel(y, y))
    return (own - 2 * kernel(x, y).mean()).item()


small = sizes[:3]  # it compares all pairs: twice the pictures, four times the work
real = {size: first.test[shuffle[:size]].double() for size in small}
kernel_floors = [
    [1000 * kernel_distance(drawn.double(), real[size]) for drawn in floor_draws(size)]
    for size in small
]
kernel_gan = [
    1000 * kernel_distance(seen[:size].double(), real[size]) for size in small
]

# %%
figure, (left, right) = viz.panels(2, width=9, height=3.4)
for ax, xs, reals, fakes in [
    (left, sizes, floors, gan),
    (right, small, kernel_floors, kernel_gan),
]:
    ax.plot([x for x in xs for _ in range(5)], sum(reals, []), "o", color="C0")
    ax.plot(xs, [sum(r) / 5 for r in reals], ":", color="C0", label="real: the floor")
    ax.plot(xs, fakes, "-s", color="C1", label="dcgan")
    ax.set(xscale="log", xlabel="pictures", xticks=xs, xticklabels=xs)
    ax.minorticks_off()
clouds.plain_log(left, "y").set(
    title="Frechet distance, first judge", ylabel="distance"
)
right.axhline(0, color="0.3", linewidth=1)
right.set(title="Kernel distance x 1000, first judge", ylabel="distance x 1000")
left.legend()
plt.show()

# %% [markdown]
# **What you should see.** Left, the floor sinks with n, and the GAN's distance sinks
# with it: the same GAN looks better when it shows more pictures. Right, the dots
# scatter around one level, whatever the n. Few pictures cost certainty, not truth. Is
# that level a little above zero? The test images of MNIST were written by other people
# than its training images, and the judge can tell.
#
# ## 6. Are they good, or are they varied?
#
# Both distances mix two questions into one number. Are the pictures good? Are they
# varied? Balls take them apart. Draw a ball around every real point, as far as its
# fifth-nearest real neighbour. The balls together are where reality lives.
#
# - **precision**: the share of fakes inside some real ball
# - **coverage**: the share of real balls with a fake inside
# - **density**: how many real balls a fake lies in, over 5
# - **recall**: the share of real points inside some ball around a fake
#
# ([Kynkäänniemi et al., 2019](https://arxiv.org/abs/1904.06991); [Naeem et al.,
# 2020](https://arxiv.org/abs/2002.09797).)


# %%
def reach(points, k=5):
    """Distance of each point (N, d) to its k-th nearest other one: (N,)."""
    return torch.cdist(points, points).sort(dim=1).values[:, k]


def four_numbers(real, fake, k=5):
    """precision, recall, density and coverage of fake (M, d) against real (N, d)."""
    distance = torch.cdist(real, fake)  # (N, M)
    inside = distance < reach(real, k)[:, None]  # is fake j in the ball of real i?
    return {
        "precision": inside.any(dim=0).float().mean().item(),
        "recall": (distance < reach(fake, k)).any(dim=1).float().mean().item(),
        "density": inside.sum(dim=0).float().mean().item() / k,
        "coverage": inside.any(dim=1).float().mean().item(),
    }


# %%
def two_groups(count):
    """Points (count, 2) in two groups."""
    side = torch.tensor([[-1.5, 0.0], [1.5, 0.0]])[torch.arange(count) % 2]
    return side + 0.6 * torch.randn(count, 2, generator=random)


real = two_groups(60)
fakes = {
    "as real": two_groups(60),
    "one group only": 0.3 * torch.randn(60, 2, generator=random)
    - torch.tensor([1.5, 0]),
    "too wide": 2 * torch.randn(60, 2, generator=random),
}
figure, axes = viz.panels(3, width=9, height=3.9, sharex=True, sharey=True)
for ax, (name, fake) in zip(axes, fakes.items()):
    p, r, d, c = four_numbers(real, fake).values()
    package = metrics.neighbourhoods(metrics.Balls.around(real), fake)
    assert abs(d - package["density"]) < 1e-4 and abs(c - package["coverage"]) < 1e-4
    title = (
        f"{name}\nprecision {p:.2f}, recall {r:.2f}\ndensity {d:.2f}, coverage {c:.2f}"
    )
    clouds.show_balls(real, reach(real), fake, title=title, ax=ax)
axes[0].legend(loc="lower right")
plt.show()


def perfect_coverage(n_real, n_fake, k=5):
    """Expected coverage of fakes from the very distribution of the real images."""
    misses = ((n_real - 1 - t) / (n_real + n_fake - 1 - t) for t in range(k))
    return 1 - math.prod(misses)


assert abs(perfect_coverage(10_000, 10_000) - 0.9688) < 5e-5  # nearly 1 - 2^-k
print(f"perfect fakes would cover {perfect_coverage(60, 60):.1%} on average")

# %% [markdown]
# **What you should see.** In the middle, G has lost a group: precision is high, density
# even higher, and coverage breaks down. On the right, G paints outside the lines:
# precision breaks down, recall stays. Even the fakes on the left, drawn exactly like
# the real points, do not get 1 everywhere. Again: compare with the floor, not with 1.
#
# Here is everything at once for one generator, with the measures of the series.
# *Classes* come from the judge's reading: KL says how far the histogram is off, and a
# class is *missing* below a fifth of its share. *Confidence* is how sure the judge is.
# *Memorisation* is the subject of section 8.

# %%
verdicts = {"dcgan": judge.judge_images(first, pictures["dcgan"])}
print("\n".join(judge.as_table(verdicts["dcgan"])))

# %% [markdown]
# ## 7. Break it on purpose
#
# Do these numbers see what they should? Take *real* pictures and spoil them in a known
# way. For that we need real pictures that nobody has seen: neither the test images,
# which we compare with, nor the training images, which tell copies. So, for this
# section, only the first third of the training images counts as known.

# %%
third = len(train) // 3
apart, _ = metrics.nearest(judge.spaced(cfg.data.test), train[:third])
known = replace(
    first,
    images=replace(cfg.data, train=train[:third], train_labels=train_labels[:third]),
    train=first.train[:third],
    train_classes=first.train_classes[:third],
    to_train=metrics.nearest_distance(first.test, first.train[:third]),
    pixels_to_train=apart[:, 0],
)
mixed = third + torch.randperm(len(train) - third, generator=random)
unseen, unseen_labels = train[mixed], train_labels[mixed]
few = min(2000, len(unseen) // 4)


def take(images):
    """`few` of the images; from the start again if there are not enough."""
    return images[torch.arange(few) % len(images)]


# %%
noise = 50 * torch.randn(few, 28, 28, generator=random)
damages = {
    "blurred": F.avg_pool2d(take(unseen).float()[:, None], 3, 1, 1)[:, 0],
    "noisy": take(unseen) + noise,
    "two classes missing": take(unseen[unseen_labels >= 2]),
    "100 pictures, repeated": take(unseen[:100]),
    "one class only": take(unseen[unseen_labels == 3]),
    "copies of training images": take(train[torch.randperm(third, generator=random)]),
}
damages = {k: v.clamp(0, 255).to(torch.uint8) for k, v in damages.items()}
viz.show_rows(
    [unseen[:12], *(images[:12] for images in damages.values())],
    titles=["unseen", *damages],
    title="Real pictures, and six ways to spoil a set of them",
)
plt.show()

# %% [markdown]
# Some of these rows look sound, whatever is wrong with their sets. Let the first judge
# see many pictures of each, and always as many. (How far do the measures of
# *sound* sets scatter? We judge four of them.)

# %%
sound = [judge.judge_images(known, part) for part in unseen.split(few)[:4]]
spoilt = {name: judge.judge_images(known, images) for name, images in damages.items()}


def noticed(name, value):
    """Is a value far outside of what four sets of sound pictures score?"""
    values = [verdict["metrics"][name] for verdict in sound]
    low, high = min(values), max(values)
    return not low - 3 * (high - low) <= value <= high + 3 * (high - low)


def shown(name, value):
    """A value as text, in bold where it gives the damage away."""
    text = judge.METRICS[name][1].format(value)
    return f"**{text}**" if noticed(name, value) else text


rows = [["", "floor", "sound", *spoilt], ["---"] * (len(spoilt) + 3)]
for name, (title, form, _) in judge.METRICS.items():
    values = [verdict["metrics"][name] for verdict in (sound[0], *spoilt.values())]
    lowest = form.format(sound[0]["floors"][name][0])
    rows += [[title, lowest, *(shown(name, value) for value in values)]]
print(f"{few} pictures each, {len(first.test)} test images, {judges['first']}")
display(Markdown("\n".join(f"| {' | '.join(row)} |" for row in rows)))

# %% [markdown]
# **What you should see.** Bold means: far outside of what four sets of sound pictures
# score. Read a row, and you learn what a measure sleeps through. Precision asks whether
# pictures are good, and is content with a hundred of them. Class KL and confidence care
# for what the judge reads, not for how it is written. The two distances notice most.
# Then read the last column. Copies of training images are as good as real ones, by
# every measure except *memorisation*.
#
# **And the Inception Score?** You will meet it in older papers ([Salimans et al.,
# 2016](https://arxiv.org/abs/1606.03498)). It asks that the judge is sure of each
# picture, and that all classes come up equally often. It never looks at real pictures.
# Its best value is the number of classes. Let us take its highest bidder: one image per
# class, the one the judge is most sure of, repeated for ever.


# %%
def inception_score(probabilities):
    """exp of the mean KL(p(class | image) || p(class)); (N, C). From 1 to C."""
    p = probabilities.double()
    marginal = p.mean(0)
    divergence = torch.xlogy(p, p).sum(1) - torch.xlogy(p, marginal).sum(1)
    return divergence.mean().exp().item()


assert abs(inception_score(torch.eye(4).repeat(5, 1)) - 4) < 1e-6  # by hand
assert abs(inception_score(torch.full((8, 4), 0.25)) - 1) < 1e-6

probabilities = judges["first"].look(train[:2000])[1]
ten = train[probabilities.argmax(dim=0)]  # one for each class
sets = {
    "unseen real images": take(unseen),
    "one per class, repeated": ten.repeat(2000 // len(ten), 1, 1),
    **{name: images[:2000] for name, images in pictures.items()},
}
inception = {}
print(f"{'':30s} Inception Score   Frechet distance, first judge")
for name, images in sets.items():
    x, probabilities = judges["first"].look(images)
    inception[name] = score = inception_score(probabilities)
    distance = metrics.frechet_distance(x, first.test)
    print(f"{len(images):5d} {name:24s} {score:15.2f} {distance:18.2f}")
if cfg.profile != "smoke":
    assert inception["one per class, repeated"] > inception["unseen real images"]

# %% [markdown]
# **What you should see.** Ten pictures beat all of MNIST; the Frechet distance puts
# them last. And between generators the score moves far less than the distance does. A
# measure that prefers ten pictures to reality is not one to tune for. We do not use it.
#
# ## 8. Two ways to be fooled
#
# **By a copy.** A "generator" that hands out training images reaches the floor of every
# distance. So ask: how far is a fake from the *nearest* training image? And how far is
# a test image? The ratio of the two means is the memorisation ratio. It is 1 for new
# pictures in the right place, and near 0 for copies. Also look at the nearest pairs. An
# average hides a single copy; the eye does not.

# %%
judge.closest_pairs(cfg.data, pictures["dcgan"], n=10)
plt.show()
compared = {"dcgan": verdicts["dcgan"], "copies": spoilt["copies of training images"]}
for name, verdict in compared.items():
    ratios = [
        verdict["metrics"][key] for key in ("memorisation", "memorisation_pixels")
    ]
    print(f"{name:6s} memorisation ratio: features %.2f, pixels %.2f" % tuple(ratios))

# %% [markdown]
# **What you should see.** Pairs that are alike, but no twins: look at the ends of the
# strokes. Simple digits come first, because they leave the least room to differ. The
# fakes are hardly nearer to a training image than the nearest test image is (the number
# in the title), and the ratio of the GAN is not below 1. The copier cannot hide.
#
# **By one measure alone.** Whoever reports a single number can be served. Here is an
# old trick: shrink the latents. Near the middle of its latent space G is surest of
# itself, and draws plain, typical digits.


# %%
@torch.no_grad()
def draw_shrunk(result, factor):
    """`few` pictures of a generator from latents shrunk by a factor."""
    z = torch.randn(few, result.latent_dim, generator=torch.Generator().manual_seed(1))
    return data.to_uint8(result.generator((factor * z).to(cfg.device))).cpu()


factors = [1.0, 0.85, 0.7, 0.55, 0.4]
shrunk = [draw_shrunk(trained["dcgan"], factor) for factor in factors]
found = [judge.judge_images(known, images, quick=True)["metrics"] for images in shrunk]
figure, ax = viz.panels(1)
for name, color in [("precision", "C2"), ("recall", "C3"), ("coverage", "C4")]:
    ax.plot(factors, [f[name] for f in found], "o-", color=color, label=name)
    ax.axhline(sound[0]["floors"][name][0], color=color, linestyle=":")
ax.set(title="Shrink the latents: more precise, less varied. Dotted: real pictures")
ax.set(xlabel="factor on the latents", ylabel="share", ylim=(0, 1.02))
ax.invert_xaxis()
ax.legend()
plt.show()

# %% [markdown]
# **What you should see.** To the right, precision climbs towards that of real pictures,
# and recall falls off a cliff. Report precision alone, and the generator on the far
# right is the winner. It has the same weights as the one on the left. Every measure of
# quality can be bought with variety, so always print one of each kind.
#
# ## 9. Error bars
#
# Judge the same generator again, with other latents. The result differs a little: that
# is the noise of *measuring*. Train the same recipe again, with another seed. The
# result usually differs more: that is the noise of *training*, the one that counts. If
# two recipes differ by less than their seeds do, nothing has been shown.

# %%
scores = results.shipped_scores()  # the stored verdicts on every training
stored = [run for run in scores["runs"] if run["first"]["n"] == n]
stored = [r for r in stored if r["first"]["judge_sha256"] == judges["first"].sha256]
by_seed = {name: [] for name in trained}  # Frechet distances, one for each training
for run in stored:
    by_seed.setdefault(run["recipe"], []).append(run["first"]["metrics"]["fd"])

dcgan, distances = trained["dcgan"], [verdicts["dcgan"]["metrics"]["fd"]]
for k in range(1, 5):
    G, other = dcgan.generator, judge.SAMPLE_SEED + k
    again = results.generate(G, n, latent_dim=dcgan.latent_dim, seed=other)
    distances += [metrics.frechet_distance(judges["first"].look(again)[0], first.test)]
print("dcgan, one training, five sets of latents:", *(f"{d:.2f}" for d in distances))
several = {name: found for name, found in by_seed.items() if len(found) > 1}
for name, found in several.items():
    print(f"{name}, {len(found)} trainings:", *(f"{d:.2f}" for d in found))
if not several:
    print("no recipe has several stored trainings with this judge and this n")

# %% [markdown]
# ## 10. Judge the series
#
# Now all generators. The rows are sorted by the first judge. *± seeds* is the spread
# over trainings with different seeds, where there are several. The second judge has
# never been used to choose anything in this series.

# %%
tests = judges["second"].look(cfg.data.test)[0]


def second_opinion(images):
    """Frechet distance of images to the test images, second judge."""
    return metrics.frechet_distance(judges["second"].look(images)[0], tests)


second_fd = {name: second_opinion(images) for name, images in pictures.items()}
second_floor = second_opinion(train[judge.random_subset(first, n, 0)])
for name in pictures.keys() - verdicts.keys():
    verdicts[name] = judge.judge_images(first, pictures[name], quick=True)
floor = verdicts["dcgan"]["floors"]
order = sorted(verdicts, key=lambda name: verdicts[name]["metrics"]["fd"])


# %%
def spread(name):
    """Standard deviation over trainings, as text."""
    found = torch.tensor(by_seed[name])
    return f"{found.std():.2f} ({len(found)})" if len(found) > 1 else "one run"


top = [f"n = {n}", "first judge", "times floor", "± seeds", "second judge"]
rows = [[*top, "coverage", "class KL", "missing", "training, s"], ["---"] * 9]
cells = [f"{floor['fd'][0]:.2f}", "1", "", f"{second_floor:.2f}"]
cells += [f"{floor['coverage'][0]:.3f}", f"{floor['class_kl'][0]:.4f}", "none", ""]
rows += [["*floor: real pictures*", *cells]]
for name in order:
    values = verdicts[name]["metrics"]
    fd, missing = values["fd"], verdicts[name]["missing"]
    cells = [f"{fd:.2f}", f"{fd / floor['fd'][0]:.1f}", spread(name)]
    cells += [f"{second_fd[name]:.2f}", f"{values['coverage']:.3f}"]
    cells += [f"{values['class_kl']:.4f}", ", ".join(map(str, missing)) or "none"]
    rows += [[name, *cells, f"{trained[name].seconds[-1]:.0f}"]]
display(Markdown("\n".join(f"| {' | '.join(row)} |" for row in rows)))

# %% tags=["thumbnail"]
viz.show_rows(
    [cfg.data.test[:10], *(pictures[name][:10] for name in order)],
    titles=["real", *(f"{k} {verdicts[k]['metrics']['fd']:.1f}" for k in order)],
    title="Sorted by Frechet distance, first judge",
)
plt.show()

# %% [markdown]
# Do two different readers agree? Take every pair of recipes, and ask both judges which
# of the two is better.

# %%
pairs = [(a, b) for i, a in enumerate(order) for b in order[i + 1 :]]
agreed = sum(second_fd[a] < second_fd[b] for a, b in pairs)
print(f"the two judges agree on {agreed} of {len(pairs)} pairs")
figure, ax = viz.panels(1, height=4)
for run in stored:  # every training, faint
    x, y = (run[which]["metrics"]["fd"] for which in ("first", "second"))
    ax.plot(x / floor["fd"][0], y / second_floor, "o", color="C1", alpha=0.3)
for i, name in enumerate(order):
    x, y = (
        verdicts[name]["metrics"]["fd"] / floor["fd"][0],
        second_fd[name] / second_floor,
    )
    ax.plot(x, y, "o", color="C1")
    side = {"xytext": (-8, 4), "ha": "right"} if i % 2 else {"xytext": (8, -8)}
    ax.annotate(name, (x, y), textcoords="offset points", **side)
clouds.plain_log(ax).margins(0.25)
ax.set(title=f"Times the floor, {n} pictures each. Faint: trainings with other seeds")
ax.set(xlabel="Frechet distance / floor, first judge")
ax.set(ylabel="Frechet distance / floor, second judge")
plt.show()

# %% [markdown]
# **What you should see.** Points along a rising line: two networks that share neither
# layers nor seed put the generators in much the same order. Where they disagree, call
# it a draw. But their numbers are not the same, not even in units of the floor. A
# Frechet distance without the name of its network says nothing.
#
# Then go back to the table and read across. *Times floor* is the honest unit: 1 would
# be as good as real, for this judge. Look for a row whose coverage or class KL tells
# another story than its distance. And where two distances differ by less than their *±
# seeds*, there is no order.
#
# `modern` and `best` are our own, and you know most of their parts: the hinge loss and
# the running average of notebook 04, networks that work on the 7 x 7 grid of notebook
# 03, and a fast Adam without momentum. Where they stand in the table is no proof that
# each part helps. For that you would take one away, and train again.
#
# ## 11. What the classics promise
#
# The classic recipes come with claims about what they do. Each was trained as it is
# written down, or as near to that as a laptop allows, and each claim was measured.

# %%
rows = [["recipe", "claim", "measured", "verdict"], ["---"] * 4]
for claim in scores["claims"]:
    rows += [[claim[key] for key in ("recipe", "claim", "measured", "verdict")]]
if scores["claims"]:
    display(Markdown("\n".join(f"| {' | '.join(row)} |" for row in rows)))
else:
    print("no measured claims are stored in weights/scores.json")

# %% [markdown]
# ## Recap
#
# - Compare sets, not pictures; in features, not in pixels; with the test images, not
#   with the training images.
# - Say which network, how many pictures, and the floor. A number without them is none.
# - Every measure sleeps through something. Report several.
# - Copies beat every distance. Only the distance to the training images finds them.
# - Two recipes differ if their seeds do not overlap.

# %% [markdown]
# ## Exercises
#
# **Exercise 1: catch the copier.** You have the distances from every fake to every
# training image, and from every test image to every training image. Return the
# memorisation ratio.
#
# <details><summary>Hint</summary>
# <code>distances.min(dim=1).values</code> is the way to the nearest one, for each row.
# </details>


# %% tags=["exercise"]
def memorisation(fake_to_train, test_to_train):
    """Mean way to the nearest training image: fakes (F, N) over test images (T, N)."""
    ### BEGIN SOLUTION
    fakes = fake_to_train.min(dim=1).values.mean()
    return fakes / test_to_train.min(dim=1).values.mean()
    ### END SOLUTION


far, near = torch.tensor([[4.0, 6.0], [9.0, 2.0]]), torch.tensor([[1.0, 5.0]])
check("by hand", lambda: memorisation(near, far), 1 / 3)
check("copies", lambda: memorisation(torch.tensor([[3.0, 0.0]]), far), 0.0)

# %% [markdown]
# **Exercise 2: how many pictures can it draw?** Think of birthdays. Among 23 people two
# often share one, and from that alone you could guess the number of days in a year. In
# the same way, near-twins among n fakes tell how many different pictures G has ([Arora
# and Zhang, 2017](https://arxiv.org/abs/1706.08224)). Return the number of all pairs of
# points, divided by the number of pairs nearer than `limit`.
#
# <details><summary>Hint</summary>
# <code>torch.pdist(points)</code> gives the distance of every pair, once.
# </details>


# %% tags=["exercise"]
def how_many(points, limit):
    """An estimate of how many different points there are; points (N, d)."""
    ### BEGIN SOLUTION
    distances = torch.pdist(points)
    return len(distances) / (distances < limit).sum()
    ### END SOLUTION


days = torch.arange(365.0)[:, None]
repeated = days[torch.randint(365, (2000,), generator=torch.Generator().manual_seed(1))]
check("three pairs, one twin", lambda: how_many(days[[0, 7, 7]], 0.5), 3.0)
check("days of a year", lambda: how_many(repeated, 0.5), 365.0, tolerance=0.1)

# %% [markdown]
# **Questions**
#
# 3. Use `how_many` on features of the first judge: for 2000 test images, for the set of
#    a hundred pictures, and for a GAN. Which `limit` is fair?
# 4. Spoil pictures in a way that *no* measure of section 7 notices, but you do.
# 5. Judge your own run of notebook 02: below `trained` in section 1 add
#    `trained["mine"] = results.load_result(cfg.previous("02_vanilla_gan"))`, and run
#    all cells again.
# 6. Set `dataset="fashion"`. The judge is trained anew, the generators still draw
#    digits. Which measures notice?
# 7. Build `features` of section 4 anew and do not train it. Does the Frechet distance
#    in its features still rank the generators in the same order?

# %% [markdown]
# ## In practice
#
# - Pictures in a file can be judged from the command line: `python -m gan_utils judge
#   FILE.npy`.
# - Fix the latents for measuring once, and never use them to choose a checkpoint.
# - Tune with one judge, and publish with another.
# - If you must compare with a paper, use its network, its number of pictures, and its
#   code. Numbers from different programs called FID differ.
# - Pictures first. A number is for what the eye cannot count.
#
# ## Next
#
# You have reached the end of the series. Go back to [04 · Tame a GAN that
# fails](04_stabilization_tricks.ipynb), invent a row of your own, and let
# `judge_images` decide whether it helps. With error bars.
