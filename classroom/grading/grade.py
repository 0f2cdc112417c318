"""Run a student's cells, and our own checks behind each answer.

The checks are those of the published lesson. What they find comes with a secret of this
run; what the student's code prints or shows does not count.
"""

import asyncio
import secrets

from classroom.grading import sandbox
from classroom.notebook import kernels
from gan_utils import checks

FINISHED, TIMEOUT, DIED = "finished", "time limit", "kernel died"
GRADER = """\
exec({code!r}, {{
    **globals(),
    "check": __import__("runpy").run_path({file!r})["reporter"]({secret!r}),
}})"""


class Grading:
    """What one run has found.

    found: {exercise number: {check: what is wrong, "" if nothing}}
    raised: {exercise number: what its cells raised}, errors: {cell number: the same}
    answered: numbers of the exercises that have a cell
    ended: FINISHED, TIMEOUT or DIED
    """

    def __init__(self, tasks):
        self.tasks = tasks
        self.found = {task.number: {} for task in tasks}
        self.raised, self.errors, self.answered = {}, {}, set()
        self.ended = FINISHED

    def all(self, sources, home, *, seconds, gigabytes, on_cell):
        """Run the sources of the cells, until the end, the time limit or a death."""
        limits = sandbox.limits(seconds, gigabytes)
        self.on_cell, self.last = on_cell, {}
        for task in self.tasks:
            at = [i for i, text in enumerate(sources) if task.is_answered_in(text)]
            if at:
                self.last.setdefault(at[-1], []).append(task)
                self.answered.add(task.number)
        work = self._within(self._cells(sources, home, limits), seconds)
        kernels.outside_a_loop(asyncio.run, work)

    async def _within(self, work, seconds):
        try:
            await asyncio.wait_for(work, seconds)
        except TimeoutError:
            self.ended = TIMEOUT
        except sandbox.KernelDied:
            self.ended = DIED

    async def _cells(self, sources, home, limits):
        async with sandbox.Kernel(home, limits) as kernel:
            for index, source in enumerate(sources):
                self.on_cell(index)
                error = await kernel.run(source)
                if error:
                    self.errors[index] = error
                for task in self.last.get(index, []):
                    await self._grade(kernel, task, error)

    async def _grade(self, kernel, task, error):
        """Our checks of one answer, whose own cell raised `error`."""
        secret, found = secrets.token_hex(16), self.found[task.number]

        def hear(data):
            said = data.get(checks.REPORT)
            if isinstance(said, list) and len(said) == 3 and said[0] == secret:
                found[said[1]] = str(said[2])

        code = GRADER.format(code=task.code, file=checks.__file__, secret=secret)
        raised = await kernel.run(code, hear)
        self.raised[task.number] = error or raised
