"""Other orders of the two updates than `train_step`'s: D, then G, on one batch.

Each is called as `step(recipe, gan, real, z)`, like `train_step`; real (B, 1, 28, 28),
z (B, latent_dim).
"""

from dataclasses import replace

import torch
import torch.nn.functional as F

from gan_utils.gan import update_D
from gan_utils.latent import ask


def spare(recipe, gan, real, z):
    """The update of `train_step`, bit by bit, without the gradient that nobody uses.

    That of g_loss for D's own weights, which the next update of D throws away.
    """
    fake = gan.G(z)
    d_loss, real_logits = update_D(recipe, gan, real, fake)
    g_loss = recipe.loss.g(gan.D(recipe.before_D(fake)), real_logits)
    gan.opt_G.zero_grad()
    g_loss.backward(inputs=list(gan.G.parameters()))
    gan.opt_G.step()
    return {"d_loss": d_loss, "g_loss": g_loss}


def lean(recipe, gan, real, z):
    """The update of `train_step`, with less work, for a D without batch norm.

    D sees real and fake images as one batch, which changes nothing where every image is
    judged by itself; and G's gradient is asked for as in `spare`.
    """
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


def labelled(recipe, gan, real, z, labels):
    """The update of `lean` where D knows the labels, and G is asked for the same ones.

    real (B, 1, 28, 28), z (B, 64 + K) of which only the style counts, labels (B,).
    """

    def D(images):
        return gan.D(images, labels.repeat(len(images) // len(labels)))

    return lean(recipe, replace(gan, D=D), real, ask(z, labels))


def simultaneous(recipe, gan, real, z):
    """Both gradients from the same weights, then both updates.

    One pass of G and one of D over each batch serve both players, as in TensorFlow's
    DCGAN tutorial. real (B, 1, 28, 28), z (B, latent_dim).
    """
    fake = gan.G(z)
    real_logits, fake_logits = gan.D(real), gan.D(fake)
    d_loss = recipe.loss.d(real_logits, fake_logits)
    g_loss = recipe.loss.g(fake_logits, real_logits.detach())
    gan.opt_D.zero_grad()
    gan.opt_G.zero_grad()
    d_loss.backward(inputs=list(gan.D.parameters()), retain_graph=True)
    g_loss.backward(inputs=list(gan.G.parameters()))
    gan.opt_D.step()
    gan.opt_G.step()
    return {"d_loss": d_loss, "g_loss": g_loss}


def two_of_D(recipe, gan, real, z):
    """Half a batch of real images for D, half a batch of fakes for D, then G.

    The way of Keras-GAN, with cross-entropy: D makes an update for each half, and draws
    its fakes from G in inference mode, where batch norm uses its running averages. G
    gets a full batch of fresh latents. `d_loss` is the mean of the two halves, `d_acc`
    the share that D got right.
    """
    half = len(real) // 2
    with torch.no_grad():
        fake = gan.G.eval()(torch.randn_like(z[:half]))
    gan.G.train()

    real_logits = gan.D(real[:half])
    d_real = F.softplus(-real_logits).mean()
    update(gan.opt_D, d_real, clock=3 * gan.step)

    fake_logits = gan.D(fake)
    d_fake = F.softplus(fake_logits).mean()
    update(gan.opt_D, d_fake, clock=3 * gan.step + 1)

    g_loss = F.softplus(-gan.D(gan.G(z))).mean()
    update(gan.opt_G, g_loss, clock=3 * gan.step + 2)
    right = ((real_logits > 0).float().mean() + (fake_logits <= 0).float().mean()) / 2
    return {"d_loss": (d_real + d_fake) / 2, "g_loss": g_loss, "d_acc": right}


def update(optimiser, loss, *, clock):
    """One update of an Adam that counts the updates of all networks it serves.

    Legacy Keras has one counter for each optimiser object, and Adam's correction of its
    first averages depends on it. Here one object serves D and G, so it counts three for
    every training step.
    """
    if loss.is_cuda and torch.cuda.is_current_stream_capturing():
        raise RuntimeError("it counts its updates in Python")
    every = [w for group in optimiser.param_groups for w in group["params"]]
    optimiser.zero_grad()
    loss.backward(inputs=every)  # for these alone: nobody would use another gradient
    for weights in every:
        state = optimiser.state[weights]
        if not state:  # Adam's first update makes it, but would count from 0
            state["step"] = torch.zeros((), device=weights.device)
            state["exp_avg"] = torch.zeros_like(weights)
            state["exp_avg_sq"] = torch.zeros_like(weights)
        state["step"].fill_(clock)
    optimiser.step()
