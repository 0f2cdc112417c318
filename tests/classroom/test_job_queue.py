from classroom.runner.job_queue import JobQueue, makespan
from classroom.runner.plan import Job


def job(name, seed=0, needs=()):
    return Job(f"{name}.ipynb", {"seed": seed}, needs=tuple(needs))


def test_one_place_keeps_the_order():
    jobs = [job("01_a"), job("02_b"), job("03_c")]
    queue = JobQueue(jobs, {"seed-0/03_c": 99.0})
    taken = []
    while found := queue.take():
        taken.append(found)
        queue.end(found)
    assert taken == jobs


def test_a_job_waits_for_those_it_needs():
    first, second = job("02_b"), job("05_e", needs=["seed-0/02_b"])
    queue = JobQueue([first, second], {}, places=2)
    assert queue.take() is first and queue.take() is None
    queue.end(first)
    assert queue.take() is second


def test_what_is_not_in_the_run_or_done_before_is_not_waited_for():
    only = job("05_e", needs=["seed-0/02_b"])
    assert JobQueue([only], {}, places=2).take() is only
    both = [job("02_b"), only]
    assert JobQueue(both, {}, places=2, done=["seed-0/02_b"]).take() is only


def test_several_places_start_with_the_longest_path():
    jobs = [job("01_a"), job("02_b"), job("03_c", needs=["seed-0/02_b"]), job("04_d")]
    weights = {"seed-0/01_a": 5, "seed-0/02_b": 3, "seed-0/03_c": 9, "seed-0/04_d": 8}
    queue = JobQueue(jobs, weights, places=2)
    assert [queue.take().name for _ in range(3)] == ["02_b", "04_d", "01_a"]


def test_the_span_is_worked_out_by_hand():
    jobs = [job("01_a"), job("02_b"), job("03_c", needs=["seed-0/02_b"]), job("04_d")]
    weights = {"seed-0/01_a": 5, "seed-0/02_b": 3, "seed-0/03_c": 9, "seed-0/04_d": 8}
    assert makespan(jobs, weights) == 25
    assert makespan(jobs, weights, places=2) == 13  # 3 + 9, beside 8 + 5
    assert makespan(jobs, weights, places=9) == 12
    assert makespan(jobs, weights, done=["seed-0/04_d"]) == 17
    assert makespan([], {}, places=2) == 0
