"""Put measured numbers into README.md: minutes of each notebook, tables of quality.

python tools/fill_readme.py          # after notebooks, ship_weights, score, claims
python tools/fill_readme.py --check  # exit 1 if the README says something else
"""

import json
import re
import sys

import readme_tables
import speed_tables

from gan_utils.support import paths
from gan_utils.support.files import write_atomic

TABLES = {
    "counts": readme_tables.counts,
    "judges": readme_tables.judges,
    "quality": readme_tables.quality,
    "five_minutes": readme_tables.five_minutes,
    "throughput": speed_tables.throughput,
    "machine": speed_tables.machine,
    "time_to_quality": speed_tables.time_to_quality,
    "precision": speed_tables.precision,
    "startup": speed_tables.startup,
    "notebook_03": speed_tables.notebook_03,
    "latency": speed_tables.latency,
    "live_view": speed_tables.live_view,
    "runner": speed_tables.runner,
    "claims": readme_tables.claims,
    "recipes": readme_tables.recipes,
    "legend": lambda: readme_tables.LEGEND,
}


def minutes(text):
    """Fill the last column of the table of notebooks from notebooks/times.json."""
    times = json.loads((paths.notebooks_dir() / "times.json").read_text())["quick"]
    for name, entry in times.items():
        seconds = entry["seconds"]
        shown = "under 1" if seconds < 60 else f"{seconds / 60:.0f}"
        row = re.compile(rf"(\(notebooks/{name}\.ipynb\).*\| )[^|]+( \|\n)")
        text = row.sub(rf"\g<1>{shown}\g<2>", text)
    return text


def tables(text):
    """Fill what stands between <!-- name --> and <!-- end -->."""
    for name, lines in TABLES.items():
        place = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        if len(place.findall(text)) != 1:
            raise SystemExit(f"README.md must have one place for the table {name!r}")
        content = "\n".join(lines()).replace("\\", r"\\")
        text = place.sub(rf"\g<1>{content}\n\g<2>", text)
    return text


def main():
    file = paths.project_root() / "README.md"
    before = file.read_text(encoding="utf-8")
    after = tables(minutes(before))
    if "--check" in sys.argv:
        sys.exit(0 if before == after else "README.md is out of date: run this tool")
    write_atomic(file, after.encode())


if __name__ == "__main__":
    main()
