"""Networks that web/network.js runs, against torch: pictures, scores, gradients."""

from collections import OrderedDict
from functools import cache

import numpy as np
import pytest
import torch
from in_node import in_node, network_code
from torch import nn

from gan_utils import models
from gan_utils.explore.page import plan
from gan_utils.gan import draw
from gan_utils.judge.classifier import first_judge
from gan_utils.judge.judge import read_judge
from gan_utils.latent import seed_latent
from gan_utils.recipes import RECIPES, classics
from gan_utils.recipes.labels import ProjectionDiscriminator
from gan_utils.results import load_shipped
from gan_utils.support import paths

SCRIPTS = ["random.js", "matrix.js", "network.js"]
LOAD = """
const plain = %s;
const memory = plain ? plainMemory() : await wasmMemory(wasm);
const tensors = tensorsOf(bytesOf(facts.weights));
const N = network(facts, tensors, memory, { gradient: true });
const batch = 32;
"""
PICTURES = """
const seeds = %d;
const grey = new Uint8ClampedArray(seeds * 784);
const size = N.inputSize, z = new Float32Array(batch * size);
for (let seed = 0; seed < seeds; seed += batch) {
  for (let i = 0; i < batch; i++) z.set(seedLatent(seed + i, size), i * size);
  grey.set(toGrey(N.forward(z, batch)), seed * 784);
}
give(grey);
"""
OUTPUTS = """
const x = take("x"), n = x.length / N.inputSize;
const y = N.forward(x, n, %s);
const d = take("d").subarray(0, y.length);
const dx = N.backward(d);
const both = new Float32Array(y.length + dx.length);
both.set(y);
both.set(dx, y.length);
give(both);
"""
load = cache(load_shipped)


@pytest.mark.parametrize("name", RECIPES)
def test_a_shipped_generator_draws_what_python_draws(tmp_path, name):
    result, seeds = load(name), 256
    program = network_code(result.generator, [result.latent_dim])
    program += LOAD % "false" + PICTURES % seeds
    found = in_node(tmp_path, program, scripts=SCRIPTS, gives="uint8")
    z = torch.stack([seed_latent(seed, result.latent_dim) for seed in range(seeds)])
    wanted = draw(result.generator, z).numpy().ravel()
    differences = np.abs(found.astype(int) - wanted)
    assert differences.max() <= 1
    assert differences.sum() < seeds  # of 200,704 pixels: rounding, nothing else


def both(folder, network, x, *, labels=None, plain="false", ready=lambda y: y):
    """(output, gradient at x) of torch in float64 and of the page, for the same d."""
    random = torch.Generator().manual_seed(1)
    x = x.double().requires_grad_()
    y = network.double()(x, *([] if labels is None else [labels]))
    d = torch.randn(y.shape, generator=random, dtype=torch.float64)
    y.backward(d)
    network.float()
    program = network_code(network, x.shape[1:]) + LOAD % plain
    program += OUTPUTS % ("null" if labels is None else labels.tolist())
    files = {"x": x.detach().numpy().ravel(), "d": d.numpy().ravel()}
    found = in_node(folder, program, scripts=SCRIPTS, **files)
    return np.split(found, [y.numel()]), (y.detach().numpy(), x.grad.numpy())


def agree(found, wanted, *, within=5e-6):
    """The same up to `within` of the largest number: sums of float32 leave 1e-6."""
    for mine, torchs in zip(found, wanted):
        scale = np.abs(torchs).max()
        assert scale > 0
        assert np.abs(mine - torchs.ravel()).max() <= within * scale


def halved(network):
    """The network with weights as float16 holds them, in eval mode."""
    for tensor in network.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(tensor.half().float())
    return network.eval()


def unsettled(network, seed=0):
    """Weights and averages of batch norm as after a training: none is 0 or 1."""
    torch.manual_seed(seed)
    for layer in network.modules():
        for name in ("weight", "bias", "running_mean"):
            tensor = getattr(layer, name, None)
            if (
                isinstance(layer, nn.modules.batchnorm._BatchNorm)
                and tensor is not None
            ):
                tensor.data.normal_(0.5, 0.3)
        if getattr(layer, "running_var", None) is not None:
            layer.running_var.uniform_(0.3, 2.0)
    return halved(network)


@pytest.mark.parametrize("name", RECIPES)
def test_the_gradient_at_the_latent_is_torchs(tmp_path, name):
    result = load(name)
    z = torch.stack([seed_latent(seed, result.latent_dim) for seed in (3, 4)])
    agree(*both(tmp_path, result.generator, z))


@pytest.mark.parametrize("plain", ["false", "true"])
@pytest.mark.parametrize(
    "make",
    [
        models.ShuffleDiscriminator,
        models.DCGANDiscriminator,
        models.MLPDiscriminator,
        classics.dcgan_28_discriminator,
        classics.dcgan_tf_discriminator,
    ],
)
def test_a_discriminator_scores_as_in_torch(tmp_path, make, plain):
    torch.manual_seed(0)
    images = torch.rand(3, 1, 28, 28) * 2 - 1
    agree(*both(tmp_path, unsettled(make()), images, plain=plain))


def test_a_discriminator_with_labels_too(tmp_path):
    torch.manual_seed(0)
    images = torch.rand(3, 1, 28, 28) * 2 - 1
    D = ProjectionDiscriminator(n_labels=10)
    D.vectors.weight.data.normal_(0, 0.5)
    agree(*both(tmp_path, halved(D), images, labels=torch.tensor([7, 0, 9])))


def test_the_first_judge_sees_what_it_sees_in_torch(tmp_path):
    torch.manual_seed(0)
    net = read_judge(paths.weights_dir() / "judge" / "first").net
    both_parts = nn.Sequential(OrderedDict(body=net.body, head=net.head)).eval()
    z = torch.stack([seed_latent(seed, 64) for seed in range(4)])
    with torch.no_grad():  # noise: on an even ground any pixel may be the largest
        images = load("modern").generator(z) + 0.3 * torch.randn(4, 1, 28, 28)
    agree(*both(tmp_path, both_parts, images))


NETWORKS = {
    "a norm that stands alone": nn.Sequential(
        nn.Unflatten(1, (4, 3, 3)), nn.BatchNorm2d(4), nn.LeakyReLU(0.1),
        nn.Conv2d(4, 4, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(4), nn.Tanh(),
    ),
    "a norm behind a reshaped linear layer": nn.Sequential(
        nn.Linear(36, 45), nn.Unflatten(1, (5, 3, 3)), nn.BatchNorm2d(5), nn.Tanh(),
    ),
    "an activation before a shuffle": nn.Sequential(
        nn.Linear(36, 36), nn.LeakyReLU(0.2), nn.Unflatten(1, (4, 3, 3)),
        nn.PixelShuffle(2), nn.Conv2d(1, 2, 3, stride=2, padding=1), nn.Flatten(),
    ),
    "odd sizes": nn.Sequential(
        nn.Unflatten(1, (4, 3, 3)),
        nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1, output_padding=1),
        nn.LeakyReLU(0.3), nn.MaxPool2d(3), nn.Conv2d(3, 2, 2, stride=1, padding=1),
        nn.Flatten(), nn.Linear(18, 7), nn.BatchNorm1d(7, affine=False), nn.Tanh(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_other_orders_of_layers(tmp_path, name):
    torch.manual_seed(0)
    agree(*both(tmp_path, unsettled(NETWORKS[name]), torch.randn(5, 36)))


def test_half_a_grey_level_is_rounded_to_the_even_one(tmp_path):
    values = np.array(
        [*np.arange(-40, 300) / 127.5 - 1, *np.arange(0.5, 255) / 127.5 - 1]
    )
    found = in_node(
        tmp_path, "give(toGrey(take('x')));", scripts=SCRIPTS, gives="uint8", x=values
    )
    x = torch.tensor(values, dtype=torch.float32)
    wanted = x.clamp(-1, 1).add(1).mul(127.5).round().to(torch.uint8)
    assert np.array_equal(found, wanted.numpy())


def test_a_label_is_chosen_as_in_python(tmp_path):
    G = load("modern_clusters").generator
    z = torch.randn(2000, 164, generator=torch.Generator().manual_seed(0))
    program = network_code(G, [164]) + LOAD % "true"
    program += """
    const z = take("z");
    const one = (_, i) => N.labelOf(z.subarray(164 * i, 164 * (i + 1)));
    give(Array.from({ length: 2000 }, one));
    """
    found = in_node(tmp_path, program, scripts=SCRIPTS, gives="float64", z=z.numpy())
    assert np.array_equal(found, G.label(z).numpy())


@pytest.mark.parametrize(
    ("layer", "named"),
    [
        (nn.GELU(), "GELU"),
        (nn.Conv2d(4, 4, 3, groups=2), "groups"),
        (nn.Conv2d(4, 4, (3, 5)), "square"),
        (nn.Bilinear(2, 2, 2), "Bilinear"),
    ],
)
def test_a_layer_that_the_page_cannot_do_is_named(layer, named):
    with pytest.raises(TypeError, match=named):
        plan(nn.Sequential(nn.Flatten(), nn.Sequential(layer)))


def test_the_first_judge_alone_is_no_chain_of_layers():
    with pytest.raises(TypeError, match="Classifier"):
        plan(first_judge())
