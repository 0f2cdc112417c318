"""What a training run logged, step by step, without slowing it down."""

import math

import numpy as np
import torch


class TrainingDiverged(RuntimeError):
    """A logged value became infinite or NaN. The weights are lost from there on."""

    @classmethod
    def of(cls, what, step):
        """The error for `what`, "d_loss became nan", with advice."""
        return cls(
            f"{what} at step {step}. Try a smaller learning rate, or a penalty on D. "
            "The last checkpoint is good."
        )


class History:
    """Columns of numbers, one row a step. `history["d_loss"]` is an array (steps,).

    Reading a tensor waits for the device. So rows stay tensors until someone looks, or
    until `FLUSH` of them have gathered.
    """

    FLUSH = 100

    def __init__(self):
        self._columns, self._pending = {}, []
        self.seconds, self.stopped, self.on_one = 0.0, "", 0  # see engine.threads

    def append(self, logs, seconds):
        """Add one row: `logs` (name -> scalar tensor) and the training clock."""
        self._pending.append((logs, seconds))
        self.seconds = seconds
        if len(self._pending) >= self.FLUSH:
            self.flush()

    def flush(self):
        """Turn gathered tensors into numbers. Raises TrainingDiverged at a NaN."""
        pending, self._pending = self._pending, []
        if not pending:
            return
        names = list(pending[0][0])
        logged = [logs[name].detach().float() for logs, _ in pending for name in names]
        rows = torch.stack(logged).view(len(pending), -1).tolist()
        for row, (_, seconds) in zip(rows, pending):
            for name, value in zip(names, row):
                if not math.isfinite(value):
                    raise TrainingDiverged.of(f"{name} became {value}", len(self) + 1)
            for name, value in zip([*names, "seconds"], [*row, seconds]):
                self._columns.setdefault(name, []).append(value)

    def __len__(self):
        return len(next(iter(self._columns.values()), []))

    def __contains__(self, name):
        return name in self.names

    def __getitem__(self, name):
        self.flush()
        if name not in self._columns:
            raise KeyError(f"no column {name!r}; there are {', '.join(self._columns)}")
        return np.array(self._columns[name])

    @property
    def names(self):
        """The columns, in the order in which the step returned them."""
        self.flush()
        return list(self._columns)

    def thinned(self, rows=1000):
        """At most `rows` rows, evenly spaced, as lists of numbers plus "step"."""
        self.flush()
        even = np.linspace(0, len(self) - 1, min(rows, len(self)))
        keep = np.unique(even.astype(int)).tolist()
        columns = {"step": [i + 1 for i in keep]}
        for name, values in self._columns.items():
            columns[name] = [round(values[i], 6) for i in keep]
        return columns

    def state_dict(self):
        """All columns as lists of numbers."""
        self.flush()
        return {name: list(values) for name, values in self._columns.items()}

    def load_state_dict(self, state):
        """Take over columns that `state_dict` returned."""
        self._pending = []
        self._columns = {name: list(values) for name, values in state.items()}
        self.seconds = self._columns["seconds"][-1] if self._columns else 0.0
