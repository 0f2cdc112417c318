"""Build notebooks/NN_name.ipynb, with outputs, from notebooks/src/NN_name.py.

    python tools/build_notebooks.py               all whose code changed
    python tools/build_notebooks.py 02 --force    this one, whatever changed
    python tools/build_notebooks.py 02 --keep     its outputs stay though code changed;
                                                  only if both codes gave the same
    python tools/build_notebooks.py --check       write nothing; exit 1 if out of step
    python tools/build_notebooks.py --profile smoke
                                                  run all, note the times, keep the rest

A notebook is executed by papermill as a student would: profile `quick`, in its own
folder. It holds stubs; its solutions go to notebooks/solutions, not executed. If only
prose, a solution, a comment, or the import lines changed (with `data.Batches` in the
place of `Batches`), the outputs stay and nothing is executed. Everything but the
results themselves is the same in every build: cell ids come from the content, pictures
have at most 256 colours, and timings, widget states and other metadata are left out.
"""

import ast
import base64
import dataclasses
import hashlib
import io
import json
import os
import re
import sys
import tempfile
from pathlib import Path

import click
import jupytext
import nbformat
import setup_cell
import solutions
import torch
from PIL import Image

from classroom.cli.run import PROFILES
from classroom.notebook import execution, kernels, page
from classroom.notebook.job import Job
from classroom.runner.terminal import Display, Running
from gan_utils.config import choose_precision
from gan_utils.data import OFFLINE_NOTE
from gan_utils.support import files, paths, speed

MAX_BYTES = 1_000_000
METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {  # as a kernel writes it, without the version
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}
MACHINE_PATH = re.compile(r"(?<![\w.:/])(/(home|root|Users|tmp)/|[A-Z]:\\Users\\)")
PICTURE = re.compile(r"!\[[^\]]*\]\(([^):]+\.png)\)")
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


# Tags that say something and change no result.
LABELS = {"exercise", "thumbnail", "nbval-check-output"}


class BuildError(Exception):
    """A notebook cannot be published. The message says which and why."""


def convert(source, version=solutions.for_students):
    """The notebook of a py:percent file: fixed ids and metadata, no outputs.

    version: what makes it the students' or the instructors' one.
    """
    read = with_pictures(jupytext.read(source, fmt="py:percent"), source.parents[1])
    notebook = setup_cell.insert(version(read))
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    seen = set()
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        cell.id = _fixed_id(cell, seen)
    return notebook


def with_pictures(notebook, folder):
    """The notebook, changed in place: the pictures of its prose are inside.

    As data at the end of a cell, since Colab shows no attachments and has no files
    beside a notebook. folder: that in which the notebook will stand.
    """
    for cell in (c for c in notebook.cells if c.cell_type == "markdown"):
        for address in dict.fromkeys(PICTURE.findall(cell.source)):
            name = Path(address).stem
            data = base64.b64encode((folder / address).read_bytes()).decode()
            prose = cell.source.replace(f"]({address})", f"][{name}]")
            cell.source = (
                f"{prose}\n\n[{name}]: data:image/png;base64,{small_png(data)}"
            )
    return notebook


def _fixed_id(cell, seen):
    """From the content, so that a new cell does not change the ids of all after it."""
    text = f"{cell.cell_type}\n{cell.source}"
    stem = hashlib.sha256(text.encode()).hexdigest()[:8]
    name, number = stem, 1
    while name in seen:
        number += 1
        name = f"{stem}-{number}"
    seen.add(name)
    return name


def code_cells(notebook):
    """Its code cells, in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def own_cells(notebook):
    """Its code cells without the one that installs what is missing: see setup_cell."""
    return [c for c in code_cells(notebook) if not setup_cell.is_setup(c)]


def same_code(one, other):
    """True when both hold the same code, with the tags that change a run.

    Comments, import lines, the module in front of a name of ours, and the cell that
    installs what is missing do not count.
    """

    def code(notebook):
        tags = [set(c.metadata.get("tags") or []) for c in own_cells(notebook)]
        return list(zip(_meanings(notebook), (t - LABELS for t in tags)))

    return code(one) == code(other)


def _meanings(notebook):
    """Each code cell as a syntax tree in which `module.name` of ours is `name`."""
    trees = [_tree(cell.source) for cell in own_cells(notebook)]
    imports = [node for tree in trees for node in ast.walk(tree) if _is_ours(node)]
    plain = _Plain(
        alias.asname or alias.name
        for node in imports
        for alias in node.names
        if node.module == "gan_utils" or _is_room(f"{node.module}.{alias.name}")
    )
    return [ast.dump(plain.visit(tree)) for tree in trees]


def _tree(source):
    try:
        return ast.parse(source)
    except SyntaxError:  # a cell with a magic command
        return ast.parse(repr(source))


def _is_ours(node):
    return isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "gan_utils"


def _is_room(name):
    path = paths.project_root().joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


class _Plain(ast.NodeTransformer):
    """Takes out imports, and the module in front of each name of ours."""

    def __init__(self, modules):
        self.modules = set(modules)

    def visit_Import(self, node):
        return None

    visit_ImportFrom = visit_Import

    def visit_Attribute(self, node):
        if isinstance(node.value, ast.Name) and node.value.id in self.modules:
            return ast.Name(node.attr, node.ctx)
        return self.generic_visit(node)


def take_outputs(fresh, executed):
    """Copy the outputs of `executed`, cleaned, into `fresh` with the same code."""
    clean = page.without_widgets(executed)
    for number, cell in enumerate(code_cells(fresh), start=1):
        cell.execution_count = number
    for cell, done in zip(own_cells(fresh), own_cells(clean)):
        number = cell.execution_count
        cell.outputs = [_plain(output, number) for output in _joined(done.outputs)]
    return page.add_alt_texts(fresh)


def _joined(outputs):
    """Neighbouring pieces of one stream as one: how it was cut depends on timing."""
    joined = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last and output.output_type == "stream" and last.get("name") == output.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def _plain(output, number):
    """An output without memory addresses and with the number of its cell."""
    if "execution_count" in output:
        output.execution_count = number
    if output.output_type == "stream":
        lines = output.text.replace("\r\n", "\n").split("\n")
        output.text = "\n".join(line.split("\r")[-1] for line in lines)  # last state
    if "text/plain" in output.get("data", {}):
        output.data["text/plain"] = ADDRESS.sub("", output.data["text/plain"])
    if "image/png" in output.get("data", {}):
        output.data["image/png"] = small_png(output.data["image/png"])
    return output


def small_png(text):
    """A PNG in base64 with at most 256 colours: half the bytes, and no eye can tell.

    What is no PNG, or has a palette already, stays as it is.
    """
    picture = Image.open(io.BytesIO(base64.b64decode(text)))
    if picture.format != "PNG" or picture.mode == "P":
        return text
    few, small = picture.convert("RGB").quantize(dither=Image.Dither.NONE), io.BytesIO()
    few.save(small, "PNG", optimize=True)
    return base64.b64encode(small.getvalue()).decode()


def check_publishable(name, notebook):
    """Raise BuildError for an error, the wrong digits, a machine's path, or size."""
    for number, cell in enumerate(code_cells(notebook), start=1):
        for output in cell.outputs:
            if output.output_type == "error":
                raise BuildError(f"{name} [{number}]: {output.ename}: {output.evalue}")
            if OFFLINE_NOTE in str(output.get("text", "")):
                raise BuildError(f"{name}: {OFFLINE_NOTE}; set GAN_DATA_DIR to MNIST")
            found = machine_path(output)
            if found:
                raise BuildError(f"{name} [{number}] shows a machine's path: {found}")
    size = len(as_bytes(notebook))
    if size > MAX_BYTES:
        raise BuildError(f"{name}: {size / 1e6:.2f} MB is too much; shrink its figures")


def machine_path(output):
    """The first absolute path in the text of an output, or ""."""
    texts = [output.get("text", "")]
    texts += [v for k, v in output.get("data", {}).items() if k.startswith("text/")]
    for text in texts:
        for pattern in (MACHINE_PATH, re.compile(re.escape(str(paths.project_root())))):
            match = pattern.search(text)
            if match:
                return text[match.start() :].split("\n")[0][:80]
    return ""


def as_bytes(notebook):
    """The file content: nbformat 4.5, keys sorted, one newline at the end."""
    return (nbformat.writes(notebook, version=4).rstrip("\n") + "\n").encode()


class Line(Display):
    """Shows one running notebook: `with Line("02_x", path, width=20) as line:`"""

    def __init__(self, name, progress_file, *, width=0, stream=None):
        super().__init__(stream)
        self.running = Running(f"{name:<{width}} ", progress_file)

    def __enter__(self):
        self.show()
        return super().__enter__()

    def on_cell(self, number):
        """The runner says that code cell `number` starts."""
        self.running.cell = number

    def finish(self, text):
        """Replace the line with the result of the notebook."""
        self.end_ticking()
        self._write(f"  {self.running.label} {text}")

    def text(self):
        """What the line says now."""
        return self.running.text()


def execute(path, folder, profile, width):
    """Run a notebook in `folder`, as it stands or with another profile than quick.

    Returns the executed notebook, its seconds, and those of its training, or None.
    Raises BuildError if it fails.
    """
    with tempfile.TemporaryDirectory() as scratch:
        parameters, results = {}, paths.runs_dir() / "lab"
        if profile != "quick":  # a trial must not leave its results among real ones
            results = Path(scratch) / "results"
            parameters = {"profile": profile, "out_dir": str(results)}
        job = Job(path, parameters, cwd=folder)
        progress = results / job.name / "progress.jsonl"
        with Line(job.name, progress, width=width) as line:
            outcome = execution.execute(job, scratch, on_cell=line.on_cell)
            line.finish(f"{outcome.status} in {outcome.seconds:.0f} s")
        if outcome.status != execution.PASSED:
            raise BuildError(f"{job.name} [{outcome.cell}]: {outcome.error}")
        executed = nbformat.read(Path(scratch) / f"{job.name}.ipynb", as_version=4)
        return executed, outcome.seconds, training_seconds(progress)


def training_seconds(progress):
    """Seconds from step 0 to the end, by a progress.jsonl; None: it says too little."""
    if not progress.is_file():
        return None
    lines = [json.loads(line) for line in progress.read_text().splitlines()]
    if len(lines) < 2:
        return None
    first, last = lines[0], lines[-1]
    whole = last["step"] / max(1, last["step"] - first["step"])
    return (last["time"] - first["time"]) * whole


def time_entry(name, seconds, training):
    """What times.json holds of a notebook that ran on the processor of this machine.

    training: seconds in training; None: it does not say, and half is taken for it.
    """
    precision = choose_precision("cpu")[0]
    trained = precision if name in speed.AUTOCAST else "fp32"
    bf16 = "with" if precision == "bf16" else "without"
    return {
        "seconds": round(seconds, 1),
        "training": round(seconds / 2 if training is None else training, 1),
        "step_ms": speed.step_ms("cpu", trained),
        "threads": torch.get_num_threads(),
        "machine": f"{os.cpu_count()} cores {bf16} bf16",
    }


@dataclasses.dataclass
class Builder:
    """Builds the notebooks of one folder, whose sources are in its `src`."""

    folder: Path
    profile: str = "quick"
    force: bool = False
    keep: bool = False
    width: int = 24

    def sources(self, wanted=()):
        """Paths of the numbered sources, all or those whose number is wanted."""
        found = sorted((self.folder / "src").glob("[0-9][0-9]_*.py"))
        numbers = {Path(text).stem[:2].zfill(2) for text in wanted}
        chosen = [p for p in found if not numbers or p.stem[:2] in numbers]
        if not chosen or len(chosen) < len(numbers):
            raise BuildError(f"no source {' '.join(wanted)} in notebooks/src")
        return chosen

    def built(self, source):
        """The notebook that stands in the folder now, or None."""
        path = self.folder / f"{source.stem}.ipynb"
        return nbformat.read(path, as_version=4) if path.is_file() else None

    def build(self, source):
        """Bring one notebook up to date; returns what was done."""
        fresh, old = convert(source), self.built(source)
        keep = old is not None and not self.force
        keep = keep and (same_code(fresh, old) or self.keep)
        if keep and self.profile == "quick":
            take_outputs(fresh, old)
        else:
            executed, *seconds = self._execute(source, fresh)
            if self.profile != "quick":
                self._note_time(source.stem, *seconds)
                return "timed"
            take_outputs(fresh, executed)
        check_publishable(source.stem, fresh)
        if not keep:
            self._note_time(source.stem, *seconds)
        solved = self._write_solutions(source)
        target = self.folder / f"{source.stem}.ipynb"
        if target.is_file() and target.read_bytes() == as_bytes(fresh):
            return "solutions updated" if solved else "unchanged"
        files.write_atomic(target, as_bytes(fresh))
        return "prose updated" if keep else "built"

    def solutions(self, source):
        """(path, bytes) of the instructors' version, not executed."""
        solved = convert(source, solutions.for_instructors)
        return self.folder / "solutions" / f"{source.stem}.ipynb", as_bytes(solved)

    def _write_solutions(self, source):
        """True if the file was written; it is not where it would stay the same."""
        path, content = self.solutions(source)
        if path.is_file() and path.read_bytes() == content:
            return False
        files.write_atomic(path, content)
        return True

    def _execute(self, source, fresh):
        """What `execute` makes of `fresh` in the folder where it will stand."""
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / f"{source.stem}.ipynb"
            path.write_bytes(as_bytes(fresh))
            return execute(path, self.folder, self.profile, self.width)

    def _note_time(self, name, seconds, training):
        path = self.folder / "times.json"
        times = json.loads(path.read_text()) if path.is_file() else {}
        times.setdefault(self.profile, {})[name] = time_entry(name, seconds, training)
        files.write_json(path, dict(sorted(times.items())))

    def out_of_step(self, source):
        """Why the built notebook is not what its source says, or ""."""
        fresh, old = convert(source), self.built(source)
        if old is None:
            return "not built"
        if not same_code(fresh, old):
            return "code changed"
        if as_bytes(take_outputs(fresh, old)) != as_bytes(old):
            return "prose or metadata changed"
        path, content = self.solutions(source)
        if not path.is_file() or path.read_bytes() != content:
            return "solutions changed"
        return ""


@click.command()
@click.argument("wanted", nargs=-1, metavar="[NN]...")
@click.option("--only", multiple=True, metavar="NN", help="the same as naming it")
@click.option("--force", is_flag=True, help="execute even if only prose changed")
@click.option("--keep", is_flag=True, help="keep outputs: the change changes no result")
@click.option("--check", is_flag=True, help="write nothing; exit 1 if out of step")
@click.option("--profile", type=click.Choice(PROFILES), default="quick")
def main(wanted, only, force, keep, check, profile):
    """Build the notebooks whose sources changed."""
    kernels.prepare_environment()
    builder = Builder(paths.notebooks_dir(), profile=profile, force=force, keep=keep)
    failed = False
    for source in _sources(builder, (*wanted, *only)):
        try:
            said = builder.out_of_step(source) if check else builder.build(source)
        except (BuildError, solutions.MarkError) as error:
            said, failed = f"FAILED: {error}", True
        failed = failed or (check and bool(said))
        click.echo(f"{source.stem:<{builder.width}}  {said or 'in step'}")
    if failed and check:
        click.echo("run `make notebooks`")
    sys.exit(1 if failed else 0)


def _sources(builder, wanted):
    try:
        return builder.sources(wanted)
    except BuildError as error:
        raise click.UsageError(str(error)) from None


if __name__ == "__main__":
    main()
