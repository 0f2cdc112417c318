"""The builder of the web book, as a program: for the tests of the book."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def build_book(folder, **environment):
    """Run it; no repository is known unless the environment says so."""
    known = {k: v for k, v in os.environ.items() if not k.startswith("GITHUB_")}
    command = [sys.executable, "site/build_book.py", "--out", folder]
    return subprocess.run(
        command, cwd=ROOT, env=known | environment, capture_output=True, text=True
    )
