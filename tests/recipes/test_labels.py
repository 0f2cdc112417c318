"""Labels ride in z: who draws latents draws labels, and `ask` asks for one."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from gan_utils.callbacks.checkpoint import Checkpoint
from gan_utils.cli.trainer import Training
from gan_utils.data import Batches, ImageSet
from gan_utils.gan import build
from gan_utils.latent import STYLE, ask
from gan_utils.models import MLPDiscriminator, MLPGenerator
from gan_utils.recipes import RECIPES
from gan_utils.recipes.labels import (
    LabelledGenerator,
    ProjectionDiscriminator,
    pixel_clusters,
    with_labels,
)
from gan_utils.recipes.steps import labelled
from gan_utils.results import generate, load_result
from gan_utils.training import fit

NAMES = ("modern_labels", "modern_clusters")


def stripes(count=160, classes=3):
    """Noisy pictures whose label is the third of the picture that is white."""
    random = torch.Generator().manual_seed(0)
    labels = torch.arange(count) % classes
    images = torch.randint(0, 90, (count, 28, 28), dtype=torch.uint8, generator=random)
    for image, label in zip(images, labels):
        image[9 * label : 9 * label + 9] += 150
    names = tuple("abcdefg"[:classes])
    return ImageSet("stripes", images, labels, images[:9], labels[:9], names, "0" * 64)


@pytest.fixture(scope="module")
def images():
    return stripes()


def trained(name, images, steps, callbacks=()):
    recipe, labels = with_labels(RECIPES[name], images)
    gan = build(recipe, seed=0)
    batches = Batches.of(recipe, images.train, seed=0, labels=labels)
    fit(recipe.step, gan, batches, steps=steps, callbacks=callbacks)
    return gan


def same(one, other):
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


# --- z asks for labels


@pytest.mark.parametrize("shares", [[0.5, 0.3, 0.2], [0.9, 0.1], [0.25] * 4, [1, 0.0]])
def test_labels_of_normal_latents_have_the_shares_that_are_wanted(shares):
    G = LabelledGenerator(STYLE + len(shares), torch.tensor(shares))
    z = torch.randn(200_000, STYLE + len(shares), generator=torch.manual_seed(0))
    found = G.label(z).bincount(minlength=len(shares)) / len(z)
    assert torch.allclose(found, torch.tensor(shares), atol=0.004)


def test_without_shares_the_label_is_the_largest_number():
    z = torch.randn(5000, STYLE + 7, generator=torch.manual_seed(1))
    assert torch.equal(LabelledGenerator(STYLE + 7).label(z), z[:, STYLE:].argmax(1))


@pytest.mark.parametrize("share", [0.5, 1e-4])
def test_what_is_asked_for_is_drawn_whatever_its_share_and_the_style_stays(share):
    G = LabelledGenerator(STYLE + 2, torch.tensor([share, 1 - share]))
    z, labels = torch.randn(500, STYLE + 2), torch.arange(500) % 2
    asked = ask(z, labels)
    assert torch.equal(G.label(asked), labels)
    assert torch.equal(asked[:, :STYLE], z[:, :STYLE])


def test_g_sees_the_style_and_the_label_and_nothing_else_of_z():
    G = LabelledGenerator(STYLE + 3).eval()
    z = torch.randn(1, STYLE + 3)
    other = torch.cat([z[:, :STYLE], 0.1 + z[:, STYLE:]], 1)
    assert torch.equal(G(z), G(other))
    pictures = [G(ask(z, torch.tensor([label]))) for label in range(3)]
    assert not torch.equal(pictures[0], pictures[1])
    by_hand = torch.cat([z[:, :STYLE], torch.tensor([[0.0, 3.0, 0.0]])], 1)
    assert torch.equal(pictures[1], G.net(by_hand))


# --- D is told


def test_d_adds_the_agreement_of_its_features_with_the_label():
    D, images = ProjectionDiscriminator(4), torch.randn(6, 1, 28, 28)
    labels = torch.tensor([0, 1, 2, 3, 0, 1])
    features = D.body(images)
    expected = [
        D.last(f)[0] + f @ D.vectors.weight[y] for f, y in zip(features, labels)
    ]
    assert torch.allclose(D(images, labels), torch.stack(expected), atol=1e-6)
    assert D.vectors.weight.std().item() == pytest.approx(0.02, rel=0.2)


def test_any_of_our_networks_can_be_told():
    G = LabelledGenerator(STYLE + 3, net=MLPGenerator)
    D = ProjectionDiscriminator(3, net=MLPDiscriminator)
    assert D(G(torch.randn(5, STYLE + 3)), torch.arange(5) % 3).shape == (5,)


def test_the_step_tells_d_the_labels_of_the_real_images_and_asks_g_for_them(images):
    recipe, labels = with_labels(RECIPES["modern_labels"], images)
    gan, told = build(recipe, seed=0), []
    asked = []
    gan.D.register_forward_pre_hook(lambda module, inputs: told.append(inputs[1]))
    gan.G.register_forward_pre_hook(lambda G, inputs: asked.append(G.label(inputs[0])))
    batch = Batches.of(recipe, images.train, seed=0, labels=labels)(0)
    labelled(recipe, gan, *batch)
    assert torch.equal(asked[0], batch[2])
    assert torch.equal(told[0], torch.cat([batch[2], batch[2]]))
    assert torch.equal(told[1], batch[2])


def test_penalties_see_a_d_that_knows_the_labels(images):
    from gan_utils.tricks import R1R2

    row = replace(RECIPES["modern_labels"], penalty=R1R2(1.0))
    recipe, labels = with_labels(row, images)
    batches = Batches.of(recipe, images.train, seed=0, labels=labels)
    history = fit(recipe.step, build(recipe, seed=0), batches, steps=2)
    plain = replace(row, penalty=RECIPES["modern_labels"].penalty)
    recipe, _ = with_labels(plain, images)
    without = fit(recipe.step, build(recipe, seed=0), batches, steps=2)
    assert history["d_loss"][0] > without["d_loss"][0]


# --- where labels come from


def test_batches_carry_the_labels_of_their_images_and_draw_as_without(images):
    how = {"batch_size": 16, "latent_dim": 5, "seed": 3}
    plain = Batches(images.train, **how)
    told = Batches(images.train, labels=images.train_labels, **how)
    for step in (0, 7, 25):
        (real, z), (same_real, same_z, labels) = plain(step), told(step)
        assert torch.equal(real, same_real) and torch.equal(z, same_z)
        white = torch.stack(
            [real[:, 0, 9 * k : 9 * k + 9].mean((1, 2)) for k in range(3)]
        )
        assert torch.equal(white.argmax(0), labels)


def test_a_recipe_fits_the_number_and_the_shares_of_the_labels():
    images = stripes(100, classes=4)
    images.train_labels[:40] = 0
    recipe, labels = with_labels(RECIPES["modern_labels"], images)
    gan = build(recipe, seed=0)
    shares = torch.bincount(images.train_labels) / 100
    assert recipe.latent_dim == STYLE + 4 and gan.D.vectors.num_embeddings == 4
    assert torch.allclose(gan.G.log_shares.exp(), shares)
    assert torch.equal(labels, images.train_labels)


def test_a_recipe_without_labels_stays_as_it_is(images):
    assert with_labels(RECIPES["modern"], images) == (RECIPES["modern"], None)


def test_clusters_are_found_in_the_pixels_alone_and_always_the_same(images):
    blind = replace(images, train_labels=torch.zeros_like(images.train_labels))
    found = pixel_clusters(blind)
    assert len(found) == 160 and found.dtype == torch.int64 and found.max() < 20
    assert torch.equal(found, pixel_clusters(images))
    groups = [images.train_labels[found == k] for k in found.unique()]
    assert all(len(group.unique()) == 1 for group in groups)  # each is of one stripe


# --- trained, kept, resumed


@pytest.mark.parametrize("name", NAMES)
def test_a_training_that_goes_on_ends_as_one_that_was_not_cut(name, images, tmp_path):
    whole = trained(name, images, 6)
    file = tmp_path / "checkpoint.pt"
    trained(name, images, 3, [Checkpoint(file)])
    cut = trained(name, images, 6, [Checkpoint(file, resume=True)])
    assert same(whole.G, cut.G) and same(whole.D, cut.D)
    assert same(whole.ema, cut.ema)


@pytest.mark.parametrize("name", NAMES)
def test_a_result_is_kept_read_and_drawn_from_like_any_other(name, images, tmp_path):
    how = {"seed": 0, "device": "cpu", "precision": "fp32"}
    Training(name, images, tmp_path, length={"steps": 2}, **how).run()
    result = load_result(tmp_path)
    labels = len(result.generator.log_shares)
    assert result.latent_dim == STYLE + labels and result.images.shape[1] == 64
    fakes = generate(result.generator, 5, latent_dim=result.latent_dim)
    assert fakes.shape == (5, 28, 28)
    how = {"latent_dim": result.latent_dim, "seed": 4}
    asked = generate(result.generator, 6, label=torch.arange(6) % labels, **how)
    alone = generate(result.generator, 2, label=1, **how)
    apart = (asked.int() - alone[1].int()).abs().float().mean((1, 2))
    assert apart.argmin() == 1 and apart[1] < 2  # another batch's sums


def test_a_few_steps_teach_which_label_is_which(images):
    gan = trained("modern_labels", images, 80)
    labels = torch.arange(60) % 3
    fakes = generate(gan.G, 60, latent_dim=STYLE + 3, label=labels).float()
    white = torch.stack([fakes[:, 9 * k : 9 * k + 9].mean((1, 2)) for k in range(3)])
    assert (white.argmax(0) == labels).float().mean() > 0.9


def test_the_one_hot_is_as_strong_as_it_says():
    G = LabelledGenerator(STYLE + 2, strength=2.0)
    z = torch.randn(3, STYLE + 2)
    seen = []
    G.net.register_forward_pre_hook(lambda net, inputs: seen.append(inputs[0]))
    G(z)
    assert torch.equal(seen[0][:, STYLE:], 2.0 * F.one_hot(G.label(z), 2))


def test_styles_are_stretched_when_drawing_and_only_then():
    G, seen = LabelledGenerator(STYLE + 2, width=1.5), []
    G.net.register_forward_pre_hook(lambda net, inputs: seen.append(inputs[0]))
    z = torch.randn(3, STYLE + 2)
    G(z)
    G.eval()(z)
    assert torch.equal(seen[0][:, :STYLE], z[:, :STYLE])
    assert torch.equal(seen[1][:, :STYLE], 1.5 * z[:, :STYLE])
    assert torch.equal(seen[0][:, STYLE:], seen[1][:, STYLE:])
