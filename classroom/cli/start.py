"""`start`: the notebooks in a folder of your own, from the wheel or a checkout."""

from pathlib import Path

import click

from gan_utils.cli.voice import told
from gan_utils.support import files, paths

NEXT = """\
work in them:  python -m jupyterlab --notebook-dir="{0}"
run them all:  cd "{0}", then python -m classroom run --profile smoke"""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def start(folder):
    """Copy the notebooks into FOLDER, to work in; one that is there is left alone."""
    from classroom.notebook.job import RunError
    from classroom.runner import plan

    with told(RunError, out=folder):
        ours = [Path(p) for p in plan.find_notebooks(folder=paths.notebooks_dir())]
        kept = [path.name for path in ours if (folder / path.name).exists()]
        for path in ours:
            if path.name not in kept:
                files.write_atomic(folder / path.name, path.read_bytes())
    count = f"{len(ours) - len(kept)} of {len(ours)}"
    click.echo(f"{count} notebooks copied into {folder}")
    if kept:
        click.echo(f"there already, left as they are: {', '.join(kept)}")
    click.echo(NEXT.format(folder))
