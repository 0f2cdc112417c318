# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 02 · Train your first GAN
#
# **What you'll do.** Build the two networks of a generative adversarial network (GAN),
# let them compete on a laptop's processor, and watch digits come out of noise.
#
# **What you'll learn**
# - what the generator G and the discriminator D do, as one picture and one formula
# - why G does not minimise the loss of the original formula
# - what happens in one training step, line by line
# - how to read the two losses and D's scores: neither should go to zero
# - what this simplest of all GANs gets wrong, and how to count it
#
# **What you'll need.** Notebook 01, or at least its last sentence: a *new* digit must
# look like the data without being in the data. You should have seen a PyTorch network
# and an optimiser before. No GPU.

# %% [markdown]
# ## Parameters
#
# Change a value and run the notebook again. `smoke` only proves that all cells run,
# `quick` is what you see here, `full` trains much longer.

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
import torch
import torch.nn.functional as F
from torch import nn

from gan_utils import viz
from gan_utils.callbacks.live import LiveView
from gan_utils.callbacks.progress import Progress
from gan_utils.callbacks.snapshots import Snapshots
from gan_utils.checks import check
from gan_utils.data import Batches
from gan_utils.gan import Gan, adam
from gan_utils.judge.labels import Labels
from gan_utils.lesson import lesson
from gan_utils.metrics import class_counts, guess_labels
from gan_utils.results import generate, save_result
from gan_utils.training import fit, linear_decay
from gan_utils.viz.game import draw_game

cfg = lesson(
    "02_vanilla_gan",
    profile=profile,
    seed=seed,
    dataset=dataset,
    device=device,
    out_dir=out_dir,
    epochs=epochs,
    batch_size=batch_size,
)
viz.use_style()

# %% [markdown]
# ## 1. A game for two networks
#
# Nobody can write down a formula that says how much a picture looks like a digit. The
# idea of [Goodfellow et al. (2014)](https://arxiv.org/abs/1406.2661) is to *learn* that
# judgement as well. Two networks play against each other:
#
# - The **generator** G is a forger. It turns random numbers `z` into a picture.
# - The **discriminator** D is a detective. It looks at a picture and says how sure it
#   is that the picture is real.

# %%
draw_game()
plt.show()

# %% [markdown]
# The dashed arrows are the learning. D is corrected when it mistakes a fake for a real
# picture or the reverse. G is corrected *through* D: the gradient runs back through the
# detective and tells the forger which pixels gave it away.
#
# As a formula, with D(x) read as the probability that x is real:
#
# $$\min_G \max_D \;\; \mathbb{E}_{x \sim \text{data}} \log D(x)
#   \; + \; \mathbb{E}_{z} \log\bigl(1 - D(G(z))\bigr)$$
#
# D wants both terms large: say 1 on real pictures and 0 on fakes. G appears in the
# second term only and wants it small. If G were perfect, D could do no better than a
# coin: D = 1/2 everywhere.

# %% [markdown]
# ## 2. The two players
#
# We take the plainest networks there are: stacks of fully connected layers, or
# *multilayer perceptrons* (MLPs). They do not even know that pixels have neighbours.
# Keep that in mind when you look at the results.
#
# G starts from `latent_dim` random numbers and widens them layer by layer to 784
# pixels. Its last layer is a `Tanh`, because real images lie in [-1, 1] (notebook 01).
# A generator that cannot reach the range of the data is caught by that alone.


# %%
class MLPGenerator(nn.Module):
    """z (B, latent_dim) -> images (B, 1, 28, 28) in [-1, 1]."""

    def __init__(self, latent_dim=64, hidden=256):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(latent_dim, hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(hidden, 2 * hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(2 * hidden, 4 * hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(4 * hidden, 28 * 28),
            nn.Tanh(),  # the range of real images
            nn.Unflatten(1, (1, 28, 28)),
        )

    def forward(self, z):
        return self.net(z)


# %% [markdown]
# D is the mirror image: 784 pixels in, one number out. That number is a **logit**, not
# a probability. A logit above 0 means "rather real". `sigmoid(logit)` would be the
# probability, but we never put a sigmoid into D: where it is nearly flat, it would eat
# the gradient and the digits of the loss.


# %%
class MLPDiscriminator(nn.Module):
    """images (B, 1, 28, 28) in [-1, 1] -> logits (B,)."""

    def __init__(self, hidden=256):
        super().__init__()
        self.net = nn.Sequential(
            nn.Flatten(),  # 784 numbers in a row
            nn.Linear(28 * 28, 4 * hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(4 * hidden, 2 * hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(2 * hidden, hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(hidden, 1),
            nn.Flatten(0),  # (B, 1) -> (B,)
        )

    def forward(self, images):
        return self.net(images)


# %% [markdown]
# Before any training, check the contract: shapes, range, and the size of the two
# players. They should be of similar strength, or the game is over before it begins.

# %%
# NBVAL_CHECK_OUTPUT
latent_dim = 64
G, D = MLPGenerator(latent_dim), MLPDiscriminator()
fake = G(torch.randn(16, latent_dim))

assert fake.shape == (16, 1, 28, 28) and fake.abs().max() <= 1
assert D(fake).shape == (16,)
for name, net in [("G", G), ("D", D)]:
    print(f"{name} has {sum(p.numel() for p in net.parameters()):,} parameters")

# %% [markdown]
# ## 3. Two ways to tell G that it failed
#
# D's loss is the formula above with the sign turned, so that smaller is better. With
# logits, the logarithm of a sigmoid is written with `softplus`, which never overflows:
# $-\log \sigma(t) = \text{softplus}(-t)$.


# %%
def bce_d(real_logits, fake_logits):
    """Cross-entropy of D in nats; logits (B,). It is 2 ln 2 when D cannot tell."""
    return F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()


# %% [markdown]
# For G there are two choices. The formula says: *minimise* log(1 - D(G(z))). That is
# the **saturating** loss. The other, **non-saturating** one says: *maximise* log
# D(G(z)). Both want D to say "real". They differ in how loudly they complain.
#
# What G learns from is the *slope* of its loss. Here it is, against the logit that D
# gives to a fake.


# %%
def saturating_g(fake_logits):
    """log(1 - D(G(z))), in nats."""
    return -F.softplus(fake_logits).mean()


def bce_g(fake_logits):
    """Minus log D(G(z)), in nats. It is ln 2 when D cannot tell."""
    return F.softplus(-fake_logits).mean()


# %%
logits = torch.linspace(-6, 6, 121)
figure, (left, right) = viz.panels(2)
for loss, name, style in [
    (saturating_g, "saturating", "--"),
    (bce_g, "non-saturating", "-"),
]:
    t = logits.clone().requires_grad_()
    value = torch.stack([loss(one) for one in t])
    (slope,) = torch.autograd.grad(value.sum(), t)
    left.plot(logits, value.detach(), style, color="C1", label=name)
    right.plot(logits, -slope, style, color="C1", label=name)
left.set(title="Loss of G", xlabel="D's logit for a fake", ylabel="loss (nats)")
right.set(
    title="How hard G is pushed", xlabel="D's logit for a fake", ylabel="minus slope"
)
for ax in (left, right):
    ax.axvspan(-6, -3, color="C0", alpha=0.12, label="start: D is sure")
    ax.legend(loc="best", fontsize=9)
plt.show()

# %% [markdown]
# **What you should see.** Early in training every fake is bad, and D says so: its logit
# is far to the left, in the shaded part. There the dashed curve is flat. A saturating G
# learns nothing just when it has most to learn. The solid curve pushes with full
# strength there and lets go when D is fooled. That is why everyone uses it, and so do
# we.
#
# Check the numbers at the middle, where D cannot tell real from fake:

# %%
# NBVAL_CHECK_OUTPUT
zeros = torch.zeros(8)
assert torch.isclose(bce_d(zeros, zeros), 2 * torch.tensor(2.0).log())
print(f"d_loss when D cannot tell: {bce_d(zeros, zeros):.3f} = 2 ln 2")
print(f"g_loss when D cannot tell: {bce_g(zeros):.3f} = ln 2")

# %% [markdown]
# ## 4. One step of the game
#
# This function is the heart of the series. Read it twice. It comes back, word for word,
# in notebook 03.
#
# 1. G paints a batch of fakes.
# 2. **D's turn.** D sees real pictures and fakes, and is corrected. `detach()` cuts the
#    fakes off from G: this update must not touch the forger.
# 3. **G's turn.** The improved D looks at the same fakes again, this time without
#    `detach()`, so the gradient flows back into G. `opt_G` changes G's weights only. (D
#    collects gradients here, too; `zero_grad` throws them away at its next turn.)


# %%
def train_step(gan, real, z):
    """One update of D, then one of G; real (B, 1, 28, 28), z (B, latent_dim)."""
    fake = gan.G(z)

    # D: raise D(real), lower D(fake). detach() keeps G out of this update.
    real_logits, fake_logits = gan.D(real), gan.D(fake.detach())
    d_loss = bce_d(real_logits, fake_logits)
    gan.opt_D.zero_grad()
    d_loss.backward()
    gan.opt_D.step()

    # G: raise D(fake), judged by the D we have just improved.
    after_logits = gan.D(fake)
    g_loss = bce_g(after_logits)
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


# %% [markdown]
# The step needs two players and their optimisers. `Gan` is a small box that holds the
# four. We use Adam for both, with a first momentum of 0.5 instead of the usual 0.9: the
# target moves all the time, and a long memory of old gradients makes the two players
# orbit each other.


# %%
def new_gan(seed):
    """Two fresh players; the same seed gives the same weights."""
    torch.manual_seed(seed)
    G = MLPGenerator(latent_dim).to(cfg.device)
    D = MLPDiscriminator().to(cfg.device)
    return Gan(
        G=G,
        D=D,
        opt_G=adam(G, lr=5e-4, betas=(0.5, 0.999)),
        opt_D=adam(D, lr=5e-4, betas=(0.5, 0.999)),
    )


# %% [markdown]
# ## 5. The loop, written out once
#
# `Batches` hands out the data. `batches(step)` gives the real images and the latents of
# that step, and depends on nothing but the seed and the step number. So every run can
# be repeated, and a run that was cut off can go on exactly where it was.
#
# Everything else is a `for` loop. Let it run for a moment and look at what G paints.

# %%
batches = Batches(
    cfg.data.train,
    batch_size=cfg.batch_size,
    latent_dim=latent_dim,
    seed=cfg.seed,
    device=cfg.device,
)
gan = new_gan(cfg.seed)
z_fixed = torch.randn(
    256, latent_dim, generator=torch.Generator().manual_seed(cfg.seed)
)
z_fixed = z_fixed.to(cfg.device)

pictures = []
for step in range(301):
    if step in (0, 30, 100, 300):
        pictures.append(gan.G(z_fixed[:10]).detach().cpu())
    real, z = batches(step)
    logs = train_step(gan, real, z)

# %%
titles = [f"step {s}" for s in (0, 30, 100, 300)]
viz.show_rows(pictures, titles=titles, title="Ten latents, four moments")
plt.show()

# %% [markdown]
# From gray noise to bright shapes in the middle, in seconds. D has found the easiest
# clue first (real pictures are dark at the rim), and G has learnt to avoid it. Every
# later clue is finer.
#
# `fit` is this loop and nothing more, plus what you would add by hand: a clock, a line
# per epoch, a checkpoint if you ask for it, arithmetic in the fastest number format of
# your processor, and a stop at the next step when you interrupt the kernel. The
# learning rate stays constant for half of the run and then falls to zero in a straight
# line, so that the two players settle.
#
# We start again from the same two fresh players and train in earnest. `LiveView` draws
# while you wait: the losses and D's scores (section 6 explains them), 32 of the fixed
# latents, and how often each digit comes, labelled by a small trained classifier. The
# sentence on top follows from a few rules about these numbers; `gan_utils/callbacks/diagnosis.py`
# lists them. The view takes at most one second in twenty.

# %%
gan = new_gan(cfg.seed)
snapshots = Snapshots(z_fixed[:64])
history = fit(
    train_step,
    gan,
    batches,
    epochs=cfg.epochs,
    schedule=linear_decay,
    precision=cfg.precision,
    callbacks=[
        snapshots,
        LiveView(z_fixed, Labels.of(cfg.data)),
        Progress(cfg.out_dir / "progress.jsonl"),
    ],
)

# %% [markdown]
# ## 6. Read the game
#
# In most of machine learning, a falling loss is good news. Not here: each loss says how
# one player does *against the other*. Two dotted lines help. They are the losses of a D
# that cannot tell real from fake.

# %%
figure, (top, bottom) = viz.panels(1, nrow=2, height=5.6, sharex=True)
viz.plot_losses(history, ax=top)
viz.plot_scores(history, ax=bottom)
plt.show()
drop = (history["D(G(z)) before"] - history["D(G(z)) after"]).mean()
print(f"One step of D lowers its score of the same fakes by {drop:.3f} on average.")

# %% [markdown]
# **What you should see.**
#
# - `d_loss` stays below its dotted line: D keeps finding some clue. `g_loss` stays
#   above its own. Neither goes to zero. A `d_loss` near zero would mean that D has won
#   and has nothing more to teach; on the dotted lines, D would be guessing.
# - `D(x)` is the mean score of real images, `D(G(z)) before` that of the fakes. They
#   face each other across one half. The gap is D's lead.
# - `D(G(z)) after` is the score of the *same* fakes, after D has learnt from them. The
#   dashed line lies below the solid one. That gap is what D learns in one step, and
#   what G then answers. It closes at the end, as the learning rates fall to zero.
#
# The curves wobble, and runs with other seeds look different in detail. Healthy is what
# stays in a band; trouble is a curve that leaves it and does not come back.
#
# The losses cannot tell you whether the pictures are good. For that, look at them.

# %% [markdown]
# ## 7. The same latents through training
#
# Each row below is one latent, each column a moment. Because the latents stay the same,
# you see G change its mind. (Fresh noise for each picture is a common mistake. You
# could not tell progress from luck.)

# %%
viz.film_strip(
    snapshots.images[:, :8],
    snapshots.steps,
    title="Eight latents through training; the number is the step",
)
plt.show()

# %% [markdown]
# The steps are spaced like squares, because most happens early. First blobs, then
# strokes, then digits. Some latents settle on a digit early; others change class late
# in the game.
#
# And here are all 64 fixed latents at the end. They are not picked: it is what the seed
# gives.

# %% tags=["thumbnail"]
viz.show_grid(
    snapshots.images[-1], ncol=16, title="64 latents, not picked, after training"
)
plt.show()

# %% [markdown]
# ## 8. What is wrong with it?
#
# Do not be satisfied too early. Two faults can be counted.
#
# **Are all digits there, equally often?** We label each fake with the class of its
# nearest real neighbour, as in notebook 01. To be fair, we do the same with real test
# images: the labelling itself makes mistakes.

# %%
n = 2000 if cfg.profile != "smoke" else 300
fakes = generate(gan.G, n, latent_dim=latent_dim, seed=1)
real = cfg.data.test[:n]
reference, labels = cfg.data.train[:10000], cfg.data.train_labels[:10000]
classes = len(cfg.data.classes)
fake_counts = class_counts(guess_labels(fakes, reference, labels), classes)
real_counts = class_counts(guess_labels(real, reference, labels), classes)
viz.bar_classes(
    fake_counts,
    reference=real_counts,
    classes=cfg.data.classes,
    title=f"Classes of {n} fakes, by their nearest real neighbour",
)
plt.show()

# %% [markdown]
# **What you should see.** All classes are there, but not in equal parts: some bars
# stand well above their black mark, others well below. Nothing in the game asks G to
# paint every digit equally often. It only asks that each single picture pass. The
# extreme case, a G that paints only 1s, is called *mode collapse*; notebook 04 provokes
# it.
#
# **Speckle.** Look closely at the fakes: single bright pixels, far from any stroke. A
# pen does not do that. We count bright pixels whose eight neighbours are all dark.


# %%
def speckles(images):
    """Mean number of lonely bright pixels per image; images (N, 28, 28) uint8."""
    bright = (images > 64).float()[:, None]
    window = torch.ones(1, 1, 3, 3)
    neighbours = F.conv2d(bright, window, padding=1) - bright
    return ((bright == 1) & (neighbours == 0)).float().sum((1, 2, 3)).mean().item()


print(f"real: {speckles(real):.2f} lonely pixels per image")
print(f"fake: {speckles(fakes):.2f} lonely pixels per image")

# %% [markdown]
# The cause is in the architecture. To an MLP, pixel 300 and pixel 301 are as unrelated
# as any two: it has to learn for each pixel separately that ink comes in strokes. A
# network that knows about neighbours gets this for free. That is notebook 03.
#
# Keep the result, so that notebooks 03 and 05 can use it.

# %%
folder = save_result(
    cfg.out_dir,
    generator=gan.G,
    snapshots=snapshots,
    history=history,
    meta={
        "recipe": "mlp",
        "latent_dim": latent_dim,
        "seed": cfg.seed,
        "steps": gan.step,
        "dataset": cfg.data.name,
        "digest": cfg.data.digest,
        "note": cfg.data.note,
        "device": cfg.device,
        "precision": cfg.precision,
        "speckles": speckles(fakes),
        "class_counts": fake_counts.tolist(),
    },
)

# %% [markdown]
# ## Recap
#
# - G turns noise into pictures; D scores pictures; each learns from the other.
# - The non-saturating loss pushes G hardest when it is worst.
# - One step: D's turn with `detach()`, then G's turn through the improved D.
# - Losses measure the balance of the game, not the quality of pictures. Look at
#   pictures from fixed latents, and count.
# - The MLP finds all digits in minutes, but leaves speckles and uneven classes.

# %% [markdown]
# ## Exercises
#
# **Exercise 1: the coin.** Write D's accuracy: the share of pictures that D puts on the
# right side of logit 0, over real and fake together. `real_logits` and `fake_logits`
# have shape (B,); return a number in [0, 1].
#
# <details><summary>Hint</summary>
# A real picture is right when its logit is above 0, a fake one when it is not.
# <code>(logits > 0).float().mean()</code> is the share of logits above 0.
# </details>


# %% tags=["exercise"]
def d_accuracy(real_logits, fake_logits):
    """Share of pictures that D classifies correctly, as a number in [0, 1]."""
    ### BEGIN SOLUTION
    real_right = (real_logits > 0).float().mean()
    fake_right = (fake_logits <= 0).float().mean()
    return (real_right + fake_right) / 2
    ### END SOLUTION


check(
    "all right",
    lambda: d_accuracy(torch.tensor([2.0, 1.0]), torch.tensor([-1.0, -3.0])),
    1.0,
)
check(
    "one fake of two fools D",
    lambda: d_accuracy(torch.ones(2), torch.tensor([1.0, -1.0])),
    0.75,
)

# %% [markdown]
# **Exercise 2: forget the detach.** Which weights get a gradient in D's turn if
# `fake.detach()` is replaced by `fake`? Return the letter of each player whose first
# weight has a gradient after `d_loss.backward()`, e.g. `"D"` or `"DG"`. Find out by
# trying it.
#
# <details><summary>Hint</summary>
# Make a fresh <code>new_gan(0)</code>, compute <code>d_loss</code> from
# <code>gan.D(fake)</code> without <code>detach</code>, call <code>backward()</code>,
# and look at <code>next(gan.G.parameters()).grad</code>.
# </details>


# %% tags=["exercise"]
def who_gets_a_gradient():
    """The players that receive a gradient in D's turn without detach()."""
    ### BEGIN SOLUTION
    trial = new_gan(0)
    real, z = torch.randn(4, 1, 28, 28), torch.randn(4, latent_dim)
    real, fake = real.to(cfg.device), trial.G(z.to(cfg.device))
    bce_d(trial.D(real), trial.D(fake)).backward()
    players = {"D": trial.D, "G": trial.G}
    return "".join(
        name for name in players if next(players[name].parameters()).grad is not None
    )
    ### END SOLUTION


check("without detach", lambda: who_gets_a_gradient(), "DG")

# %% [markdown]
# **Questions**
#
# 3. Train with `saturating_g` in place of `bce_g`. At which step do the first strokes
#    appear? Compare with the plot of the slopes.
# 4. Set both learning rates ten times higher. Which curve tells you first that
#    something is wrong?
# 5. Replace `betas=(0.5, 0.999)` by Adam's usual `(0.9, 0.999)`. Does the wobble of the
#    losses change?
# 6. Run three seeds. Is the same class too frequent each time?

# %% [markdown]
# ## In practice
#
# - Save fixed-latent pictures from the first step on. They are the cheapest diagnosis.
# - Keep G and D of similar size and give them the same learning rate until you have a
#   reason not to.
# - Never compare two GANs by their losses. Notebook 04 uses a first ruler for pictures.
#
# ## Next
#
# [03 · Give the networks eyes](03_dcgan.ipynb): convolutions, and the same training
# step.
