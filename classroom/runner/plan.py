"""What a run will do, decided before any kernel starts: notebooks, seeds, parameters.

A plan can be written down as JSON and taken up again: that is how a run resumes.
"""

import dataclasses
import re
from pathlib import Path

from classroom.notebook.job import COMMON, Job, RunError
from classroom.runner.parameters import check_values, coerce, declared, refuse_unknown
from gan_utils import config
from gan_utils.support import paths

REMOTE = re.compile(r"\w+://")


def find_notebooks(wanted=(), *, folder=None):
    """The numbered notebooks; `wanted` holds numbers ("2", "02"), names, or addresses.

    Raises RunError when there is none, or none of that number.
    """
    remote = [text for text in wanted if REMOTE.match(text)]
    local = [text for text in wanted if not REMOTE.match(text)]
    if wanted and not local:
        return remote
    folder = Path(folder or paths.notebooks_dir())
    known = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    if not known:
        place = paths.shown(folder)
        raise RunError(f"no notebooks in {place}: build them with `make notebooks`")
    chosen = {_pick(text, known) for text in local} if local else set(known)
    return [str(path) for path in known if path in chosen] + remote


def _pick(text, known):
    stem = Path(text).stem
    number = stem.zfill(2) if stem.isdigit() else stem
    for path in known:
        if path.stem == number or path.stem.split("_")[0] == number:
            return path
    names = ", ".join(path.stem for path in known)
    raise RunError(f"no notebook {text!r}; there are {names}")


def make_jobs(notebooks, common, extra, *, seeds, folder):
    """A Job for each notebook and seed, seed by seed.

    `common` goes to all, `extra` to those that know the name. Each seed has a folder of
    its own, in which each lesson finds what the earlier ones left.
    Raises RunError for a notebook without the common parameters, for a name that no
    chosen notebook knows, and for a value that its annotation does not allow. A file
    that is no notebook fails when its turn comes; if there is no other, at once.
    """
    known = _all_declared(notebooks)
    for notebook, names in known.items():
        missing = [name for name in COMMON if name not in names]
        if missing:
            raise RunError(f"{Path(notebook).name} has no parameter {missing[0]}")
    for name in extra:
        refuse_unknown(name, set().union(*known.values()))
    jobs = []
    for seed in seeds:
        place = {"seed": seed, "out_dir": str(Path(folder) / f"seed-{seed}")}
        made = [_job(n, names, common | place, extra) for n, names in known.items()]
        jobs += [_with_needs(job, made) for job in made]
    _refuse_twins(jobs)
    return jobs


def _all_declared(notebooks):
    known, broken = {}, []
    for notebook in notebooks:
        try:
            known[notebook] = declared(notebook)
        except RunError as error:
            known[notebook] = dict.fromkeys(COMMON, "str") | {"seed": "int"}
            broken.append(error)
    if len(broken) == len(notebooks):
        raise broken[0]
    return known


def _job(notebook, names, common, extra):
    given = common | {name: text for name, text in extra.items() if name in names}
    values = {name: coerce(name, text, names[name]) for name, text in given.items()}
    check_values(values)
    job = Job(str(notebook), values)
    return dataclasses.replace(job, folder=str(Path(values["out_dir"]) / job.name))


def _with_needs(job, others):
    there = {other.name: other.key for other in others}
    needs = (there[name] for name in config.USES.get(job.name, ()) if name in there)
    return dataclasses.replace(job, needs=tuple(needs))


def _refuse_twins(jobs):
    keys = [job.key for job in jobs]
    twins = {key for key in keys if keys.count(key) > 1}
    if twins:
        raise RunError(f"two notebooks would both write to {sorted(twins)[0]}")


def check_folder(folder):
    """`folder` as an absolute path for new results.

    Raises RunError when it holds something, is a file, or lies inside notebooks/.
    """
    folder = Path(folder).expanduser().resolve()
    if folder.is_relative_to(paths.notebooks_dir()):
        raise RunError(f"--out {folder}: notebooks/ holds the lessons; choose another")
    if folder.is_file():
        raise RunError(f"--out {folder}: is a file; choose a folder")
    if folder.is_dir() and any(folder.iterdir()):
        hint = "choose a new folder, or add --resume to go on with what is there"
        raise RunError(f"--out {folder}: exists already; {hint}")
    return folder
