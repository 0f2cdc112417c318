"""Run the notebooks one after the other, and keep the report up to date."""

import sys

from gan_utils import kernels, pages, paths, report, runner
from gan_utils.console import Line, about, clock


def run(jobs, folder, *, common, command, stream=None):
    """Execute all jobs into `folder`; returns the exit code (0, 1 or 130).

    A notebook that fails does not stop the others. Ctrl-C does, and keeps what is done.
    """
    stream = stream or sys.stdout
    kernels.prepare_environment()
    folder.mkdir(parents=True, exist_ok=True)
    page = report.Report(
        folder,
        command=command,
        names=[job.name for job in jobs],
        **{key: common[key] for key in ("profile", "seed", "dataset", "device")},
    )
    _say(stream, _headline(jobs, common["profile"]))
    for job in jobs:
        page.save()
        page.outcomes.append(_one(job, folder, page, stream))
        if page.outcomes[-1].status == runner.INTERRUPTED:
            break
    stopped = page.outcomes[-1].status == runner.INTERRUPTED
    page.state = "interrupted" if stopped else "done"
    page.save()
    return _conclude(page, stream, stopped)


def _headline(jobs, profile):
    times = [job.estimate for job in jobs]
    count = f"{len(jobs)} notebook" + "s" * (len(jobs) != 1)
    if None in times:
        what = "their times are" if len(jobs) > 1 else "its time is"
        return f"{count} at profile {profile}; {what} not measured yet"
    return f"{count} at profile {profile}: {about(sum(times))} on two processors"


def _one(job, folder, page, stream):
    progress_file = folder / "results" / job.name / "progress.jsonl"
    width = max(map(len, page.names))
    with Line(
        job.name, job.estimate, progress_file, width=width, stream=stream
    ) as line:
        outcome = runner.execute(job, folder, on_cell=line.on_cell)
        _make_pages(folder, outcome)
        line.finish(_result(outcome))
    return outcome


def _make_pages(folder, outcome):
    """A page that cannot be made is reported; it does not end the run."""
    if not (folder / f"{outcome.name}.ipynb").is_file():
        return
    try:
        pages.make_pages(folder, outcome.name)
    except Exception as error:
        problem = f"no HTML page: {type(error).__name__}: {error}"
        outcome.status, outcome.error = runner.FAILED, outcome.error or problem


def _result(outcome):
    place = f" in cell [{outcome.cell}]" if outcome.cell else ""
    why = f"{place}: {outcome.error}" if outcome.error else ""
    return f"{outcome.status:<7}  {clock(outcome.seconds)}{why}"


def _conclude(page, stream, stopped):
    passed = sum(outcome.status == runner.PASSED for outcome in page.outcomes)
    total = clock(sum(outcome.seconds for outcome in page.outcomes))
    _say(stream, f"{passed} of {len(page.names)} passed in {total}")
    _say(stream, f"Results: {paths.shown(page.folder / 'index.html')}")
    if stopped:
        return 130
    return 0 if passed == len(page.names) else 1


def _say(stream, text):
    stream.write(text + "\n")
    stream.flush()
