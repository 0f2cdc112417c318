import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from gan_utils import results
from gan_utils.callbacks.progress import Snapshots
from gan_utils.data import Batches
from gan_utils.gan import build
from gan_utils.models import MLPGenerator
from gan_utils.recipes import RECIPES
from gan_utils.results import (
    generate,
    load_own_or_shipped,
    load_result,
    save_result,
)
from gan_utils.support import paths
from gan_utils.support.files import sha256_bytes, write_json
from gan_utils.support.weights import ResultError, packed
from gan_utils.training import fit

IMAGES = torch.randint(0, 256, (64, 28, 28), dtype=torch.uint8)
META = {"recipe": "mlp", "latent_dim": 64, "seed": 0}


@pytest.fixture(scope="module")
def trained():
    recipe = RECIPES["mlp"]
    gan = build(recipe, seed=0)
    batches = Batches(IMAGES, batch_size=8, latent_dim=64, seed=0)
    snapshots = Snapshots(torch.randn(6, 64), n=4)
    step = recipe.step
    history = fit(step, gan, batches, steps=9, callbacks=[snapshots])
    return gan, snapshots, history


def save(folder, trained):
    gan, snapshots, history = trained
    left = {"snapshots": snapshots, "history": history, "meta": META}
    return save_result(folder, generator=gan.G, **left)


def test_snapshots_are_square_root_spaced_and_show_the_same_latents(trained):
    gan, snapshots, _ = trained
    assert snapshots.steps == [0, 1, 4, 9]  # 9 * (i / 3)^2
    assert snapshots.images.shape == (4, 6, 28, 28)
    with torch.no_grad():
        last = gan.G(snapshots.z).add(1).mul(127.5).round().squeeze(1)
    assert np.array_equal(snapshots.images[-1], last.numpy().astype(np.uint8))
    assert (np.diff(snapshots.seconds) > 0).all()


def test_snapshots_change_neither_weights_nor_mode(trained):
    recipe = RECIPES["dcgan"]  # batch norm: a forward pass in train mode would show
    batches = Batches(IMAGES, batch_size=8, latent_dim=64, seed=0)
    finals = []
    for callbacks in ([], [Snapshots(torch.randn(6, 64))]):
        gan = build(recipe, seed=0)
        fit(recipe.step, gan, batches, steps=3, callbacks=callbacks)
        assert gan.G.training
        finals.append(gan.G.state_dict())
    assert all(torch.equal(finals[0][name], finals[1][name]) for name in finals[0])


def test_a_clock_run_takes_pictures_too():
    recipe = RECIPES["mlp"]
    batches = Batches(IMAGES, batch_size=8, latent_dim=64, seed=0)
    snapshots = Snapshots(torch.randn(2, 64), n=4)
    gan = build(recipe, seed=0)
    step = recipe.step
    fit(step, gan, batches, seconds=0.5, callbacks=[snapshots])
    assert snapshots.steps[0] == 0 and snapshots.steps[-1] == gan.step
    assert 2 <= len(snapshots.steps) <= 4


def test_result_round_trip(tmp_path, trained):
    gan, snapshots, history = trained
    result = load_result(save(tmp_path, trained))
    z = torch.randn(3, 64)
    assert (
        torch.equal(result.generator(z), gan.G.eval()(z))
        and not result.generator.training
    )
    assert np.array_equal(result.images, snapshots.images)
    assert result.steps == snapshots.steps and result.latent_dim == 64
    assert result.history["d_loss"] == pytest.approx(history["d_loss"], abs=1e-6)
    assert result.history["step"].tolist() == list(range(1, 10))
    assert result.meta["torch"] == torch.__version__.split("+")[0]


def test_half_precision_is_half_the_size_and_nearly_the_same(tmp_path, trained):
    folder = save(tmp_path, trained)
    z, file = torch.randn(3, 64), folder / "generator.safetensors"
    size, images = file.stat().st_size, load_result(folder).generator(z)
    file.write_bytes(packed(load_file(file), half=True))
    assert file.stat().st_size == pytest.approx(size / 2, rel=0.01)
    assert torch.allclose(load_result(folder).generator(z), images, atol=5e-3)


@pytest.mark.parametrize(
    "name",
    ["meta.json", "generator.safetensors", "snapshots.safetensors", "history.json"],
)
def test_missing_file_is_named(tmp_path, trained, name):
    folder = save(tmp_path, trained)
    (folder / name).unlink()
    with pytest.raises(ResultError, match=name):
        load_result(folder)


def test_shipped_file_with_a_flipped_bit_is_refused(tmp_path, trained, monkeypatch):
    monkeypatch.setattr(paths, "weights_dir", lambda: tmp_path)
    folder = save(tmp_path / "mlp", trained)
    files = {
        f"mlp/{f.name}": {"sha256": sha256_bytes(f.read_bytes())}
        for f in folder.iterdir()
    }
    write_json(tmp_path / "manifest.json", {"files": files})
    assert load_result(folder).latent_dim == 64
    weights = folder / "generator.safetensors"
    data = bytearray(weights.read_bytes())
    data[-3] ^= 1
    weights.write_bytes(data)
    with pytest.raises(
        ResultError, match="generator.safetensors differs from the manifest"
    ):
        load_result(folder)


def test_unknown_recipe_is_named(tmp_path, trained):
    folder = save(tmp_path, trained)
    meta = json.loads((folder / "meta.json").read_text())
    write_json(folder / "meta.json", {**meta, "recipe": "stylegan9"})
    with pytest.raises(ResultError, match="unknown recipe 'stylegan9'"):
        load_result(folder)


def weights(folder, edit):
    """Change the state dict of a result's generator."""
    file = folder / "generator.safetensors"
    file.write_bytes(packed(edit(load_file(file))))


def meta(folder, **changes):
    old = json.loads((folder / "meta.json").read_text())
    new = {**old, **changes}
    text = json.dumps({key: value for key, value in new.items() if value is not None})
    (folder / "meta.json").write_text(text)


def cut(folder, name, keep=100):
    (folder / name).write_bytes((folder / name).read_bytes()[:keep])


def put(folder, name, text):
    (folder / name).write_text(text)


def snapshots(folder, **changes):
    file = folder / "snapshots.safetensors"
    new = {**load_file(file), **changes}
    file.write_bytes(packed({k: v for k, v in new.items() if v is not None}))


LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
FAULTS = {
    "another width": (
        lambda folder: weights(folder, lambda _: MLPGenerator(hidden=8).state_dict()),
        r"net.0.weight has shape \(8, 64\), the network needs \(256, 64\)",
    ),
    "another latent_dim": (lambda folder: meta(folder, latent_dim=32), "has shape"),
    "another recipe": (lambda folder: meta(folder, recipe="dcgan"), "has shape"),
    "cut weights": (lambda folder: cut(folder, "generator.safetensors"), "is cut off"),
    "no weights": (lambda folder: cut(folder, "generator.safetensors", 0), "cut off"),
    "a pointer": (lambda folder: put(folder, "generator.safetensors", LFS), "lfs pull"),
    "not finite": (
        lambda folder: weights(folder, lambda w: {k: v / 0 for k, v in w.items()}),
        "net.0.weight is not finite; train again",
    ),
    "no latent_dim": (lambda folder: meta(folder, latent_dim=None), "'latent_dim'"),
    "no recipe": (lambda folder: meta(folder, recipe=None), "lacks 'recipe'"),
    "recipe of a list": (lambda folder: meta(folder, recipe=[1]), "unhashable|recipe"),
    "latent_dim in words": (lambda folder: meta(folder, latent_dim="64"), "is '64'"),
    "latent_dim 10^9": (lambda folder: meta(folder, latent_dim=10**9), "latent_dim is"),
    "meta of no JSON": (
        lambda folder: put(folder, "meta.json", "{"),
        "is not JSON",
    ),
    "meta of a list": (lambda folder: put(folder, "meta.json", "[1]"), "no table"),
    "meta of bytes": (
        lambda f: (f / "meta.json").write_bytes(b"\xff\xfe{"),
        "not JSON",
    ),
    "cut history": (
        lambda folder: cut(folder, "history.json", 30),
        "is not JSON",
    ),
    "history of words": (
        lambda folder: put(folder, "history.json", '{"d_loss": ["x"]}'),
        "history.json holds more than numbers",
    ),
    "ragged history": (
        lambda folder: put(folder, "history.json", '{"d_loss": [1, [2]]}'),
        "is no result",
    ),
    "cut snapshots": (
        lambda folder: cut(folder, "snapshots.safetensors"),
        "is cut off",
    ),
    "no pictures": (lambda folder: snapshots(folder, images=None), "lacks 'images'"),
    "other pictures": (
        lambda folder: snapshots(folder, images=torch.zeros(4, 6, 8)),
        r"snapshots \(4, 6, 8\) of 4 steps",
    ),
    "too few steps": (
        lambda folder: snapshots(folder, steps=torch.arange(3)),
        "of 3 steps",
    ),
}


@pytest.mark.parametrize("spoil, told", FAULTS.values(), ids=FAULTS)
def test_a_result_that_does_not_fit_is_refused_in_one_line_and_the_shipped_stands_in(
    tmp_path, trained, spoil, told
):
    folder, said = save(tmp_path, trained), []
    spoil(folder)
    with pytest.raises(ResultError, match=told) as error:
        load_result(folder)
    assert "\n" not in str(error.value) and str(folder) in str(error.value)
    result = load_own_or_shipped(folder, "mlp", say=said.append)
    assert result.folder == paths.weights_dir() / "mlp"
    (line,) = said
    assert line == f"Going on with the shipped result of mlp, as {error.value}."


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module._orig_mod."])
def test_prefixes_of_wrapped_networks_are_stripped(tmp_path, trained, prefix):
    folder = save(tmp_path, trained)
    z, images = torch.randn(3, 64), trained[0].G.eval()
    weights(folder, lambda state: {prefix + name: t for name, t in state.items()})
    assert torch.equal(load_result(folder).generator(z), images(z))


def test_an_own_result_that_fits_is_taken_silently(tmp_path, trained):
    folder, said = save(tmp_path, trained), []
    assert load_own_or_shipped(folder, "mlp", say=said.append).folder == folder
    assert load_own_or_shipped(None, "mlp", say=said.append).meta["dataset"] == "MNIST"
    assert said == []


def test_an_own_result_of_another_recipe_is_not_taken(tmp_path, trained):
    folder, said = save(tmp_path, trained), []
    result = load_own_or_shipped(folder, "dcgan", say=said.append)
    assert result.meta["recipe"] == "dcgan"
    assert said[0].endswith(f"as {folder} is of the recipe 'mlp'.")


def test_generate_is_a_prefix_of_more_and_leaves_the_mode(trained):
    gan, _, _ = trained
    gan.G.train()
    many = generate(gan.G, 12, latent_dim=64, seed=3, batch_size=5)
    assert many.shape == (12, 28, 28) and many.dtype == torch.uint8 and gan.G.training
    whole = generate(gan.G, 12, latent_dim=64, seed=3)
    assert (many.int() - whole.int()).abs().max() <= 1  # sums in another order
    assert not torch.equal(many, generate(gan.G, 12, latent_dim=64, seed=4))


def test_shipped_results_are_whole_and_show_digits():
    for name in ("mlp", "dcgan"):
        result = results.load_result(paths.weights_dir() / name)
        assert result.meta["recipe"] == name and result.meta["dataset"] == "MNIST"
        assert result.images.shape[1:] == (64, 28, 28)
        assert result.steps[-1] == result.meta["steps"]
        fakes = generate(result.generator, 64, latent_dim=result.latent_dim)
        ink = (fakes > 128).float().mean()
        assert 0.05 < ink < 0.25  # MNIST: 0.13


def test_a_stored_measurement_is_read_by_its_path_from_the_root():
    assert results.stored("benchmarks/sweep.json")["seconds"] == 120
    with pytest.raises(FileNotFoundError):
        results.stored("benchmarks/none.json")


def test_the_shipped_scores_are_read():
    assert {"runs", "claims"} <= set(results.shipped_scores())


def test_a_recipe_whose_weights_are_not_at_hand_is_told_with_a_remedy():
    with pytest.raises(results.ResultError, match="'none' are here, only mlp, .*train"):
        results.load_shipped("none")
