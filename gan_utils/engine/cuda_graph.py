"""On a GPU, a training step can be recorded once and replayed as one CUDA graph.

A step of a small GAN is some hundred short kernels, and to launch one of them takes
Python longer than the GPU needs to run it. A graph launches all of them at once. It
repeats the same kernels on the same memory, so whatever changes from step to step must
be a tensor that stays in its place: the batch, the learning rates, Adam's counters.

    fit(recorded(recipe.step, gan), gan, batches, ...)
"""

import torch

WARM_UP = 3  # steps before the recording, which allocate what will stay


class CudaGraph:
    """`torch.cuda.CUDAGraph` with one method to record and one to replay."""

    def __init__(self):
        self._graph = torch.cuda.CUDAGraph()
        self.replay = self._graph.replay

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


class recorded:
    """A step that behaves like `step(gan, *batch)`, recorded after a warm-up.

    If it cannot be recorded, it runs as it is, and `say` gets one line. For batches of
    another size it is recorded anew.
    """

    def __init__(self, step, gan, *, graph=CudaGraph, say=print):
        self._step, self._gan, self._new, self._say = step, gan, graph, say
        self._size = None

    def __call__(self, gan, *batch):
        if len(batch[0]) != self._size:  # at first, and when batches grow
            self._size, self._graph = len(batch[0]), self._new()
            self._calls, self._logs = 0, None
        self._calls += 1
        if self._calls == 1:
            self._keep_in_place()
        if self._calls <= WARM_UP:
            return self._graph.aside(lambda: self._step(gan, *batch))
        if self._calls == WARM_UP + 1:
            self._record(gan, batch)
        if self._logs is None:
            return self._step(gan, *batch)
        for place, values in zip(self._batch, batch):
            place.copy_(values)
        self._graph.replay()
        return {name: value.clone() for name, value in self._logs.items()}

    def _keep_in_place(self):
        """Learning rates become tensors on the GPU: now, as a resume replaces them."""
        for optimiser in (self._gan.opt_G, self._gan.opt_D):
            for group in optimiser.param_groups:
                weights = group["params"][0]
                group["lr"] = torch.as_tensor(group["lr"], device=weights.device)
                group["capturable"] = True

    def _record(self, gan, batch):
        self._batch = [values.clone() for values in batch]
        try:
            logs = self._graph.record(lambda: self._step(gan, *self._batch))
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[0]
            self._say(f"no CUDA graph of this step, it runs kernel by kernel: {reason}")
            return
        self._logs = {name: value.detach() for name, value in logs.items()}
