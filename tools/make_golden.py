"""Golden values of the ported classics, from the frameworks of their originals.

    python -m venv golden && golden/bin/pip install tensorflow tf_keras
    golden/bin/python tools/make_golden.py dcgan_tf mlp_bn_fullbatch
    python tools/make_golden.py mlp_plain mlp_bn_smooth dcgan_28     # needs torch alone

Each original is written down once more from its source (`python -m gan_utils recipes
NAME` names it), in its own framework and with its own parts, and shares no line with
`gan_utils/recipes`. Weights and batches are those of `golden_inputs.py`, in float64.
Stored in tests/recipes/golden_NAME.json, three numbers for each tensor: pictures and
logits, gradients, and how far each value has moved after 1, 2 and 10 steps. Of Keras
also the largest weights of fresh networks, and what dropout makes of ones.
`tests/recipes/test_golden.py` compares the ports with them, without TensorFlow.

Only the random numbers of dropout are replaced: by masks that both sides can compute.
"""

import json
import re
import sys
from importlib.metadata import version

import golden_inputs as golden
import numpy as np


class KerasNet:
    """A Keras model whose parameters are read and written in torch's layout.

    flat: {place of a layer: (axis in torch's layout, shape (h, w, c) of what is flat
    there)}, as Keras flattens (h, w, c) and torch (c, h, w).
    """

    KINDS = {"kernel": "weight", "gamma": "weight", "beta": "bias", "bias": "bias"}
    KINDS |= {"moving_mean": "mean", "moving_variance": "var"}

    def __init__(self, which, model, flat=()):
        self.which, self.model, self.flat = which, model, dict(flat)
        self.variables = {}
        weighted = [layer for layer in model.layers if layer.weights]
        for number, layer in enumerate(weighted):
            for variable in layer.weights:
                kind = self.KINDS[variable.name.split("/")[-1].split(":")[0]]
                self.variables[f"{number} {kind}"] = variable
        self.fresh = {
            name: float(abs(values).max())
            for name, values in self.values().items()
            if values.ndim > 1
        }
        self.reset()

    def to_torch(self, name, values):
        """An array of Keras in the layout of torch."""
        axes = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}[values.ndim]
        values = values.transpose(axes)
        axis, shape = self.flat.get(int(name.split()[0]), (values.ndim, ()))
        if axis >= values.ndim:
            return values
        order = np.arange(values.shape[axis]).reshape(shape)
        return values.take(order.transpose(2, 0, 1).ravel(), axis)

    def values(self):
        """{name: array in torch's layout}"""
        return {n: self.to_torch(n, v.numpy()) for n, v in self.variables.items()}

    def reset(self):
        """All values as they are in the beginning."""
        shapes = {name: values.shape for name, values in self.values().items()}
        for name, values in golden.start(self.which, shapes).items():
            variable = self.variables[name]
            places = np.arange(values.size).reshape(variable.shape)
            flat = np.empty(values.size)
            flat[self.to_torch(name, places).ravel()] = values.ravel()
            variable.assign(flat.reshape(variable.shape))

    def gradients(self, tape, loss):
        """{name: array in torch's layout} of a loss by all that is trained."""
        found = tape.gradient(loss, self.model.trainable_variables)
        names = {id(variable): name for name, variable in self.variables.items()}
        pairs = zip(map(id, self.model.trainable_variables), found)
        return {names[key]: self.to_torch(names[key], g.numpy()) for key, g in pairs}


def last(images):
    """(B, C, H, W) -> (B, H, W, C)"""
    return images.transpose(0, 2, 3, 1)


def fresh(keras, nets):
    """What is drawn at random, by its range: first weights and dropout."""
    dropped = keras.layers.Dropout(0.3)(np.ones((100, 100)), training=True)
    largest = {which: net.fresh for which, net in nets.items()}
    return {
        "largest fresh weights": largest,
        "dropout of ones": sorted(set(dropped.numpy().ravel().tolist())),
    }


def keras_forward(nets, logits):
    """Pictures and logits, told; logits: what D gives -> logits."""
    real, z = last(golden.images(0)), golden.latents(0)
    G, D, found = nets["G"].model, nets["D"].model, {}
    for name, mode in (("inference", False), ("training", True)):
        pictures = G(z, training=mode).numpy().transpose(0, 3, 1, 2)
        found[f"G in {name}"] = golden.told(pictures)
        found[f"D in {name}"] = golden.told(logits(D(real, training=mode).numpy()))
    nets["G"].reset()  # training has moved its running averages
    return found


def keras_gradients(tf, nets, losses):
    """Of both losses at the first weights, told. losses: () -> d_loss, g_loss."""
    with tf.GradientTape(persistent=True) as tape:
        d_loss, g_loss = losses()
    pairs = (("G", g_loss), ("D", d_loss))
    found = {n: golden.all_told(nets[n].gradients(tape, loss)) for n, loss in pairs}
    nets["G"].reset()
    return found


# --- dcgan_tf: TensorFlow's tutorial


def tutorial_networks(keras):
    """Layer by layer as in generative/dcgan.ipynb; only the dropout masks are known."""
    layers = keras.layers

    class Dropout(layers.Dropout):
        """Keras's own but for the mask. number: 0 for the first one of D."""

        def __init__(self, rate, number):
            super().__init__(rate)
            self.number = number

        def call(self, inputs, training=False):
            size, height, width, channels = inputs.shape
            shape = (size, channels, height, width)
            mask = golden.dropout_mask(self.number, shape, self.rate)
            return inputs * last(mask) if training else inputs

    up = dict(padding="same", use_bias=False)
    G = [
        *(keras.Input((100,)), layers.Dense(7 * 7 * 256, use_bias=False)),
        *(layers.BatchNormalization(), layers.LeakyReLU()),
        layers.Reshape((7, 7, 256)),
        layers.Conv2DTranspose(128, (5, 5), strides=(1, 1), **up),
        *(layers.BatchNormalization(), layers.LeakyReLU()),
        layers.Conv2DTranspose(64, (5, 5), strides=(2, 2), **up),
        *(layers.BatchNormalization(), layers.LeakyReLU()),
        layers.Conv2DTranspose(1, (5, 5), strides=(2, 2), activation="tanh", **up),
    ]
    D = [
        keras.Input((28, 28, 1), batch_size=golden.BATCH),
        layers.Conv2D(64, (5, 5), strides=(2, 2), padding="same"),
        *(layers.LeakyReLU(), Dropout(0.3, 0)),
        layers.Conv2D(128, (5, 5), strides=(2, 2), padding="same"),
        *(layers.LeakyReLU(), Dropout(0.3, 1)),
        *(layers.Flatten(), layers.Dense(1)),
    ]
    return keras.Sequential(G), keras.Sequential(D)


def dcgan_tf():
    """In the Keras that TensorFlow brings today."""
    import tensorflow as tf

    keras = tf.keras
    keras.config.set_floatx("float64")
    keras.utils.set_random_seed(0)
    G, D = tutorial_networks(keras)
    of_G = {0: (0, (7, 7, 256)), 1: (0, (7, 7, 256))}
    nets = {"G": KerasNet("G", G, of_G)}
    nets["D"] = KerasNet("D", D, {2: (1, (7, 7, 128))})
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    opt_G, opt_D = keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-4)

    def losses(number):
        fake = G(golden.latents(number), training=True)
        real_output = D(last(golden.images(number)), training=True)
        fake_output = D(fake, training=True)
        real_loss = cross_entropy(tf.ones_like(real_output), real_output)
        fake_loss = cross_entropy(tf.zeros_like(fake_output), fake_output)
        g_loss = cross_entropy(tf.ones_like(fake_output), fake_output)
        return real_loss + fake_loss, g_loss

    def train_step(number):
        with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
            d_loss, g_loss = losses(number)
        to_G = gen_tape.gradient(g_loss, G.trainable_variables)
        to_D = disc_tape.gradient(d_loss, D.trainable_variables)
        opt_G.apply_gradients(zip(to_G, G.trainable_variables))
        opt_D.apply_gradients(zip(to_D, D.trainable_variables))
        return {"d_loss": d_loss, "g_loss": g_loss}

    found = fresh(keras, nets)
    found["forward"] = keras_forward(nets, lambda logits: logits)
    found["gradients"] = keras_gradients(tf, nets, lambda: losses(0))
    return found | golden.trained(nets, train_step)


# --- mlp_bn_fullbatch: Keras-GAN, with the optimiser of its time


def keras_gan_networks(keras):
    """The networks of srujan-b/Gans, folder ganMnsit: those of Keras-GAN."""
    layers = keras.layers
    G = keras.Sequential([keras.Input((100,))])
    for width in (256, 512, 1024):
        G.add(layers.Dense(width))
        G.add(layers.LeakyReLU(alpha=0.2))
        G.add(layers.BatchNormalization(momentum=0.8))
    G.add(layers.Dense(784, activation="tanh"))
    G.add(layers.Reshape((28, 28, 1)))
    D = keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten()])
    for width in (512, 256):
        D.add(layers.Dense(width))
        D.add(layers.LeakyReLU(alpha=0.2))
    D.add(layers.Dense(1, activation="sigmoid"))
    return G, D


def mlp_bn_fullbatch():
    """One Adam of legacy Keras serves D and the stack of both, D held still in it."""
    import tensorflow as tf
    import tf_keras as keras

    keras.backend.set_floatx("float64")
    keras.utils.set_random_seed(0)
    G, D = keras_gan_networks(keras)
    nets = {"G": KerasNet("G", G), "D": KerasNet("D", D)}
    half = golden.BATCH // 2
    ones, zeros = np.ones((golden.BATCH, 1)), np.zeros((golden.BATCH, 1))
    cross_entropy = keras.losses.BinaryCrossentropy()

    def batch(number):
        fake = G(golden.latents(number, half, "z of D"), training=False)
        return last(golden.images(number))[:half], fake, golden.latents(number)

    def losses():
        real, fake, z = batch(0)
        d_loss = cross_entropy(ones[:half], D(real)) / 2
        d_loss += cross_entropy(zeros[:half], D(fake)) / 2
        return d_loss, cross_entropy(ones, D(G(z, training=True)))

    def train_step(number):
        real, fake, z = batch(number)
        d_real = D.train_on_batch(real, ones[:half])
        d_fake = D.train_on_batch(fake, zeros[:half])
        g_loss = combined.train_on_batch(z, ones)
        d_loss, d_acc = 0.5 * np.add(d_real, d_fake)
        return {"d_loss": d_loss, "g_loss": g_loss, "d_acc": d_acc}

    found = fresh(keras, nets)
    found["forward"] = keras_forward(nets, lambda p: np.log(p) - np.log1p(-p))
    found["gradients"] = keras_gradients(tf, nets, losses)

    optimizer = keras.optimizers.legacy.Adam(0.0002, 0.5)
    how = {"loss": "binary_crossentropy", "optimizer": optimizer}
    D.compile(metrics=["accuracy"], **how)
    z = keras.Input((100,))
    D.trainable = False
    combined = keras.Model(z, D(G(z)))
    combined.compile(**how)
    return found | golden.trained(nets, train_step)


# --- the three in PyTorch: networks with their sigmoid, losses on probabilities


def plain_networks(nn):
    """mlp_plain, as in lyeoni/pytorch-mnist-GAN; D without its dropout."""
    G = nn.Sequential(
        *(nn.Linear(100, 256), nn.LeakyReLU(0.2)),
        *(nn.Linear(256, 512), nn.LeakyReLU(0.2)),
        *(nn.Linear(512, 1024), nn.LeakyReLU(0.2)),
        *(nn.Linear(1024, 784), nn.Tanh()),
    )
    D = nn.Sequential(
        *(nn.Linear(784, 1024), nn.LeakyReLU(0.2)),
        *(nn.Linear(1024, 512), nn.LeakyReLU(0.2)),
        *(nn.Linear(512, 256), nn.LeakyReLU(0.2)),
        *(nn.Linear(256, 1), nn.Sigmoid()),
    )
    return G, D


def smooth_networks(nn):
    """mlp_bn_smooth: batch norm and ReLU in G, dropout in D."""
    G = nn.Sequential(
        *(nn.Linear(100, 256), nn.BatchNorm1d(256), nn.ReLU()),
        *(nn.Linear(256, 512), nn.BatchNorm1d(512), nn.ReLU()),
        *(nn.Linear(512, 1024), nn.BatchNorm1d(1024), nn.ReLU()),
        *(nn.Linear(1024, 784), nn.Tanh()),
    )
    D = nn.Sequential(
        *(nn.Linear(784, 512), nn.LeakyReLU(0.2), nn.Dropout(0.3)),
        *(nn.Linear(512, 256), nn.LeakyReLU(0.2), nn.Dropout(0.3)),
        *(nn.Linear(256, 1), nn.Sigmoid()),
    )
    return G, D


def small_dcgan_networks(nn):
    """dcgan_28, as in pytorch/examples, at 28 pixels."""
    G = nn.Sequential(
        nn.ConvTranspose2d(100, 256, 7, 1, 0, bias=False),
        *(nn.BatchNorm2d(256), nn.ReLU(True)),
        nn.ConvTranspose2d(256, 128, 4, 2, 1, bias=False),
        *(nn.BatchNorm2d(128), nn.ReLU(True)),
        nn.ConvTranspose2d(128, 1, 4, 2, 1, bias=False),
        nn.Tanh(),
    )
    D = nn.Sequential(
        nn.Conv2d(1, 64, 4, 2, 1, bias=False),
        nn.LeakyReLU(0.2, inplace=True),
        nn.Conv2d(64, 128, 4, 2, 1, bias=False),
        *(nn.BatchNorm2d(128), nn.LeakyReLU(0.2, inplace=True)),
        nn.Conv2d(128, 1, 7, 1, 0, bias=False),
        nn.Sigmoid(),
    )
    return G, D


def in_torch(networks, *, real_label=1.0, lr=2e-4, betas=(0.5, 0.999), flat=True):
    """D on real images and on fakes, then G through the new D, on the same latents.

    flat: the networks take images (B, 784) and latents (B, 100), else (B, 1, 28, 28)
    and (B, 100, 1, 1).
    """
    import torch
    from torch import nn

    netG, netD = networks(nn)
    golden.known_dropout(netD, nn.Dropout)
    nets = {"G": golden.TorchNet("G", netG), "D": golden.TorchNet("D", netD)}
    criterion = nn.BCELoss()
    optimizers = [
        torch.optim.Adam(net.parameters(), lr=lr, betas=betas) for net in (netD, netG)
    ]

    def batch(number):
        real = torch.from_numpy(golden.images(number))
        z = torch.from_numpy(golden.latents(number))
        return (real.flatten(1), z) if flat else (real, z[:, :, None, None])

    def loss(images, label):
        output = netD(images).view(-1)
        return criterion(output, torch.full_like(output, label))

    def train_step(number):
        real, z = batch(number)
        optimizerD, optimizerG = optimizers
        netD.zero_grad()
        errD_real = loss(real, real_label)
        errD_real.backward()
        fake = netG(z)
        errD_fake = loss(fake.detach(), 0.0)
        errD_fake.backward()
        optimizerD.step()
        netG.zero_grad()
        errG = loss(fake, 1.0)
        errG.backward()
        optimizerG.step()
        d_loss = errD_real.item() + errD_fake.item()
        return {"d_loss": d_loss, "g_loss": errG.item()}

    def gradients():
        real, z = batch(0)
        (loss(real, real_label) + loss(netG(z).detach(), 0.0)).backward()
        to_D = golden.all_told(nets["D"].gradients())
        loss(netG(z), 1.0).backward()
        to_G = golden.all_told(nets["G"].gradients())
        for net in nets.values():
            net.reset()
        return {"G": to_G, "D": to_D}

    def forward():
        (real, z), found = batch(0), {}
        for name in ("inference", "training"):
            netG.train(name == "training")
            netD.train(name == "training")
            with torch.no_grad():
                found[f"G in {name}"] = golden.told(netG(z))
                found[f"D in {name}"] = golden.told(netD(real).logit())
        for net in nets.values():
            net.reset()
        return found

    found = {"forward": forward(), "gradients": gradients()}
    return found | golden.trained(nets, train_step)


ORIGINALS = {  # recipe -> (its golden values, the packages that they depend on)
    "dcgan_tf": (dcgan_tf, ("tensorflow", "keras", "numpy")),
    "mlp_bn_fullbatch": (mlp_bn_fullbatch, ("tensorflow", "tf_keras", "numpy")),
    "mlp_plain": (
        lambda: in_torch(plain_networks, betas=(0.9, 0.999)),
        ("torch", "numpy"),
    ),
    "mlp_bn_smooth": (
        lambda: in_torch(smooth_networks, real_label=0.9),
        ("torch", "numpy"),
    ),
    "dcgan_28": (
        lambda: in_torch(small_dcgan_networks, flat=False),
        ("torch", "numpy"),
    ),
}


def short(found):
    """Numbers with 14 digits, more than the frameworks agree on."""
    if isinstance(found, dict):
        return {key: short(value) for key, value in found.items()}
    if isinstance(found, list):
        return [short(value) for value in found]
    return float(f"{found:.14g}")


def main(names):
    for name in names:
        make, packages = ORIGINALS[name]
        made_with = {package: version(package) for package in packages}
        lines = json.dumps({"made with": made_with} | short(make()), indent=1)
        # three numbers of a tensor on one line
        lines = re.sub(r"\[\s+([^\[\]{}]+?)\s+\]", one_line, lines)
        file = golden.FOLDER / f"golden_{name}.json"
        file.write_text(lines + "\n")
        print(f"{file.name}: {file.stat().st_size / 1e3:.0f} kB")


def one_line(match):
    return f"[{' '.join(match[1].split())}]"


if __name__ == "__main__":
    main(sys.argv[1:] or sys.exit(__doc__))
