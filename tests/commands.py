"""Commands of the classroom, run inside the test's own process."""

from concurrent.futures import ThreadPoolExecutor

from click.testing import CliRunner

from classroom import cli


def invoked(*words):
    """What click's runner says of a command: stdout, stderr, exit_code.

    In a thread of its own: the browser of other tests leaves a running event loop in
    this one, in which no other can be started.
    """
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(CliRunner().invoke, cli.main, list(words)).result()
