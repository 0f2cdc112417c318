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
# convolutional ones, keep the training step as it is, and compare the two at equal
# seconds.
#
# **What you'll learn**
# - how a convolution halves a picture and a transposed convolution doubles it
# - where checkerboard patterns come from, and one line that avoids them
# - the rules of the DCGAN paper, and which of them we keep
# - how to compare two generators fairly: same seconds, same ruler
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

from gan_utils import callbacks, data, losses, metrics, results, viz
from gan_utils.gan import Gan, adam
from gan_utils.lesson import check, lesson
from gan_utils.training import fit, linear_decay

cfg = lesson("03_dcgan", globals())  # checks the parameters above
viz.use_style()

# %% [markdown]
# ## 1. Down: what a convolution sees
#
# The MLP of notebook 02 had one weight for every pair of pixels. A convolution has a
# small window of weights, say 4 x 4, and slides it over the picture. Two things follow.
# Neighbours belong together from the start. And what has been learnt at one place holds
# everywhere: a detector for the end of a stroke need not be learnt 784 times.
#
# With a **stride** of 2 the window moves two pixels at a time, and the picture comes
# out half as large. The size that comes out is
#
# $$\text{out} = \left\lfloor
#   \frac{\text{in} + 2\,\text{padding} - \text{kernel}}{\text{stride}}
#   \right\rfloor + 1$$

# %% tags=["nbval-check-output"]
picture = torch.zeros(1, 1, 28, 28)
halve = nn.Conv2d(1, 8, kernel_size=4, stride=2, padding=1)
print(
    "28 x 28 ->",
    tuple(halve(picture).shape[-2:]),
    "-> by the formula",
    (28 + 2 - 4) // 2 + 1,
)
print(
    "weights:",
    halve.weight.numel(),
    "for the convolution,",
    784 * 8 * 14 * 14,
    "for an MLP",
)

# %% [markdown]
# ## 2. Up: a transposed convolution, and its checkerboard
#
# G goes the other way, from a few numbers to a picture. A transposed convolution puts a
# copy of its window at every input pixel, two pixels apart, and adds up where copies
# overlap. With kernel 4, stride 2 and padding 1 it doubles the size exactly.
#
# Careful with the kernel. If its size is not a multiple of the stride, some pixels
# receive more copies than others, in a regular pattern: a *checkerboard* ([Odena et
# al., 2016](https://distill.pub/2016/deconv-checkerboard/)). Count the copies by
# setting all inputs and weights to 1.


# %%
def overlaps(kernel_size, padding):
    """How many copies of the window each output pixel receives."""
    layer = nn.ConvTranspose2d(1, 1, kernel_size, stride=2, padding=padding, bias=False)
    nn.init.ones_(layer.weight)
    return layer(torch.ones(1, 1, 8, 8)).detach()[0, 0, 2:-2, 2:-2]


figure, axes = viz.panels(2, width=6, height=2.8)
for ax, (kernel_size, padding) in zip(axes, [(3, 1), (4, 1)]):
    drawn = ax.imshow(overlaps(kernel_size, padding), cmap="viridis", vmin=0, vmax=4)
    ax.set(title=f"kernel {kernel_size}, stride 2", xticks=[], yticks=[])
    ax.grid(visible=False)
figure.colorbar(drawn, ax=axes, label="copies added up")
plt.show()
assert overlaps(4, 1).unique().numel() == 1, "kernel 4 treats all pixels alike"

# %% [markdown]
# **What you should see.** Left, a pattern of ones, twos and fours: G would have to
# learn to undo it. Right, every pixel gets the same number of copies. Hence the rule:
# *kernel size a multiple of the stride*. (The other cure is to enlarge the picture
# first and then use an ordinary convolution.)

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
# pictures of its batch: fakes are then judged by their company. And a dense layer where
# the pictures are smallest is nearly free, as a matrix product is the cheapest
# arithmetic that a processor knows.
#
# And Adam: `betas=(0, 0.99)` comes from [Karras et al.
# (2018)](https://arxiv.org/abs/1710.10196). Without momentum each update follows the
# opponent as it is now, and the rate can be twice that of notebook 02. Question 7 asks
# what that is worth.
#
# Batch norm in G re-centres every feature over the batch. It stops G from mapping all
# latents to one picture early on. It also means that G behaves differently in `train()`
# and `eval()` mode: use `eval()` to draw pictures.


# %%
class DCGANGenerator(nn.Module):
    """z (B, latent_dim) -> images (B, 1, 28, 28) in [-1, 1]."""

    def __init__(self, latent_dim=64, ngf=32, hidden=512):
        super().__init__()
        double = dict(kernel_size=4, stride=2, padding=1)  # doubles height and width
        self.net = nn.Sequential(
            nn.Linear(latent_dim, hidden, bias=False),
            nn.BatchNorm1d(hidden),
            nn.ReLU(),
            nn.Linear(hidden, 2 * ngf * 7 * 7, bias=False),
            nn.BatchNorm1d(2 * ngf * 7 * 7),
            nn.ReLU(),
            nn.Unflatten(1, (2 * ngf, 7, 7)),  # 7 x 7
            nn.ConvTranspose2d(2 * ngf, ngf, bias=False, **double),  # 14 x 14
            nn.BatchNorm2d(ngf),
            nn.ReLU(),
            nn.ConvTranspose2d(ngf, 1, **double),  # 28 x 28
            nn.Tanh(),  # the range of real images
        )

    def forward(self, z):
        return self.net(z)


# %% [markdown]
# Read the margin from top to bottom: 7, 14, 28. (A layer before batch norm needs no
# bias: batch norm subtracts it again.) D runs the same way back.


# %%
class DCGANDiscriminator(nn.Module):
    """images (B, 1, 28, 28) in [-1, 1] -> logits (B,)."""

    def __init__(self, ndf=32, hidden=256):
        super().__init__()
        halve = dict(kernel_size=4, stride=2, padding=1)  # halves height and width
        self.net = nn.Sequential(
            nn.Conv2d(1, ndf, **halve),  # 14 x 14
            nn.LeakyReLU(0.2),
            nn.Conv2d(ndf, 2 * ndf, **halve),  # 7 x 7
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

    # D: raise D(real), lower D(fake). detach() keeps G out of this update.
    real_logits, fake_logits = gan.D(real), gan.D(fake.detach())
    d_loss = losses.bce.d(real_logits, fake_logits)
    gan.opt_D.zero_grad()
    d_loss.backward()
    gan.opt_D.step()

    # G: raise D(fake), judged by the D we have just improved.
    after_logits = gan.D(fake)
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
torch.manual_seed(cfg.seed)
G = DCGANGenerator(latent_dim).to(cfg.device, memory_format=torch.channels_last)
D = DCGANDiscriminator().to(cfg.device, memory_format=torch.channels_last)
gan = Gan(
    G=G,
    D=D,
    opt_G=adam(G, lr=1e-3, betas=(0.0, 0.99)),
    opt_D=adam(D, lr=1e-3, betas=(0.0, 0.99)),
)
first_filters = D.net[0].weight.detach().clone()  # for section 6

# %% [markdown]
# `channels_last` is the order in memory that convolutions like best. It changes the
# speed, not the result. Now train. The fixed latents are those of notebook 02.

# %%
batches = data.Batches(
    cfg.data.train,
    batch_size=cfg.batch_size,
    latent_dim=latent_dim,
    seed=cfg.seed,
    device=cfg.device,
)
z_fixed = torch.randn(
    256, latent_dim, generator=torch.Generator().manual_seed(cfg.seed)
)
z_fixed = z_fixed.to(cfg.device)
snapshots = callbacks.Snapshots(z_fixed[:64])
history = fit(
    train_step,
    gan,
    batches,
    epochs=cfg.epochs,
    schedule=linear_decay,
    precision=cfg.precision,
    callbacks=[
        snapshots,
        callbacks.LiveView(z_fixed, cfg.labels),
        callbacks.Progress(cfg.out_dir / "progress.jsonl"),
    ],
)

# %%
figure, (top, bottom) = viz.panels(1, nrow=2, height=5.6, sharex=True)
viz.plot_losses(history, ax=top)
viz.plot_scores(history, ax=bottom)
plt.show()

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
# Strokes have one width, ends are round, the background is black. Cover the title and
# ask a friend who has not seen this page: most of these pass for handwriting. Not all
# do. Look for a stroke that leads nowhere, or a digit between two classes.

# %% [markdown]
# ## 5. Side by side, at equal seconds
#
# "Better after the same number of steps" would be unfair: a step of the DCGAN costs
# more. What you have on a laptop is time. So we take, for each picture of the DCGAN,
# the snapshot of the MLP with the nearest training time.

# %%
mlp = results.load_own_or_shipped(cfg.previous("02_vanilla_gan"), "mlp")
end = min(mlp.seconds[-1], snapshots.seconds[-1])
moments = end * np.linspace(0, 1, 7)[1:] ** 2  # seconds, dense at the start


def nearest_in_time(seconds):
    """For each moment the index of the snapshot closest to it."""
    return [int(np.abs(np.asarray(seconds) - moment).argmin()) for moment in moments]


at_mlp, at_dcgan = nearest_in_time(mlp.seconds), nearest_in_time(snapshots.seconds)
rows = [mlp.images[at_mlp, i] for i in range(3)]
rows += [snapshots.images[at_dcgan, i] for i in range(3)]
viz.show_rows(
    rows,
    titles=["MLP"] * 3 + ["DCGAN"] * 3,
    columns=[f"{moment:.0f} s" for moment in moments],
    title="Three latents each, at equal training time",
)
plt.show()

# %% [markdown]
# Two numbers go with the picture: the lonely pixels of notebook 02, and the distance of
# each fake to its nearest training image, as in notebook 01. Real test images show what
# is normal.

# %%
n = cfg.pick(1000, smoke=200)
reference = cfg.data.train[:10000]
sets = {
    "real test images": cfg.data.test[:n],
    "MLP": results.generate(mlp.generator, n, latent_dim=mlp.latent_dim, seed=1),
    "DCGAN": results.generate(gan.G, n, latent_dim=latent_dim, seed=1),
}
print(f"{'':18s} lonely pixels   distance to nearest training image")
for name, images in sets.items():
    distance = metrics.nearest(images, reference)[0].median()
    print(f"{name:18s} {metrics.speckles(images):13.2f}   {distance:.2f}")

# %% [markdown]
# **What you should see.** The DCGAN has about as few lonely pixels as real handwriting.
# A distance *below* the real one is no triumph: a generator that copied the training
# images would have distance zero. Here are the nearest pairs, to check that with your
# own eyes.

# %%
fakes = sets["DCGAN"][:10]
distances, indices = metrics.nearest(fakes, cfg.data.train)
viz.show_pairs(
    fakes,
    cfg.data.train[indices[:, 0]],
    title="Ten fakes, each above its nearest training image",
)
plt.show()

# %% [markdown]
# Mostly the same class and the same slant, but not the same digit: G has not copied.
#
# ## 6. What does D look at?
#
# D's first layer has 32 windows of 4 x 4 weights. Before training they are noise.

# %%
with torch.no_grad():
    change = D.net[0].weight.cpu() - first_filters.cpu()
viz.show_filters(D.net[0].weight, title="D's first filters after training")
plt.show()
viz.show_filters(change, title="What training has changed in them")
plt.show()

# %% [markdown]
# **What you should see.** Filters start as noise, and much of that noise is still
# there. The changes tell more. Some have an orange and a purple side: they have turned
# towards edges in one direction. Others are all of one sign: they measure ink. Nobody
# told D what a stroke is; it had to find out before it could judge one.
#
# Keep the result for notebook 05.

# %%
labels = metrics.guess_labels(sets["DCGAN"], reference, cfg.data.train_labels[:10000])
folder = results.save_result(
    cfg.out_dir,
    generator=gan.G,
    snapshots=snapshots,
    history=history,
    meta=cfg.about(
        recipe="dcgan",
        latent_dim=latent_dim,
        steps=gan.step,
        speckles=metrics.speckles(sets["DCGAN"]),
        class_counts=torch.bincount(labels, minlength=10).tolist(),
    ),
)

# %% [markdown]
# ## Recap
#
# - A strided convolution halves a picture, a transposed one doubles it. Choose a kernel
#   size that is a multiple of the stride.
# - Of the DCGAN rules most still hold. Batch norm in D and the ban on dense layers do
#   not have to.
# - The training step is the same for all networks.
# - Compare at equal seconds, and with a ruler, not with the losses.

# %% [markdown]
# ## Exercises
#
# **Exercise 1: the size that comes out.** Write the formula of section 1 as a function.
#
# <details><summary>Hint</summary>
# <code>//</code> rounds down.
# </details>


# %% tags=["exercise"]
def size_out(size, kernel_size, stride, padding):
    """Height of a convolution's output for an input of height `size`."""
    ### BEGIN SOLUTION
    return (size + 2 * padding - kernel_size) // stride + 1
    ### END SOLUTION


check("28 halves to 14", lambda: size_out(28, 4, 2, 1), 14)
check("7 with kernel 3 and no stride", lambda: size_out(7, 3, 1, 0), 5)

# %% [markdown]
# **Exercise 2: and back.** Write the same for a transposed convolution. For every size
# that a convolution maps without remainder, it must lead back.
#
# <details><summary>Hint</summary>
# Solve the formula of section 1 for *in*, without the rounding.
# </details>


# %% tags=["exercise"]
def size_back(size, kernel_size, stride, padding):
    """Height of a transposed convolution's output for an input of height `size`."""
    ### BEGIN SOLUTION
    return (size - 1) * stride - 2 * padding + kernel_size
    ### END SOLUTION


check("7 doubles to 14", lambda: size_back(7, 4, 2, 1), 14)
check("1 grows to 7", lambda: size_back(1, 7, 1, 0), 7)

# %% [markdown]
# **Questions**
#
# 3. Put `nn.BatchNorm2d(2 * ndf)` into D, after its second convolution. What happens to
#    `d_loss` and to the pictures?
# 4. Replace the kernel of 4 in G by 3 (with `output_padding=1`). Can you see the
#    checkerboard in the fakes of the first steps? And at the end?
# 5. Call `gan.G.train()` before `generate`... and find out why nothing changes. Then
#    draw pictures with `gan.G(z)` for a batch of two latents. What is different?
# 6. Halve `ngf` and `ndf`. How many more steps do you get in the same time, and is it a
#    good trade?
# 7. Give both players the optimiser of notebook 02 again. What do you lose?

# %% [markdown]
# ## In practice
#
# - Print the shape after every layer before you train. Most first errors are sizes.
# - Draw pictures in `eval()` mode, train in `train()` mode.
# - If D wins early, make it smaller or slower before you touch anything else.
#
# ## Next
#
# [04 · Tame a GAN that fails](04_stabilization_tricks.ipynb): two GANs that fail, and
# what helps each.
