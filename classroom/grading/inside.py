"""What runs inside a student's kernel: our parameters, and our checks of the answers.

The sandbox asks for these functions by name; they return what ast.literal_eval reads.
"""

import functools
import pathlib
import runpy
import sys

from IPython import get_ipython

PLAIN = (str, int, float, pathlib.PurePath, type(None))
held, seen, space = {}, {}, {}  # the state of this kernel


def prepare(parameters, folder, patch):
    """Before the first cell. parameters: {name: value} that hold whatever the student's
    cells say. folder: theirs, for what they import. patch: hold at the call of lesson.
    """
    held.update(parameters)
    sys.path.append(folder)
    shell = get_ipython()
    shell.ask_exit = functools.partial(sys.exit, "exit()")  # else it ends the kernel
    shell.register_magic_function(lambda line: None, magic_name="matplotlib")
    if patch:
        from gan_utils import lesson

        lesson.lesson = _holding(lesson.lesson)


def _holding(own):
    """The function `lesson`, which takes our parameters whatever it is given."""
    from gan_utils.config import Parameters

    @functools.wraps(own)
    def lesson(name, *_, **__):
        common = {k: v for k, v in held.items() if k in Parameters.model_fields}
        cfg = own(name, **common)
        held.update({k: getattr(cfg, k) for k in common if k != "out_dir"})
        _hold()
        return cfg

    return lesson


def _hold():
    """Give the parameters our values again; a network called `device` stays."""
    names = get_ipython().user_ns
    names.update({k: v for k, v in held.items() if isinstance(names.get(k), PLAIN)})


def answers(functions):
    """Those of the functions that were defined, somehow, since this was last asked."""
    _hold()
    names = get_ipython().user_ns
    new = {k: names[k] for k in functions if k in names}
    new = {k: v for k, v in new.items() if k not in seen or seen[k] is not v}
    seen.update(new)
    return [*new]


def grade(statement, checks, first):
    """Run a statement of the lesson: {check: what is wrong, "" if nothing}.

    checks: the path of `gan_utils.checks`, of which a fresh copy is taken: the student
    may have changed the one that is loaded. first: forget the names of others.
    """
    find_fault, found = runpy.run_path(checks)["find_fault"], {}

    def check(name, answer, expected, *, tolerance=1e-4):
        found[name] = find_fault(answer, expected, tolerance)

    if first:
        space.clear()
        space.update(get_ipython().user_ns)
    space["check"] = check
    exec(statement, space)
    return found
