"""Where each value of the five classic recipes comes from, and what `recipes` prints.

Every value has a mark; where only a part of it is known, the note says which. The
values themselves are read from the recipes.
"""

from dataclasses import dataclass
from functools import partial

from gan_utils.recipes import RECIPES
from gan_utils.recipes.describe import values

MARKS = {
    "stated": "in the project's own README",
    "read": "in its code",
    "tutorial": "in the tutorial that it follows",
    "convention": "usual, or our choice, as the project does not say it",
}


@dataclass(frozen=True)
class Origin:
    """Where a value comes from: a mark of MARKS, and a note for the student."""

    mark: str
    note: str
    value: str = ""  # only for `init`, which no field of a Recipe holds


stated, read, tutorial, convention = (partial(Origin, mark) for mark in MARKS)

IN_README = stated("In its README.")
TORCH_INIT = convention("Nothing is said, so torch's default holds.", "torch's default")
TORCH_EPS = convention("Nothing is said, so torch's default holds.")
KERAS_INIT = "Glorot uniform, biases 0"
BF16 = " In bfloat16 where the processor gains from it: our choice."

PROJECTS = {
    "mlp_bn_fullbatch": (
        "srujan-b/Gans, folder ganMnsit, in Keras, after examples 125 and 126 of "
        "bnsreenu/python_for_microscopists; its networks are those of Keras-GAN. "
        "README and code differ: this is the code."
    ),
    "mlp_plain": (
        "sajitheranda/Generate_handwritten_digits, in PyTorch. Its notebook is not "
        "public any more. What its README leaves open follows its public twins: "
        "lyeoni/pytorch-mnist-GAN, diegoalejogm's vanilla GAN and znxlwm's MNIST_GAN."
    ),
    "mlp_bn_smooth": "A small PyTorch project: its README is public, its code is not.",
    "dcgan_28": (
        "A small PyTorch project known by its README alone, filled in from PyTorch's "
        "DCGAN tutorial (64 x 64 pixels), pytorch/examples and znxlwm."
    ),
    "dcgan_tf": (
        "TensorFlow's DCGAN tutorial (tensorflow/docs, generative/dcgan.ipynb), as a "
        "small project shortened it."
    ),
}

PROVENANCE = {
    "mlp_bn_fullbatch": dict(
        G=read("Batch norm follows the activation; the README promises convolutions."),
        D=read("No batch norm, no dropout; the README promises convolutions here too."),
        init=read("Keras's default, as the code names no other.", KERAS_INIT),
        loss=read(
            "On logits here, on probabilities there. d_loss is the mean of its halves."
        ),
        step=read(
            "One Adam counts for both players. Half batches are drawn without "
            "replacement here, with replacement there." + BF16
        ),
        lr=read("One rate for both players."),
        betas=read("In its code."),
        eps=read("Keras's default; torch's own is smaller."),
        latent_dim=read("In its code; the README says only Gaussian noise."),
        batch_size=convention(
            "The whole training set there; here what a laptop can take."
        ),
        length=read("As many updates of G as there, but each sees far fewer images."),
        saves=read(
            "Its grids of fresh noise end one earlier, and its log went to the screen."
        ),
    ),
    "mlp_plain": dict(
        G=convention("Stated: dense layers, LeakyReLU, tanh. Widths as in its twins."),
        D=convention(
            "Stated: dense layers, LeakyReLU, sigmoid (here in the loss). Widths as in "
            "its twins, without their dropout."
        ),
        init=TORCH_INIT,
        loss=convention("As in its twins."),
        step=convention(
            "D's fakes are used again for G's update; the twins draw new ones." + BF16
        ),
        lr=convention("Stated: Adam for both players. The rate is that of its twins."),
        betas=convention(
            "As in its twins; most GANs since DCGAN take 0.5 for the first."
        ),
        eps=TORCH_EPS,
        latent_dim=IN_README,
        batch_size=convention("As in two of its twins; the third takes 128."),
        length=IN_README,
        saves=convention(
            "Stated: pictures every few epochs into output/, at the end sample_image."
        ),
    ),
    "mlp_bn_smooth": dict(
        G=convention(
            "Stated: dense layers, batch norm, ReLU. The widths are usual ones."
        ),
        D=convention(
            "Stated: dense layers, LeakyReLU, dropout. Widths and rate are usual ones."
        ),
        init=TORCH_INIT,
        loss=convention(
            "Stated: cross-entropy, smoothed labels. Usual: 0.9 for real images only."
        ),
        step=convention("D's fakes are used again for G's update." + BF16),
        lr=convention("Stated: Adam for both players. The rate is DCGAN's."),
        betas=convention("As in DCGAN."),
        eps=TORCH_EPS,
        latent_dim=IN_README,
        batch_size=convention("A usual size."),
        length=stated("Its last picture is that of this epoch."),
        saves=stated("Its README shows these files; the size of the grid is ours."),
    ),
    "dcgan_28": dict(
        G=tutorial(
            "Stated: transposed convolutions. Two scales less than the tutorial."
        ),
        D=tutorial(
            "Stated: convolutions. The tutorial's sigmoid is a part of our loss."
        ),
        init=tutorial(
            "For convolutions as in DCGAN's paper.",
            "convolutions N(0, 0.02), batch norm N(1, 0.02)",
        ),
        loss=tutorial(
            "Stated: the minimax loss, whose G saturates. This one does not."
        ),
        step=stated("First D, on real images and on fakes, then G." + BF16),
        lr=tutorial("As in DCGAN's paper."),
        betas=tutorial("The 0.5 is from DCGAN's paper."),
        eps=tutorial("The tutorial names none, so torch's default holds."),
        latent_dim=IN_README,
        batch_size=tutorial("As in DCGAN's paper."),
        length=convention(
            "Stated: several epochs. As znxlwm; pytorch/examples: 25, the tutorial: 5."
        ),
        saves=tutorial(
            "Its fixed latents and two figures; networks as in the examples."
        ),
    ),
    "dcgan_tf": dict(
        G=tutorial("The kinds of layers are stated as well."),
        D=tutorial("Stated with a sigmoid; the tutorial gives logits, as we do."),
        init=tutorial("Keras's default.", KERAS_INIT),
        loss=tutorial("D's loss is a sum: the stated 1.34 is near 2 ln 2."),
        step=tutorial("One pass over each batch serves both players." + BF16),
        lr=tutorial("One rate for both players."),
        betas=tutorial("Keras's default for Adam."),
        eps=tutorial("Keras's default; torch's own is smaller."),
        latent_dim=IN_README,
        batch_size=tutorial(
            "Here what does not fill a batch is left out of the epoch."
        ),
        length=stated("In its README; the tutorial takes 50."),
        saves=tutorial(
            "The log line is stated. No checkpoint every 15 epochs, no dcgan.gif here."
        ),
    ),
}


def facts(name):
    """Every value of RECIPES[name] as texts: a list of (field, value, mark, note).

    The fields are those of `values`, and `init`, the first weights. A recipe without
    provenance has no `init`, and "" for each mark and note. Raises KeyError if there is
    no such recipe.
    """
    texts, sources = values(RECIPES[name]), PROVENANCE.get(name, {})
    rows = []
    for field in sources or texts:
        source = sources.get(field, Origin("", ""))
        rows.append((field, source.value or texts[field], source.mark, source.note))
    return rows
