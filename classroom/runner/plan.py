"""What a run will do, decided before any kernel starts: notebooks, seeds, parameters.

A plan can be written down as JSON and taken up again: that is how a run resumes.
"""

import contextlib
import dataclasses
import re
from pathlib import Path

from classroom.notebook.job import COMMON, Job, RunError
from classroom.runner.parameters import checked, coerce, declared, whole_path
from gan_utils.support import paths
from gan_utils.support.words import did_you_mean

REMOTE = re.compile(r"\w+://")
USES = {  # lessons that look at what others of the same run have left, if it is there
    "03_dcgan": ("02_vanilla_gan",),
    "05_progression_gallery": ("02_vanilla_gan", "03_dcgan"),
}
LESSON = re.compile(r"\d\d_\w+")  # 02_vanilla_gan, but not 02_vanilla_gan-Copy1


def find_notebooks(wanted=(), *, folder=None):
    """What to run: the lessons, or those wanted by number ("2", "02"), name, or path.

    wanted: may hold addresses that papermill reads, too. A path, or the name of a file
    that lies here, means that very file and no other.
    Raises RunError when there is none.
    """
    remote = [text for text in wanted if REMOTE.match(text)]
    files = {text: _file(text) for text in wanted if text not in remote}
    named = [text for text, path in files.items() if path is None]
    lessons = _lessons(folder) if named or not wanted else []
    chosen = {*files.values(), *(_pick(text, lessons) for text in named)}
    first = [path for path in lessons if path in chosen or not wanted]
    own = [path for path in dict.fromkeys(files.values()) if path and path not in first]
    return [str(path) for path in first + own] + remote


def _file(text):
    """The file that `text` means, or None if it is the number or name of a lesson."""
    path = Path(text)
    apart = len(path.parts) > 1 or text.startswith(("~", "."))
    if not apart and not (path.suffix == ".ipynb" and path.is_file()):
        return None
    with contextlib.suppress(RuntimeError):  # ~nobody
        path = path.expanduser()
    if path.suffix != ".ipynb" or not path.is_file():
        raise RunError(f"no notebook {text!r}: there is no such .ipynb file")
    return path.resolve()


def _lessons(folder):
    """The numbered notebooks, without copies that someone left beside them."""
    folder = Path(folder or _home()).resolve()
    found = [p for p in sorted(folder.glob("*.ipynb")) if LESSON.fullmatch(p.stem)]
    if not found:
        place = paths.shown(folder)
        raise RunError(f"no notebooks in {place}: build them with `make notebooks`")
    stems = {path.stem for path in found}
    return [p for p in found if not any(p.stem.startswith(s) for s in stems - {p.stem})]


def _home():
    """Where all lessons lie: here, if `start` has filled this folder, else ours."""
    ours = paths.notebooks_dir()
    names = [path.name for path in ours.glob("[0-9][0-9]_*.ipynb")]
    return Path() if all(Path(name).is_file() for name in names) else ours


def _pick(text, lessons):
    stem = text.removesuffix(".ipynb")
    number = stem.zfill(2) if stem.isdigit() else None
    found = [p for p in lessons if p.stem == stem or p.stem.split("_")[0] == number]
    if len(found) == 1:
        return found[0]
    names = ", ".join(path.stem for path in found or lessons)
    what = f"{text!r} may be" if found else f"no notebook {text!r}; there are"
    raise RunError(f"{what} {names}")


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
        if missing := [name for name in COMMON if name not in names]:
            raise RunError(f"{Path(notebook).name} has no parameter {missing[0]}")
    names = sorted(set().union(*known.values()))
    for name in extra.keys() - names:
        raise RunError(f"unknown parameter {name!r}; {did_you_mean(name, names)}")
    jobs = []
    for seed in seeds:
        place = {"seed": seed, "out_dir": str(Path(folder) / f"seed-{seed}")}
        made = [_job(n, names, common | place, extra) for n, names in known.items()]
        there = {job.name: job.key for job in made}
        for job in made:
            needs = [there[n] for n in USES.get(job.name, ()) if n in there]
            jobs.append(dataclasses.replace(job, needs=needs))
    keys = [job.key for job in jobs]
    if twins := [key for key in keys if keys.count(key) > 1]:
        raise RunError(f"two notebooks would both write to {twins[0]}")
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
    values = checked({name: coerce(name, v, names[name]) for name, v in given.items()})
    job = Job(str(notebook), values)
    return dataclasses.replace(job, folder=str(Path(values["out_dir"]) / job.name))


def check_folder(folder):
    """`folder` as an absolute path for new results.

    Raises RunError when it holds something, is a file, or lies inside notebooks/.
    """
    folder = Path(whole_path("out_dir", folder, f"--out {folder}"))
    if folder.is_relative_to(paths.notebooks_dir()):
        raise RunError(f"--out {folder}: notebooks/ holds the lessons; choose another")
    if folder.is_dir() and any(folder.iterdir()):
        hint = "choose a new folder, or add --resume to go on with what is there"
        raise RunError(f"--out {folder}: exists already; {hint}")
    return folder
