"""All threads where the processor is free, one where others keep it busy."""

import time
from dataclasses import dataclass

import pytest
import torch

from gan_utils.callbacks.progress import Progress
from gan_utils.engine.threads import PATIENCE, WINDOW, Threads
from gan_utils.training import fit


class Machine:
    """Steps on a made-up clock: seconds by the number of threads, and the share of
    their time that the process had.
    """

    def __init__(self, monkeypatch, seconds, share=1.0):
        self.seconds, self.share, self.cpu = seconds, share, 0.0
        monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
        monkeypatch.setattr(torch, "set_num_threads", self.set)
        monkeypatch.setattr(torch, "get_num_threads", lambda: self.count)
        monkeypatch.setattr(time, "process_time", lambda: self.cpu)
        self.count = max(seconds)

    def set(self, count):
        self.count = count

    def train(self, watch, steps):
        """The thread counts of so many steps."""
        counts = []
        for _ in range(steps):
            counts.append(self.count)
            took = self.seconds[self.count]
            self.cpu += took * self.share * self.count
            watch.step(took)
        return counts


def test_a_free_processor_is_left_alone(monkeypatch):
    machine = Machine(monkeypatch, {2: 1.0, 1: 0.1})  # one would be faster: not asked
    watch = Threads()
    assert machine.train(watch, 20 * WINDOW) == [2] * 20 * WINDOW
    assert watch.on_one == 0


def test_beside_a_busy_program_the_faster_number_is_kept(monkeypatch):
    machine = Machine(monkeypatch, {2: 0.4, 1: 0.1}, share=0.6)
    watch = Threads()
    counts = machine.train(watch, 2 * WINDOW + 5)
    assert counts == [2] * WINDOW + [1] * (WINDOW + 5)
    assert watch.on_one == WINDOW + 5


def test_a_trial_that_is_slower_is_undone_and_not_repeated_at_once(monkeypatch):
    machine = Machine(monkeypatch, {2: 0.1, 1: 0.2}, share=0.6)
    watch = Threads()
    counts = machine.train(watch, 6 * WINDOW)
    assert counts == [2] * WINDOW + [1] * WINDOW + [2] * 4 * WINDOW


def test_when_the_others_are_gone_all_threads_come_back(monkeypatch):
    machine = Machine(monkeypatch, {2: 0.4, 1: 0.1}, share=0.6)
    watch = Threads()
    machine.train(watch, 2 * WINDOW)
    machine.seconds, machine.share = {2: 0.05, 1: 0.1}, 1.0
    rest = machine.train(watch, round(PATIENCE / 0.1) + 10 * WINDOW)
    assert rest[0] == 1 and rest[-1] == 2
    assert rest.count(1) * 0.1 == pytest.approx(PATIENCE, abs=WINDOW * 0.1)


def test_a_number_that_was_asked_for_stays(monkeypatch):
    machine = Machine(monkeypatch, {2: 0.4, 1: 0.1}, share=0.5)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert machine.train(Threads(), 5 * WINDOW) == [2] * 5 * WINDOW


def test_one_thread_stays_one(monkeypatch):
    machine = Machine(monkeypatch, {1: 0.1}, share=0.5)
    assert machine.train(Threads(), 5 * WINDOW) == [1] * 5 * WINDOW


@dataclass
class Model:
    """Nothing but a counter."""

    step: int = 0

    def after_step(self):
        """Count."""
        self.step += 1


class Numbers:
    """Batches that are the number of the step."""

    seed, steps_per_epoch = 0, 4

    def steps(self, epochs):
        return int(4 * epochs)

    def place(self, step):
        return step // 4, step % 4, 1

    def __call__(self, step):
        return (torch.tensor(float(step)),)


def test_fit_gives_back_the_threads_it_found_also_after_an_error():
    before = torch.get_num_threads()

    def step(model, number):
        torch.set_num_threads(before + 1)
        if number == 3:
            raise RuntimeError("three")
        return {"loss": number}

    with pytest.raises(RuntimeError, match="three"):
        fit(step, Model(), Numbers(), steps=9)
    assert torch.get_num_threads() == before


def test_a_line_of_progress_says_that_a_run_shares_the_processor(monkeypatch):
    machine = Machine(monkeypatch, {2: 0.4, 1: 0.1}, share=0.6)
    lines, counts = [], []

    def step(model, number):
        counts.append(machine.count)
        machine.cpu += 10  # far below the share of a free processor
        return {"loss": number}

    clock = iter(range(0, 10_000, 20))
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    fit(step, Model(), Numbers(), steps=12, callbacks=[Progress(say=lines.append)])
    assert counts == 8 * [2] + 4 * [1]
    told = [line.partition(" s, ")[2] for line in lines if "epoch" in line]
    assert told == ["", "", "4 steps on one thread, as that is faster now"]
