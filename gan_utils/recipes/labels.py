"""Labels: a G that draws what it is asked for, and a D that knows what it looks at.

Taught in notebook 09. The label rides in z: the first STYLE numbers of a latent are the
style, the others ask for a label. So whoever draws latents from N(0, 1) draws labels as
well, each as often as in the training images. `latent.ask` asks for one.
"""

from dataclasses import replace
from functools import partial

import torch
import torch.nn.functional as F
from torch import nn

from gan_utils import models
from gan_utils.latent import STYLE


class LabelledGenerator(nn.Module):
    """z (B, 64 + K) -> images (B, 1, 28, 28) in [-1, 1]; K labels of shares (K,).

    width: a factor on the style in eval mode, truncation turned round.
    """

    def __init__(
        self, latent_dim, shares=None, strength=3, width=1, net=models.ShuffleGenerator
    ):
        super().__init__()
        self.net = net(latent_dim=latent_dim)
        self.strength, self.width = strength, width
        shares = torch.ones(latent_dim - STYLE) if shares is None else shares
        self.register_buffer("log_shares", shares.clamp(min=1e-9).log())

    def label(self, z):
        """The labels (B,) that z asks for: its largest last number wins, weighed.

        With noise -log(-log u), u uniform, a label of share p wins with probability p:
        Gumbel 1954; Maddison et al. 2014, arXiv 1411.0030, section 2.
        """
        uniform = torch.special.ndtr(z[:, STYLE:])
        return (self.log_shares - (-uniform.log()).log()).argmax(1)

    def forward(self, z):
        hot = F.one_hot(self.label(z), len(self.log_shares))
        style = z[:, :STYLE] if self.training else self.width * z[:, :STYLE]
        return self.net(torch.cat([style, self.strength * hot], 1))


class ProjectionDiscriminator(nn.Module):
    """images (B, 1, 28, 28) in [-1, 1] and labels (B,) -> logits (B,).

    The plain logit, and how well the last features agree with a vector of the label:
    Miyato and Koyama 2018, arXiv 1802.05637, eq. 4.
    """

    def __init__(self, n_labels, net=models.ShuffleDiscriminator):
        super().__init__()
        *_, self.last, _ = layers = net().net
        self.body = layers[:-2]
        self.vectors = nn.Embedding(n_labels, self.last.in_features)
        nn.init.normal_(self.vectors.weight, std=0.02)

    def forward(self, images, labels):
        features = self.body(images)
        agreement = (features * self.vectors(labels)).sum(1)
        return self.last(features).flatten() + agreement


def given_labels(images):
    """The labels (N,) of an ImageSet."""
    return images.train_labels


def pixel_clusters(images, n=100):
    """Labels (N,) without a teacher: in which of n k-means clusters an image is.

    Self-conditioning: Liu et al. 2020, arXiv 2006.10728. Two seconds for MNIST.
    """
    from sklearn.cluster import MiniBatchKMeans  # slow to load, and few need it
    from sklearn.decomposition import PCA

    n, flat = min(n, len(images.train) // 8), images.train.flatten(1).float() / 255
    places = PCA(min(40, len(flat)), random_state=0).fit_transform(flat.numpy())
    means = MiniBatchKMeans(n, random_state=0, n_init=3, batch_size=2048)
    return torch.from_numpy(means.fit_predict(places)).long()


def with_labels(recipe, images):
    """(recipe that fits an ImageSet, its labels (N,)); as it is and None without."""
    if recipe.labels is None:
        return recipe, None
    labels = recipe.labels(images)
    shares = labels.bincount() / len(labels)
    G, D = partial(recipe.G, shares=shares), partial(recipe.D, n_labels=len(shares))
    return replace(recipe, G=G, D=D, latent_dim=STYLE + len(shares)), labels
