"""The sweep on a Dask cluster of two workers on this machine; one of them is killed."""

import contextlib
import io
import json
import os
import signal
import threading
import time

import pytest
from made_up import write

from classroom import series
from classroom.notebook.job import RunError
from classroom.runner import cluster, plan
from classroom.runner.estimate import Limits

COMMON = {"profile": "smoke", "dataset": "auto", "device": "cpu"}


@pytest.fixture(scope="module")
def two_workers():
    from distributed import LocalCluster

    how = {"threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(n_workers=2, host="127.0.0.1", **how) as found:
        yield found


def sweep(tmp_path, address, *cells):
    """Run a made-up lesson for four seeds on the cluster: exit code, its folder."""
    notebook = str(write(tmp_path / "nb/01_look.ipynb", *cells))
    folder = tmp_path / "out"
    jobs = plan.make_jobs([notebook], COMMON, {}, seeds=range(4), folder=folder)
    limits = Limits(jobs=2, threads=1)
    how = {"common": COMMON | {"seeds": [0, 1, 2, 3]}, "command": "x"}
    engine = cluster.engine(address, limits)
    stream = io.StringIO()
    code = series.run(jobs, folder, **how, limits=limits, stream=stream, engine=engine)
    return code, folder


@contextlib.contextmanager
def killed(workers, once):
    """Kills workers, once a file is there; their numbers, when all are dead."""
    numbers = []

    def kill():
        while not once.exists():
            time.sleep(0.1)
        for worker in workers:
            os.kill(worker.pid, signal.SIGKILL)
            numbers.append(worker.pid)

    killer = threading.Thread(target=kill)
    killer.start()
    yield numbers
    killer.join()


def test_a_worker_that_is_killed_midway_costs_nothing(tmp_path, two_workers):
    begun, work = tmp_path / "begun", "import time; time.sleep(3)"
    first = f"open({str(begun)!r}, 'a').write(f'{{seed}}\\n')"
    with killed([*two_workers.workers.values()][:1], once=begun) as dead:
        code, folder = sweep(tmp_path, two_workers.scheduler_address, first, work)
    assert code == 0 and len(dead) == 1
    rows = json.loads((folder / "status.json").read_text())["notebooks"]
    assert [row["status"] for row in rows] == ["passed"] * 4
    assert len((folder / "summary.csv").read_text().splitlines()) == 5
    assert len(begun.read_text().split()) >= 4
    for seed in range(4):
        assert (folder / f"seed-{seed}/01_look/01_look.html").is_file()


def test_what_has_passed_on_a_lost_machine_does_not_run_again(tmp_path, two_workers):
    begun, status = tmp_path / "begun", tmp_path / "out/seed-0/01_look/status.json"
    first = f"open({str(begun)!r}, 'a').write(f'{{seed}}\\n')"
    work = "import time; time.sleep(1 if seed == 0 else 6)"
    with killed([*two_workers.workers.values()], once=status) as dead:
        code, _ = sweep(tmp_path, two_workers.scheduler_address, first, work)
    runs = begun.read_text().split()  # status: seed 0 had ended, seed 1 had not
    assert len(dead) == 2 and code == 0 and runs.count("0") == 1 < runs.count("1")


def test_a_failing_notebook_is_a_result_not_a_lost_machine(tmp_path, two_workers):
    cell = "assert seed != 2, 'two'"
    code, folder = sweep(tmp_path, two_workers.scheduler_address, cell)
    rows = json.loads((folder / "status.json").read_text())["notebooks"]
    found = {row["seed"]: row["status"] for row in rows}
    assert code == 1
    assert found == {0: "passed", 1: "passed", 2: "failed", 3: "passed"}


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT", 1)
    with pytest.raises(RunError, match="tcp://127.0.0.1:9"):
        cluster.engine("tcp://127.0.0.1:9", Limits())
