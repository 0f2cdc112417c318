import asyncio
import concurrent.futures
import queue

import pytest
from jupyter_client.channels import AsyncZMQSocketChannel

from classroom.notebook import kernels


def run(coroutine):
    """In a thread of its own: browser tests leave a loop running in this one."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def test_an_answer_is_found_though_nothing_wakes_the_channel(monkeypatch):
    """A socket that is ready only at the third look, and never says so by itself."""
    looks = []

    async def get_msg(self, timeout=None):
        looks.append(timeout)
        if timeout is None:
            await asyncio.sleep(60)
        if len(looks) < 3:
            raise queue.Empty
        return "answer"

    monkeypatch.setattr(AsyncZMQSocketChannel, "get_msg", get_msg)
    channel = kernels.AttentiveChannel.__new__(kernels.AttentiveChannel)
    assert run(channel.get_msg()) == "answer"
    assert looks == [kernels.LOOK_AGAIN] * 3


def test_a_time_limit_on_an_answer_is_kept(monkeypatch):
    async def get_msg(self, timeout=None):
        raise queue.Empty

    monkeypatch.setattr(AsyncZMQSocketChannel, "get_msg", get_msg)
    channel = kernels.AttentiveChannel.__new__(kernels.AttentiveChannel)
    with pytest.raises(queue.Empty):
        run(channel.get_msg(timeout=1))


def test_every_client_of_a_kernel_has_the_attentive_channel(tmp_path):
    with open(tmp_path / "log", "w") as log:
        client = kernels.manager(log, kernels.Leash())().client()
    assert client.shell_channel_class is kernels.AttentiveChannel
