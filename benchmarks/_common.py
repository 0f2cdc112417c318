"""What every program here needs: the machine, a lesson's code, seeds."""

import ast
import json
import multiprocessing
import os
import platform
import statistics
import sys
import time
import types
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace

import torch

from gan_utils.config import choose_precision
from gan_utils.judge.verdict import judge_images
from gan_utils.recipes import RECIPES
from gan_utils.support import paths, speed, versions

LIMITS = ("ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA")  # what torch shall not use


def machine():
    """What a number depends on: processor, threads, versions, and the command."""
    precision, reason = choose_precision("cpu")
    return {
        "command": " ".join(["python", *sys.argv]),
        "processor": versions.processor(),
        "capability": torch.backends.cpu.get_cpu_capability(),
        "limits": {name: os.environ[name] for name in LIMITS if name in os.environ},
        "probe_ms": {which: speed.step_ms("cpu", which) for which in ("fp32", "bf16")},
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "precision": f"{precision}: {reason}",
    }


def steady(name):
    """A recipe for those who measure steps: where its batches grow, they stay at 64."""
    recipe = RECIPES[name]
    return replace(recipe, batch_size=64, grow=()) if recipe.grow else recipe


def seeds(text):
    """ "0-2" -> [0, 1, 2]; "4" -> [4]."""
    first, _, last = text.partition("-")
    return list(range(int(first), int(last or first) + 1))


def earlier(file, seconds):
    """What the file holds, or an empty table. It must be of the same seconds."""
    if not file.is_file():
        return {"seconds": seconds, "step_seconds": {}, "rows": []}
    found = json.loads(file.read_text())
    if found["seconds"] != seconds:
        held = f"{file} holds trainings of {found['seconds']:g} s, not of {seconds:g}"
        raise SystemExit(f"{held}: give another --out")
    return found


def in_turn(costs, rounds):
    """{key: median of what its call gives}, all in turn; the first round warms up."""
    each = {key: [] for key in costs}
    for _ in range(rounds):
        for key, cost in costs.items():
            each[key].append(cost())
    return {key: statistics.median(found[1:]) for key, found in each.items()}


def verdicts(references, pictures):
    """{judge: {metric: value}} of pictures; references: {judge: Reference}."""
    looked = {}
    for name, reference in references.items():
        values = judge_images(reference, pictures, quick=True)["metrics"]
        looked[name] = {key: round(value, 4) for key, value in values.items()}
    return looked


def finished(call, jobs, count):
    """(key, value) of each job as it ends, `count` at a time, each in a fresh process.

    jobs: {key: arguments of `call`}. Says how many are done and what is left.
    """
    fresh, start = multiprocessing.get_context("spawn"), time.monotonic()
    with ProcessPoolExecutor(count, fresh, max_tasks_per_child=1) as pool:
        waiting = {pool.submit(call, *job): key for key, job in jobs.items()}
        for number, future in enumerate(as_completed(waiting), start=1):
            yield waiting[future], future.result()
            left = (time.monotonic() - start) / number * (len(jobs) - number) / 60
            print(f"{number} of {len(jobs)}, about {left:.0f} min left", flush=True)


def definitions(number, *values):
    """The functions and classes of a notebook as a module; none of its cells is run.

    values: names of constants to take, too, such as "LAST".
    """
    (file,) = (paths.notebooks_dir() / "src").glob(f"{number}_*.py")
    tree = ast.parse(file.read_text(encoding="utf-8"), file)
    kept = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    tree.body = [n for n in tree.body if isinstance(n, kept) or _is_one_of(values, n)]
    module = sys.modules[file.stem] = types.ModuleType(file.stem)
    exec(compile(tree, file, "exec"), vars(module))
    return module


def _is_one_of(names, node):
    """Whether a statement gives a value to one of these names, or adds to it."""
    if not isinstance(node, (ast.Assign, ast.AugAssign)):
        return False
    target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
    return ast.unparse(target) in names
