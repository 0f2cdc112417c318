"""1 and 2: SIGKILL at any moment costs at most the steps since the last save."""

import random
import signal

import apart
import pytest
import tiny_gan

from gan_utils.callbacks.checkpoint import previous, read

DEATHS = (
    tiny_gan.dies_in_step,
    tiny_gan.dies_half_written,
    tiny_gan.dies_before_replace,
)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """Digests of the run that nobody disturbed."""
    path = tmp_path_factory.mktemp("unbroken") / "c.pt"
    assert apart.finish(path.with_suffix(".log"), tiny_gan.train, path) == (0, "")
    found = tiny_gan.digests(path)
    assert {"G", "D", "ema", "opt_G", "opt_D", "history"} <= found.keys()
    return found


def killed(path, death, at, *, resume=False):
    """Run until SIGKILL; the checkpoint is whole and of the step before."""
    code, said = apart.finish(path.with_suffix(".log"), death, path, at, resume)
    assert code == -signal.SIGKILL, said
    saved = at if death is tiny_gan.dies_in_step else at - 1
    assert read(path)["state"]["step"] == saved
    assert read(previous(path))["state"]["step"] in (saved - 1, saved)
    return rests(path)


def rests(path):
    return list(path.parent.glob(".*.tmp"))


def resume(path):
    code, said = apart.finish(path.with_suffix(".log"), tiny_gan.resumed, path)
    assert code == 0 and "going on from step" in said


@pytest.mark.parametrize("seed", range(5))
def test_killed_at_a_random_step_the_resumed_run_has_every_bit(
    tmp_path, unbroken, seed
):
    chance = random.Random(seed)
    path, death = tmp_path / "c.pt", DEATHS[seed % 3]
    killed(path, death, chance.randrange(3, tiny_gan.STEPS))
    resume(path)
    assert tiny_gan.digests(path) == unbroken


def test_killed_twice_more_in_writing_nothing_is_lost_and_no_rest_stays(
    tmp_path, unbroken
):
    path = tmp_path / "c.pt"
    assert len(killed(path, tiny_gan.dies_half_written, 6)) == 1
    assert len(killed(path, tiny_gan.dies_before_replace, 9, resume=True)) == 1
    resume(path)
    assert rests(path) == []
    assert tiny_gan.digests(path) == unbroken


def test_a_new_run_removes_the_rests_of_its_own_checkpoint_only(tmp_path):
    path, other = tmp_path / "c.pt", tmp_path / ".d.pt.x.tmp"
    killed(path, tiny_gan.dies_before_replace, 4)
    other.write_bytes(b"of a process that is still writing")
    tiny_gan.train(path, steps=1)
    assert rests(path) == [other]
