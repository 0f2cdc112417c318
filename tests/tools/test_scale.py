"""The sweep on a cluster: what is counted, what is concluded, who is killed when."""

import json
import subprocess
import sys
import time

import scale


def write_status(folder, seed, name, status):
    """What a notebook that has ended leaves."""
    place = folder / f"seed-{seed}" / name
    place.mkdir(parents=True)
    (place / "status.json").write_text(json.dumps({"status": status}))


def test_a_worker_is_killed_once_a_third_has_passed(tmp_path):
    with scale.process([sys.executable, "-c", "input()"], tmp_path / "log") as worker:
        write_status(tmp_path, 0, "01_look", "failed")
        write_status(tmp_path, 1, "01_look", "passed")
        assert len(scale.passed(tmp_path)) == 1 and worker.poll() is None
        write_status(tmp_path, 2, "01_look", "passed")
        scale.kill_midway(worker, tmp_path, 6, noted := {})
        assert worker.wait(20) == -9 and noted["killed"] <= time.time()
        assert noted["passed"] == scale.passed(tmp_path) and len(noted["passed"]) == 2


def test_a_process_that_says_nothing_is_told_with_its_log(tmp_path):
    (tmp_path / "log").write_text("no scheduler here")
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, scale; from pathlib import Path\n"
            "scale.found_in(Path(sys.argv[1]), 'tcp:', patience=0.1)",
            tmp_path / "log",
        ],
        capture_output=True,
        text=True,
        cwd=scale.FILE.parent,
    )
    assert done.returncode == 1 and "no scheduler here" in done.stderr


def test_speed_up_is_told_against_one_worker():
    times = {"2 jobs": 100, "1 workers": 200, "2 workers": 104, "4 workers": 100}
    found = scale.concluded({k: {"seconds": v} for k, v in times.items()})
    assert found["speed_up"] == {1: 1.0, 2: 1.923, 4: 2.0}
    assert found["dask / jobs"] == 1.04
    assert scale.concluded({"2 jobs": {"seconds": 5}}) == {"speed_up": {}}
