"""Run a student's cells, and our own checks behind each answer.

The checks are those of the published lesson. What the student's code prints or shows
does not count. One fault hides nothing else: a cell that fails is replaced by the
lesson's own, if it was made from one that is no exercise; a cell that ends the kernel
is left out of the next one.
"""

import asyncio
import collections
import difflib

from classroom.grading import inside, sandbox
from classroom.grading.reading import find_marker
from gan_utils import checks

FINISHED, TIMEOUT, DIED = "finished", "time limit", "kernel died"
INSIDE = f"__import__({inside.__name__!r}, fromlist=['_'])"
AFTER_SLOW = 10  # seconds for a check of an answer whose own cell ran out of time
ALIKE = 0.6  # from which on a cell was made from another
CALL = "lesson("


class Grading:
    """What one run has found.

    found: {exercise number: {check: what is wrong, "" if nothing}}
    raised: {exercise number: what stopped a check}, errors: {index of a cell: the same}
    replaced: indices of cells for which the lesson's own ran
    ended: FINISHED; TIMEOUT or DIED if that has happened to any cell
    complete: True if all cells had their turn
    """

    def __init__(self, lesson, sources, parameters, folder):
        self.lesson, self.sources = lesson, sources
        patch = any(CALL in source for source in lesson.given)
        self.setup = f"prepare({parameters!r}, {str(folder)!r}, {patch})"
        self.found, self.raised, self.errors, self.replaced = {}, {}, {}, set()
        self.lost = collections.Counter()  # cells and exercises that ended a kernel
        self.cell, self.task = None, None  # where we are
        self.ended, self.complete = FINISHED, False

    def run(self, home, *, seconds, cell_seconds, gigabytes, on_cell):
        """Run all cells, until the end or the time limit."""
        self.home, self.limits = home, sandbox.rlimits(seconds, gigabytes)
        self.cell_seconds, self.on_cell = cell_seconds, on_cell
        asyncio.run(self._within(seconds))

    async def _within(self, seconds):
        try:
            await asyncio.wait_for(self._kernels(), seconds)
        except TimeoutError:
            self.ended = TIMEOUT
            self._note(f"{sandbox.OUT_OF_TIME}: {seconds} s for the whole notebook")

    async def _kernels(self):
        """One kernel, and another for each time that one was lost."""
        while True:
            try:
                async with sandbox.Kernel(self.home, self.limits) as kernel:
                    return await self._cells(kernel)
            except sandbox.KernelLost as lost:
                self.ended = TIMEOUT if lost.hangs else DIED
                self._note(str(lost))
                if self.cell is None or self.lost[self.cell] > 2:  # it is not the cell
                    return

    def _note(self, text):
        """Blame the exercise or the cell that is running."""
        if self.task:
            self.raised[self.task.number] = text
        elif self.cell is not None:
            self.errors.setdefault(self.cell, text)
        self.lost[self.task or self.cell] += 1
        self.task = None

    async def _cells(self, kernel):
        reached = -1 if self.cell is None else self.cell
        await kernel.ask(f"{INSIDE}.{self.setup}", sandbox.STARTING)
        names = [exercise.function for exercise in self.lesson.exercises]
        for cell, source in enumerate(self.sources):
            self.cell = cell
            if self.cell >= reached:
                self.on_cell(self.cell)
            await self._run(kernel, source)
            new, _ = await kernel.ask(f"{INSIDE}.answers({names})", self.cell_seconds)
            for task in self.lesson.exercises if self.cell >= reached else ():
                if task.function in (new or ()) and not self.lost[task]:
                    await self._grade(kernel, task)
        self.complete = True

    async def _run(self, kernel, source):
        """Run a cell, or what stands in for it."""
        if not self.lost[self.cell]:
            error = await kernel.run(source, self.cell_seconds)
            if not error:
                return
            if error.startswith(sandbox.OUT_OF_TIME):
                self.ended = TIMEOUT
            syntax = error.startswith(("SyntaxError", "IndentationError"))
            self.errors[self.cell] = (syntax and find_marker(source)) or error
        own = self._original(source) if self.lost[self.cell] < 2 else None
        if own and not await kernel.run(own, self.cell_seconds):
            self.replaced.add(self.cell)

    def _original(self, source):
        """The lesson's cell from which this one was made; None for an exercise's."""
        given = self.lesson.given
        likeness, own = max((_alike(x, source), x) for x in given + self.lesson.answers)
        return own if ALIKE <= likeness < 1 and own in given else None

    async def _grade(self, kernel, task):
        """Our checks of one answer, a statement at a time."""
        self.task = task
        found, self.raised[task.number] = {}, ""
        self.found[task.number] = found
        slow = self.errors.get(self.cell, "").startswith(sandbox.OUT_OF_TIME)
        seconds = min(AFTER_SLOW, self.cell_seconds) if slow else self.cell_seconds
        for number, statement in enumerate(task.statements):
            how = (statement, checks.__file__, number == 0)
            code = f"{INSIDE}.grade{how}"
            new, error = await kernel.ask(code, seconds)
            found.update(new or {})
            self.raised[task.number] = self.raised[task.number] or error
            if error.startswith(sandbox.OUT_OF_TIME):
                self.ended = TIMEOUT
                break
        self.task = None


def _alike(own, source):
    """From 0 to 1: how much of a cell's words are those of the lesson's `own` cell."""
    if own != source and CALL in own and CALL in source:
        return 0.99
    return difflib.SequenceMatcher(None, own.split(), source.split()).ratio()
