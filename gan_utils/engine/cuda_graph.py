"""On a GPU, a training step is recorded once and replayed as one CUDA graph.

A step of a small GAN is some hundred short kernels, and to launch one of them takes
Python longer than the GPU needs to run it. A graph launches all of them at once. It
repeats the same kernels on the same memory, so whatever changes from step to step must
be a tensor that stays in its place: the batch, the learning rates, Adam's counters.
A step that counts in Python says so: `step.counts_in_python = True`.
"""

import functools

import torch

WARM_UP = 3  # steps before the recording, which allocate what will stay


class CudaGraph:
    """`torch.cuda.CUDAGraph` with one method to record and one to replay."""

    def __init__(self):
        self._graph = torch.cuda.CUDAGraph()

    def aside(self, work):
        """Run `work` on a stream of its own, as a recording will be."""
        here, aside = torch.cuda.current_stream(), torch.cuda.Stream()
        aside.wait_stream(here)
        with torch.cuda.stream(aside):
            result = work()
        here.wait_stream(aside)
        return result

    def record(self, work):
        """Record `work` without running it; what it returns is filled by a replay."""
        with torch.cuda.graph(self._graph):
            return work()

    def replay(self):
        """Run what was recorded."""
        self._graph.replay()


class Replayed:
    """A step that behaves like `step(model, *batch)`, recorded after a warm-up.

    The first WARM_UP calls run the step as it is, the next one records it, and from
    then on it is replayed. If it cannot be recorded, it runs as it is for good, and
    `say` gets one line.
    """

    def __init__(self, step, graph, *, say=print):
        self._step, self._graph, self._say = step, graph, say
        self._calls, self._logs = 0, None

    def __call__(self, model, *batch):
        """One step; returns a dict of scalar tensors, like the step itself."""
        self._calls += 1
        if self._calls <= WARM_UP:
            return self._graph.aside(lambda: self._step(model, *batch))
        if self._calls == WARM_UP + 1:
            self._record(model, batch)
        if self._logs is None:
            return self._step(model, *batch)
        for place, values in zip(self._batch, batch):
            place.copy_(values)
        self._graph.replay()
        return {name: value.clone() for name, value in self._logs.items()}

    def _record(self, model, batch):
        self._batch = [values.clone() for values in batch]
        try:
            logs = self._graph.record(lambda: self._step(model, *self._batch))
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[0]
            self._say(f"no CUDA graph of this step, it runs kernel by kernel: {reason}")
            return
        self._logs = {name: value.detach() for name, value in logs.items()}


def replayed(step, optimisers, *, graph=CudaGraph):
    """`step` as one graph where the optimisers work on a GPU.

    Elsewhere, and if it counts in Python, it is the step itself. The learning rates of
    a resumed run come from a file, so they are put on the GPU first.
    """
    groups = [group for optimiser in optimisers for group in optimiser.param_groups]
    if counts_in_python(step) or not all(map(on_gpu, groups)):
        return step
    for group in groups:
        group["lr"] = torch.as_tensor(group["lr"], device=group["params"][0].device)
    return Replayed(step, graph())


def on_gpu(group):
    """Whether a group of an optimiser's weights can be part of a graph."""
    return group["params"][0].is_cuda and group.get("capturable", False)


def counts_in_python(step):
    """What the step says of itself, through any `functools.partial`."""
    while isinstance(step, functools.partial):
        step = step.func
    return getattr(step, "counts_in_python", False)
