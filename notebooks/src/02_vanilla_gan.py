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
# - what the generator G and the discriminator D do
# - to write both losses, the training step and the loop from an empty page
# - how to read the two losses and D's scores: neither should go to zero
# - what D asks of each pixel, and what happens when D has won
# - what this simplest of all GANs gets wrong, and how to count it
#
# **What you'll need.** Notebook 01, or at least its last sentence. You should have seen
# a PyTorch network and an optimiser before. No GPU.

# %% [markdown]
# ## Parameters
#
# Change a value and run the notebook again. `smoke` only proves that all cells run,
# `quick` is what you see here, `full` trains much longer.

# %% tags=["parameters"]
profile: str = "quick"  # smoke, quick or full: how much work to do
seed: int = 0  # one seed for data order, latents and initial weights
dataset: str = "auto"  # auto, mnist, fashion, kmnist, offline or a folder
device: str = "auto"  # auto, cpu, cuda or mps
out_dir: str = None  # root folder of this run's results; None: runs/lab
epochs: int = None  # passes over the training images; None: the profile's value
batch_size: int = None  # images per update; None: the profile's value

# %%
import copy
import math
import time
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from gan_utils import callbacks, data, results, training, viz
from gan_utils.gan import Gan
from gan_utils.lesson import check, lesson

cfg = lesson("02_vanilla_gan", globals())  # checks the parameters above
viz.use_style()

# %% [markdown]
# ## 1. A forger
#
# Nobody can write down a formula that says how much a picture looks like a digit. The
# idea of [Goodfellow et al. (2014)](https://arxiv.org/abs/1406.2661) is to *learn* that
# judgement as well. Two networks play against each other. The **generator** G is a
# forger: it turns random numbers `z` into a picture. The **discriminator** D is a
# detective: it looks at a picture and says how sure it is that the picture is real.
#
# Here is a forger of the plainest kind, fully connected layers, a *multilayer
# perceptron* (MLP). It widens `latent_dim` random numbers, layer by layer, to 784
# pixels. Its last layer is a `Tanh`, because real images lie in [-1, 1].


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
# What does it draw before it has learnt anything? We fix 64 latents once and look at
# the same ones to the end. (Fresh noise for each picture is a common mistake. You could
# not tell progress from luck.)

# %%
latent_dim = 64
random = torch.Generator().manual_seed(cfg.seed)
z_fixed = torch.randn(64, latent_dim, generator=random).to(cfg.device)

torch.manual_seed(cfg.seed)
G = MLPGenerator(latent_dim).to(cfg.device)
with torch.no_grad():
    fake = G(z_fixed)
assert fake.shape == (64, 1, 28, 28) and fake.abs().max() <= 1
viz.show_grid(fake[:16].cpu(), ncol=16, title="The first fakes: G has learnt nothing")
plt.show()

# %% [markdown]
# ## 2. A detective
#
# D is the mirror image: 784 pixels in, one number out. That number is a **logit**:
# above 0 it means "rather real". `sigmoid(logit)` is the probability that D gives, but
# we never put a sigmoid into D: where it is nearly flat, it would eat the gradient.


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


# %% tags=["nbval-check-output"]
D = MLPDiscriminator().to(cfg.device)
assert D(fake).shape == (64,)
for name, net in [("G", G), ("D", D)]:
    print(f"{name} has {sum(p.numel() for p in net.parameters()):,} parameters")

# %% [markdown]
# The two cost about the same to compute. That does not make them equally strong: to
# tell noise from digits is much easier than to draw one. Section 8 lets D win.
#
# ![Boxes and arrows: noise z goes into the generator G, which makes fakes; fakes and
# real pictures go into the discriminator D, which answers with a logit: real or fake?
# Dashed: d_loss corrects D, and g_loss corrects G, through D](../figures/game.png)
#
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
# ## 3. What each of them wants
#
# D's loss is this formula with the sign turned, so that smaller is better. With logits,
# the logarithm of a sigmoid is written with `softplus`, which never overflows: $-\log
# \sigma(t) = \text{softplus}(-t)$.
#
# G could *minimise* log(1 - D(G(z))), as the formula says. We let it *maximise* log
# D(G(z)) instead. Both want D to say "real"; section 8 shows when the difference
# matters.


# %%
def bce_d(real_logits, fake_logits):
    """Cross-entropy of D in nats; logits (B,). It is 2 ln 2 when D cannot tell."""
    return F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()


def bce_g(fake_logits):
    """Minus log D(G(z)), in nats. It is ln 2 when D cannot tell."""
    return F.softplus(-fake_logits).mean()


# %% tags=["nbval-check-output"]
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
# 2. **D's turn**: raise D(real), lower D(fake). `detach()` cuts the fakes off from G:
#    this update must not touch the forger.
# 3. **G's turn**: raise D(fake). The D that we have just improved looks at the same
#    fakes again, this time without `detach()`, so the gradient flows back into G.
#    `opt_G` changes G's weights only. (D collects gradients here, too; `zero_grad`
#    throws them away at its next turn.)


# %%
def train_step(gan, real, z):
    """One update of D, then one of G; real (B, 1, 28, 28), z (B, latent_dim)."""
    fake = gan.G(z)
    real_logits, fake_logits = gan.D(real), gan.D(fake.detach())  # G is kept out
    d_loss = bce_d(real_logits, fake_logits)
    gan.opt_D.zero_grad()
    d_loss.backward()
    gan.opt_D.step()

    after_logits = gan.D(fake)  # by the D that we have just improved
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
# The step needs two players and their optimisers; `Gan` is a box that holds the four.
# Both use Adam, with a first momentum of 0.5 instead of the usual 0.9: the target moves
# all the time, and a long memory of old gradients makes the players orbit each other.
# (`fused` is the same formula in one pass over the memory.)


# %%
def new_gan(seed):
    """Two fresh players; the same seed gives the same weights."""
    torch.manual_seed(seed)
    G = MLPGenerator(latent_dim).to(cfg.device)
    D = MLPDiscriminator().to(cfg.device)
    how = dict(lr=5e-4, betas=(0.5, 0.999), fused=True)
    opt_G = torch.optim.Adam(G.parameters(), **how)
    opt_D = torch.optim.Adam(D.parameters(), **how)
    return Gan(G=G, D=D, opt_G=opt_G, opt_D=opt_D)


# %% [markdown]
# ## 5. The loop, to the end
#
# `Batches` is the function of notebook 01: `batches(step)` gives the real images and
# the latents of that step. The learning rate stays constant for half of the run and
# then falls to zero in a straight line, so that the two players settle.

# %%
batches = data.Batches(
    cfg.data.train,
    batch_size=cfg.batch_size,
    latent_dim=latent_dim,
    seed=cfg.seed,
    device=cfg.device,
)
steps = int(cfg.epochs * batches.steps_per_epoch)
moments = {round(steps * (i / 11) ** 2) for i in range(12)}  # most happens early


def rate(step, start=5e-4):
    """The learning rate of both players at a step."""
    return start * min(1.0, 2 * (1 - step / steps))


# %% [markdown]
# Now the loop. It keeps the numbers of every step in `history`, a table, and what G
# draws from `z_fixed` at twelve `moments`. `gan.draw` gives pictures as bytes. It
# switches G to *eval* mode first and back afterwards: some layers (not ours) work
# differently while they learn. `tick` rewrites a line below the cell every 100 steps.
# If it takes too long, interrupt the kernel: the next cells work with what there is.

# %%
gan, history, film = new_gan(cfg.seed), training.History(), {}
film[0] = gan.draw(z_fixed)
tick = callbacks.LoopProgress(steps, cfg.out_dir / "progress.jsonl")
torch.set_flush_denormal(True)  # numbers below 1e-38 count as 0: they slow Adam down
start = time.perf_counter()

for step in range(steps):
    for optimiser in (gan.opt_G, gan.opt_D):
        optimiser.param_groups[0]["lr"] = rate(step)
    real, z = batches(step)
    logs = train_step(gan, real, z)
    history.append(logs, time.perf_counter() - start)
    if step + 1 in moments:
        film[step + 1] = gan.draw(z_fixed)
    if (step + 1) % 100 == 0 or step + 1 == steps:
        d_loss, g_loss = (history[name][-100:].mean() for name in ("d_loss", "g_loss"))
        if tick(f"d_loss {d_loss:.2f}  g_loss {g_loss:.2f}", step + 1):
            break  # a teacher's budget of time is spent

# %% [markdown]
# Each row below is one latent, each column a moment.

# %%
viz.film_strip(
    np.stack([pictures[:8] for pictures in film.values()]),
    list(film),
    title="Eight latents through training; the number is the step",
)
plt.show()
for step in [*list(film)[:2], max(film)]:
    rim, middle = film[step][:, :4].float(), film[step][:, 10:18, 10:18].float()
    print(f"step {step:4d}: gray level at the upper rim {rim.mean():3.0f}", end=", ")
    print(f"in the middle {middle.mean():3.0f}")

# %% [markdown]
# **What you should see.** From gray noise to bright shapes in the middle, in seconds. D
# has found the easiest clue first, that real pictures are dark at the rim, and G has
# answered it. Every later clue is finer. First blobs, then strokes, then digits. Some
# latents settle early, others still change their digit late in the game.
#
# And here are all 64 fixed latents at the end. They are not picked: it is what the seed
# gives.

# %% tags=["thumbnail"]
viz.show_grid(film[max(film)], ncol=16, title="64 latents, not picked, after training")
plt.show()

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

half = len(history) // 2
for name in logs:
    print(f"{name:15s} mean of the second half {history[name][half:].mean():.3f}")
below = (history["d_loss"] < 2 * math.log(2)).mean()
drop = history["D(G(z)) before"] - history["D(G(z)) after"]
print(f"d_loss is below 2 ln 2 in {below:.0%} of the steps")
print(f"D lowers its score of the same fakes by {drop.mean():.3f} a step,", end=" ")
print(f"by {drop[-100:].mean():.3f} in the last 100")

# %% [markdown]
# **What you should see.**
#
# - `d_loss` stays below its dotted line: D keeps finding some clue. `g_loss` stays
#   above its own. Neither goes to zero; on the dotted lines, D would be guessing.
# - `D(x)` is the mean score of real images, `D(G(z)) before` that of the fakes. They
#   face each other across one half. The gap is D's lead.
# - `D(G(z)) after` is the score of the *same* fakes, after D has learnt from them. The
#   dashed line lies below the solid one. That gap is what D learns in one step, and
#   what G then answers. It closes at the end, as the learning rates fall to zero.
#
# What would a `d_loss` near zero mean? That D tells *these* fakes from real pictures
# without fail. It would not mean that D has no slope left, nor that G cannot learn.
# Section 8 makes such a D and measures both.
#
# The curves wobble. Healthy is what stays in a band; trouble is a curve that leaves it
# and does not come back. The losses cannot tell you whether the pictures are good. For
# that, look at them.

# %% [markdown]
# ## 7. What D asks of each pixel
#
# All that G ever learns comes through one thing: the slope of D's logit by each pixel
# of a fake, $\nabla_x D$. It says of every pixel whether more ink there would make the
# picture look more real to D. One call of `autograd` shows it.


# %%
def asked(gan, z):
    """Fakes (N, 1, 28, 28), D's logits (N,), and their slope by each pixel."""
    fakes = gan.G(z).detach().requires_grad_()
    logits = gan.D(fakes)
    (slopes,) = torch.autograd.grad(logits.sum(), fakes)
    return fakes.detach().cpu(), logits.detach().cpu(), slopes.cpu()


def show_asked(fakes, slopes):
    """Eight fakes above what D asks of them: red for more ink, blue for less."""
    figure, axes = viz.panels(8, nrow=2, height=2.3)
    most = slopes[:8].abs().quantile(0.995)
    look = dict(cmap="RdBu_r", vmin=-most, vmax=most)
    for fake, slope, above, below in zip(fakes, slopes, axes[:8], axes[8:]):
        above.imshow(fake[0], cmap="gray", vmin=-1, vmax=1)
        below.imshow(slope[0], **look)
    for ax in axes:
        ax.set_axis_off()
    figure.suptitle("Eight fakes; below, what D asks: red more ink, blue less")


# %%
fakes, logits, slopes = asked(gan, z_fixed)
show_asked(fakes, slopes)
plt.show()
length = slopes.flatten(1).norm(dim=1)
along = fakes + 0.5 * slopes / length.view(-1, 1, 1, 1)  # half a unit of distance
with torch.no_grad():
    moved = gan.D(along.to(cfg.device)).cpu()
middle = slopes[..., 4:24, 4:24].square().sum() / slopes.square().sum()
print(f"{middle:.0%} of the squared slopes lie in the middle half, 20 x 20 pixels")
print(f"median logit {logits.median():.2f}, half a unit along {moved.median():.2f}")
print(f"mean |grad_x D| {length.mean():.2f}")

# %% [markdown]
# **What you should see.** Patches, nearly all in the middle, and for each fake others:
# red where a stroke should be longer or thicker, blue where there is too much. Every
# fake gets advice of its own, and it works on D: half a unit along the slope raises the
# median logit. `|grad_x D|`, the length of the slope, says how loud the advice is.
#
# This is the whole of a GAN: G never sees a real picture. It follows these patches.

# %% [markdown]
# ## 8. When D has won
#
# Now to the two losses that G could have. Here is the one of the formula, and the
# slope of both against the logit that D gives to a fake.


# %%
def saturating_g(fake_logits):
    """log(1 - D(G(z))), in nats."""
    return -F.softplus(fake_logits).mean()


def push(loss, logits):
    """How hard a loss of G pushes the logit of each fake up: minus its slope, (N,)."""
    logits = logits.clone().requires_grad_()
    total = loss(logits) * len(logits)  # the loss is a mean
    return -torch.autograd.grad(total, logits)[0]


# %% [markdown]
# And here is a D that has won: fresh players, but only D learns, against a G that
# stands still. `d_turn` and `g_turn` are the halves of `train_step`.


# %%
def d_turn(gan, real, z):
    """D's half of a step."""
    d_loss = bce_d(gan.D(real), gan.D(gan.G(z).detach()))
    gan.opt_D.zero_grad()
    d_loss.backward()
    gan.opt_D.step()
    return d_loss.item()


def g_turn(gan, z, loss):
    """G's half of a step, with a loss of its own."""
    g_loss = loss(gan.D(gan.G(z)))
    gan.opt_G.zero_grad()
    g_loss.backward()
    gan.opt_G.step()


# %%
won = new_gan(cfg.seed)
alone = cfg.pick(200, smoke=20)
for step in range(alone):
    d_loss = d_turn(won, *batches(step))
print(f"after {alone} steps of D alone: d_loss {d_loss:.5f}")
early = history["D(G(z)) before"][:300]
print(
    f"in the first {len(early)} steps of our game D(G(z)) was above {early.min():.2f}"
)

# %%
medians = {}
print("           median logit   minus slope of G's loss          mean")
print("               of fakes   saturating   non-saturating   |grad_x D|")
for name, players in {"in play": gan, "D has won": won}.items():
    _, logits, slopes = asked(players, z_fixed)
    weak, strong = push(saturating_g, logits).mean(), push(bce_g, logits).mean()
    length = slopes.flatten(1).norm(dim=1).mean()
    medians[name] = logits.median()
    print(f"{name:11s}{medians[name]:12.1f}{weak:13.5f}{strong:17.3f}{length:13.2f}")

# %%
t = torch.linspace(-14, 4, 181)
figure, ax = viz.panels(1)
ax.plot(t, push(saturating_g, t), "--", color="C1", label="saturating")
ax.plot(t, push(bce_g, t), color="C1", label="non-saturating")
for name, middle in medians.items():
    ax.axvline(middle, color="C0")
    ax.text(middle + 0.2, 1.05, name, color="C0")
ax.set(xlabel="D's logit for a fake", ylabel="minus slope", ylim=(-0.03, 1.15))
ax.set_title("How hard a loss pushes G")
ax.legend(loc="center left")
plt.show()

# %% [markdown]
# **What you should see.** A D that has won is as good as certain: its logit for fakes
# lies far to the left. There the dashed curve is flat. A saturating G would get no push
# just when it has most to learn; the solid curve pushes with full strength. That is why
# everyone uses it. (The vanishing gradient that
# [Arjovsky and Bottou (2017)](https://arxiv.org/abs/1701.04862) proved is that of the
# saturating loss.) D's own slope has *not* vanished, it is even steeper than in play.
#
# **Predict, then run.** From this D that has won, the game goes on for 100 steps, D
# learning again, with each loss for G. In a third run D stands still, in a fourth the
# saturating loss plays from a fair start. Which of them will draw something?


# %%
def played_on(players, loss, steps, *, d_learns=True):
    """A copy of the players after `steps` more steps with a loss of G."""
    players = copy.deepcopy(players)
    for step in range(alone, alone + steps):
        real, z = batches(step)
        if d_learns:
            d_turn(players, real, z)
        g_turn(players, z, loss)
    return players


# %%
more = cfg.pick(100, smoke=10)
ends = {
    "D has won": won,
    "saturating": played_on(won, saturating_g, more),
    "non-saturating": played_on(won, bce_g, more),
    "D stands still": played_on(won, bce_g, more, d_learns=False),
    "fair start, saturating": played_on(new_gan(cfg.seed), saturating_g, 3 * more),
}
viz.show_rows(
    [players.draw(z_fixed[:12]) for players in ends.values()], titles=list(ends)
)
plt.show()
for name, players in ends.items():
    middle = asked(players, z_fixed)[1].median()
    print(f"{name:23s} median logit of fakes {middle:6.1f}")

# %% [markdown]
# **What you should see.**
#
# - *Saturating*: gray to the end. D is now surer still, and G has stopped. That is no
#   law: of five seeds, four ended so. Adam divides each gradient by its recent size, so
#   even this push moves G a little, and with luck that is enough.
# - *Non-saturating*: back in the game, with a bright shape in the middle.
# - *D stands still*: G has won over this D, which takes its fakes for real. They are a
#   pattern of dots.
# - *Fair start*: the saturating loss learns as well. Many texts put the start of every
#   training where its curve is flat. Ours began elsewhere: in the first 300 steps D's
#   mean score of the fakes did not come near zero.
#
# So when D is sure and `d_loss` near zero, keep three things apart. The slope of G's
# loss *by the logit*: 1 for the non-saturating loss, nothing for the saturating one.
# The slope of the logit *by the picture*, `|grad_x D|`: it is there, and steep. And
# where it leads: to whatever this D has not seen yet, here to dots. A D that only ever
# told digits from gray noise knows nothing of strokes. Its advice becomes useful as D
# learns from the new fakes. In notebook 04 you meet games in which that never happens.

# %% [markdown]
# ## 9. What is wrong with it?
#
# Do not be satisfied too early. Two faults can be counted.
#
# **Are all digits there, equally often?** Somebody has to read the fakes. `cfg.labels`
# does: the *judge*, a classifier of digits that was trained on real ones and ships with
# this course. (For other data the nearest of 2000 real pictures lends its label, as in
# notebook 01.) How far can we trust it? On real test digits we can count its errors. On
# fakes nobody knows the truth, but we can ask how sure it is.

# %%
n = cfg.pick(5000, smoke=300)
fakes = results.generate(gan.G, n, latent_dim=latent_dim, seed=1)  # bytes, eval mode
some = torch.randperm(len(cfg.data.test), generator=random)[: cfg.pick(2000, smoke=300)]
sheets = {"real": cfg.data.test[some], "fake": fakes, "first fakes": film[0]}
read = {name: cfg.labels.probabilities(images) for name, images in sheets.items()}

wrong = (read["real"].argmax(1) != cfg.data.test_labels[some]).float().mean()
print(f"errors on {len(some)} real test digits: {wrong:.1%}")
for name, chances in read.items():
    sure = (chances.max(dim=1).values > 0.9).float().mean()
    most = cfg.data.classes[chances.argmax(1).mode().values]
    print(f"{name:11s} {sure:4.0%} are read with confidence above 0.9, most as {most}")

# %% [markdown]
# Two lessons. The judge hardly errs on real digits, but doubts a quarter of our fakes.
# And confidence is no proof: it reads the gray noise of section 1 as 8s, and is sure of
# it.
#
# So the share of a class among fakes is not a number but a range: at the least those
# that are read as this class with more than 0.9, at the most all to which the judge
# gives it more than 0.1. On top comes the luck of the draw.

# %%
names, chances = cfg.data.classes, read["fake"]
real_counts = torch.bincount(cfg.data.test_labels, minlength=len(names))
counts = torch.bincount(chances.argmax(1), minlength=len(names))
least, most = ((chances > p).float().mean(0) for p in (0.9, 0.1))

luck = 1.96 * math.sqrt(0.1 * 0.9 / n)
print(f"luck of the draw for a share of 10 %: {luck:.1%} with {n} fakes,", end=" ")
print(f"{1.96 * math.sqrt(0.1 * 0.9 / 256):.1%} with 256")
share = real_counts / real_counts.sum()
print(f"the rarest: {counts.min() / n:.1%}")
print("surely too rare:    ", *(names[k] for k in (most + luck < share).nonzero()))
print("surely too frequent:", *(names[k] for k in (least - luck > share).nonzero()))

ax = viz.bar_classes(counts, reference=real_counts, classes=names)
ax.vlines(range(len(names)), 100 * least, 100 * most, color="0.25", label="range")
ax.set(title=f"{n} fakes, as the judge reads them", ylim=(0, 125 * most.max()))
ax.legend(ncols=3)
plt.show()

# %% [markdown]
# **What you should see.** All ten classes are there, but not in equal parts. 0, 2 and 6
# are too rare and 1 and 7 too frequent, whatever the judge's doubts. Of the others we
# cannot say it: the black mark of the real share lies within their range. With 256
# fakes, the luck of the draw alone would be nearly four points.
#
# Nothing in the game asks G to paint every digit equally often. It only asks that each
# single picture pass. The extreme case, a G that paints one picture again and again, is
# called *mode collapse*; notebook 04 provokes it.
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


for name in ("real", "fake"):
    print(f"{name}: {speckles(sheets[name]):.2f} lonely pixels per image")

# %% [markdown]
# The cause is in the architecture. To an MLP, pixel 300 and pixel 301 are as unrelated
# as any two: it has to learn for each pixel separately that ink comes in strokes. A
# network that knows about neighbours gets this for free. That is notebook 03.
#
# Keep the result, so that notebooks 03 and 05 can use it.

# %%
snapshots = SimpleNamespace(
    images=np.stack(list(film.values())),
    steps=list(film),
    seconds=[history["seconds"][step - 1] if step else 0.0 for step in film],
)
about = cfg.about(recipe="mlp", latent_dim=latent_dim, steps=len(history))
about |= {"speckles": speckles(fakes), "class_counts": counts.tolist()}
folder = results.save_result(
    cfg.out_dir, generator=gan.G, snapshots=snapshots, history=history, meta=about
)

# %% [markdown]
# ## 10. The same loop with a clock
#
# From notebook 03 on, `fit` runs this loop. It repeats a step that *you* wrote and adds
# what you would add by hand: a clock, an estimate of the time, a checkpoint if you ask
# for it, and a stop after the next step when you interrupt the kernel. Where a
# processor gains by it, it can compute in a shorter number format. `linear_decay` is
# our `rate`.
#
# `callbacks` only look on. `LiveView` draws the curves and 32 latents while you wait.
# The sentence on top follows from a few rules about D's scores, which
# `gan_utils/callbacks/diagnosis.py` lists.

# %%
again = new_gan(cfg.seed)
short = min(300, len(history) // 2)  # so long our learning rate was constant, too
by_fit = training.fit(
    train_step,
    again,
    batches,
    steps=short,
    callbacks=[callbacks.LiveView(z_fixed), callbacks.Progress()],
)
same = all((by_fit[name] == history[name][:short]).all() for name in logs)
print(f"{short} steps, {len(logs)} numbers each, the same to the last bit: {same}")

# %% [markdown]
# Every number of these steps is the same as in our own loop, to the last bit. There is
# nothing else in `fit` that you would have to know to understand a GAN.

# %% [markdown]
# ## Recap
#
# - G turns noise into pictures; D scores pictures; each learns from the other.
# - One step: D's turn with `detach()`, then G's turn through the improved D. The rest
#   is a `for` loop.
# - G learns from one thing only, the slope of D's logit by each pixel. The
#   non-saturating loss keeps it even when D is sure; whether it leads anywhere is
#   another question.
# - Losses measure the balance of the game, not the quality of pictures. Look at
#   pictures from fixed latents, and count, with the error of who counts.
# - The MLP finds all digits in minutes, but leaves speckles and uneven classes.

# %% [markdown]
# ## Exercises
#
# One star: a few lines. Three stars: think first.
#
# **Predict, then run.** In `train_step`, write `fake` where it says `fake.detach()`.
# What will change: the pictures, the time of a step, both or neither? Decide before you
# open the answer.
#
# <details><summary>Answer</summary>
# Neither: the step stops with an error, "Trying to backward through the graph a second
# time". Without <code>detach</code>, D's turn runs backwards through G as well and
# frees what G's own turn needs. The advice in the message,
# <code>retain_graph=True</code>, makes it run: slower, and with exactly the same
# weights, because <code>opt_G.zero_grad()</code> throws away what D's turn left in G. A
# bug that sleeps, until somebody moves that line.
# </details>
#
# **Exercise 1: the coin.** (★, 5 minutes) Write D's accuracy: the share of all
# pictures, real and fake together, that D puts on the right side of logit 0.
# `real_logits` and `fake_logits` have shape (B,); return a number in [0, 1]. What would
# it be for a D that cannot tell?
#
# <details><summary>Hint</summary>
# Which comparison is True for a real picture that is judged rightly, and which for a
# fake? A mean of truth values is a share, once they are numbers.
# </details>


# %% tags=["exercise"]
def d_accuracy(real_logits, fake_logits):
    """Share of pictures that D classifies correctly, as a number in [0, 1]."""
    ### BEGIN SOLUTION
    real_right = (real_logits > 0).float().mean()
    fake_right = (fake_logits <= 0).float().mean()
    return (real_right + fake_right) / 2
    ### END SOLUTION


high, low = torch.tensor([2.0, 1.0]), torch.tensor([-1.0, -3.0])
check("all right", lambda: d_accuracy(high, low), 1.0)
check("all wrong", lambda: d_accuracy(low, high), 0.0)
check("one fake of two fools D", lambda: d_accuracy(high, high * low + 3), 0.75)

# %% [markdown]
# **Exercise 2: both losses, with labels.** (★★, 10 minutes) Most tutorials write the
# two losses with *labels*, 1 for real and 0 for fake, and PyTorch's
# `F.binary_cross_entropy_with_logits`. Do that, for both losses of section 3. Its help
# says what it takes and what it averages over.
#
# <details><summary>Hint</summary>
# D's loss is two calls, G's is one. With which label does G want its fakes to be taken?
# </details>


# %% tags=["exercise"]
def with_labels(real_logits, fake_logits):
    """(d_loss, g_loss) by labels; logits (B,)."""
    ### BEGIN SOLUTION
    ones, zeros = torch.ones_like(real_logits), torch.zeros_like(fake_logits)
    entropy = F.binary_cross_entropy_with_logits
    d_loss = entropy(real_logits, ones) + entropy(fake_logits, zeros)
    return d_loss, entropy(fake_logits, torch.ones_like(fake_logits))
    ### END SOLUTION


t = torch.tensor([-6.0, 0.0, 2.0], requires_grad=True)
check("shapes", lambda: [loss.dim() for loss in with_labels(t, t)], [0, 0])
check(
    "values",
    lambda: [loss.item() for loss in with_labels(t, t - 1)],
    [bce_d(t, t - 1).item(), bce_g(t - 1).item()],
)
check(
    "G is pushed where D is sure",
    lambda: torch.autograd.grad(with_labels(t, t)[1], t)[0],
    -push(bce_g, t.detach()) / 3,
)

# %% [markdown]
# **Exercise 3: turns swapped.** (★★★, 20 minutes) Let G move first, judged by D as it
# is; then D, which sees *the same fakes* that G was judged by, not new ones. The checks
# compare both losses, and what each player learnt from, with fresh players that have
# not moved.
#
# <details><summary>Hint</summary>
# Two things can go wrong without any error message: a player may learn from the other
# one's loss, and a loss may be taken of pictures that are not those it is about.
# </details>

# %%
real, z = batches(0)
fresh = new_gan(0)
fake = fresh.G(z)
d_loss, g_loss = bce_d(fresh.D(real), fresh.D(fake)), bce_g(fresh.D(fake))
(slope_D,) = torch.autograd.grad(d_loss, fresh.D.net[1].weight, retain_graph=True)
(slope_G,) = torch.autograd.grad(g_loss, fresh.G.net[0].weight)
losses = [d_loss.item(), g_loss.item()]


# %%
def tried():
    """New players after one step of yours, and what it returned."""
    players = new_gan(0)
    logs = swapped_step(players, real, z)
    found = players.G.net[0].weight, players.D.net[1].weight
    return [logs["d_loss"], logs["g_loss"], *found]


def moved():
    """How far your step has moved the weights of G and of D."""
    start = fresh.G.net[0].weight, fresh.D.net[1].weight
    return [(a - b).abs().max().item() for a, b in zip(tried()[2:], start)]


# %% tags=["exercise"]
def swapped_step(gan, real, z):
    """One update of G, then one of D; returns {"d_loss": ..., "g_loss": ...}."""
    ### BEGIN SOLUTION
    fake = gan.G(z)
    g_loss = bce_g(gan.D(fake))
    gan.opt_G.zero_grad()
    g_loss.backward()
    gan.opt_G.step()

    d_loss = bce_d(gan.D(real), gan.D(fake.detach()))
    gan.opt_D.zero_grad()
    d_loss.backward()
    gan.opt_D.step()
    return {"d_loss": d_loss, "g_loss": g_loss}
    ### END SOLUTION


check("both losses", lambda: [loss.item() for loss in tried()[:2]], losses)
check("G learns from g_loss alone", lambda: tried()[2].grad, slope_G)
check("D learns from d_loss alone", lambda: tried()[3].grad, slope_D)
check("each moved once, by its learning rate", moved, [5e-4, 5e-4], tolerance=1e-5)

# %% [markdown]
# **Questions**
#
# 4. (★, 10 minutes) Set both learning rates ten times higher. Which curve tells you
#    first that something is wrong?
#
#    <!-- BEGIN ANSWER -->
#    Both losses leave the picture within four steps: `d_loss` jumps above 40, `g_loss`
#    soon follows. In the second half of the first epoch, with each of five seeds,
#    `g_loss` is above 100 on average, `d_loss` is below 0.05 in most steps, and the
#    judge finds at most two digits (`benchmarks/won.json`). D's scores tell you later:
#    they are between 0 and 1 whatever happens.
#    <!-- END ANSWER -->
# 5. (★★, 15 minutes) Replace `betas=(0.5, 0.999)` by Adam's usual `(0.9, 0.999)`. Does
#    the wobble of the losses change?
#
#    <!-- BEGIN ANSWER -->
#    The wobble is not what you will look at: D wins. In the second half of the first
#    epoch, with each of five seeds, `d_loss` is below 0.04 on average and `g_loss`
#    above 10, and all pictures are read as one digit (`benchmarks/won.json`).
#    <!-- END ANSWER -->
# 6. (★★, 15 minutes) Train with `saturating_g` in place of `bce_g` from the first step
#    on. Why does it not fail as in section 8?
#
#    <!-- BEGIN ANSWER -->
#    Because D is not sure at the start: in play its logit for fakes is near -1, where
#    the slope of the saturating loss is a third, not 0.00004. And Adam divides every
#    gradient by its recent size, so a loss that is three times flatter does not move G
#    three times less. After one epoch and five seeds the distance to real digits
#    (notebook 06) is 70 to 92 with the saturating loss and 77 to 109 with ours; the
#    95 % interval of the mean difference, -29 to +1, holds zero. So: no difference
#    shown. In section 8 the first gradient is divided by itself as well. But D answers
#    at once, the next gradients are a thousand times smaller, and Adam still remembers
#    the first one.
#    <!-- END ANSWER -->
# 7. (★★★, 30 minutes) Is the class that is too rare the same one with every seed? Say
#    first how many trainings you would need to know.
#
#    <!-- BEGIN ANSWER -->
#    If the rarest of ten classes were pure luck of the training, two trainings would
#    agree by chance in one of ten cases, three in one of a hundred: so three that agree
#    say something, and five leave room for one that does not. Do not count more fakes
#    of one training instead; that only makes sure what *this* G does. A command for
#    five: `python -m classroom run 02 --seeds 0-4`; then read `class_counts` in each
#    `meta.json`. One hint is stored: of the 10 000 fakes of the shipped `mlp`
#    (`weights/scores.json`), the judge reads 4.6 % as 2 and 6.7 % as 6, the two rarest
#    there, too. But it began with the same seed and saw the same images in the same
#    order, only in another number format: two trainings, and not independent.
#    <!-- END ANSWER -->

# %% [markdown]
# ## In practice
#
# - Save fixed-latent pictures from the first step on. They are the cheapest diagnosis.
# - Give G and D the same learning rate until you have a reason not to.
# - Never compare two GANs by their losses. Notebook 04 uses a first ruler for pictures.
#
# ## Next
#
# [03 · Give the networks eyes](03_dcgan.ipynb): convolutions, and the same training
# step.
