"""Put measured numbers into README.md: minutes of each notebook, counts of samples.

python tools/fill_readme.py          # after `make notebooks` and ship_weights.py
python tools/fill_readme.py --check  # exit 1 if the README says something else
"""

import json
import re
import sys

from gan_utils import paths
from gan_utils.files import write_atomic

SAMPLES = re.compile(r"(<!-- counts -->\n).*?(<!-- end -->)", re.DOTALL)


def minutes(text):
    """Fill the last column of the table of notebooks from notebooks/times.json."""
    times = json.loads((paths.notebooks_dir() / "times.json").read_text())["quick"]
    for name, seconds in times.items():
        shown = "under 1" if seconds < 60 else f"{seconds / 60:.0f}"
        row = re.compile(rf"(\(notebooks/{name}\.ipynb\).*\| )[^|]+( \|\n)")
        text = row.sub(rf"\g<1>{shown}\g<2>", text)
    return text


def counts(text):
    """A small table on the shipped generators, from their meta.json."""
    lines = [
        "| of 2000 samples (seed 1) | classes found | rarest | most common | speckles |"
    ]
    lines += ["|---|---|---|---|---|"]
    for name in ("mlp", "dcgan"):
        meta = json.loads((paths.weights_dir() / name / "meta.json").read_text())
        shares = [count / sum(meta["class_counts"]) for count in meta["class_counts"]]
        found = sum(share > 0.02 for share in shares)
        low, high = shares.index(min(shares)), shares.index(max(shares))
        cells = [
            name,
            str(found),
            f"{low}: {shares[low]:.1%}",
            f"{high}: {shares[high]:.1%}",
        ]
        lines.append(f"| {' | '.join(cells)} | {meta['speckles']:.2f} |")
    lines.append(f"| real test images | 10 | | | {meta['speckles_real']:.2f} |")
    table = "\n".join(lines)
    return SAMPLES.sub(rf"\g<1>{table}\n\g<2>", text)


def main():
    file = paths.project_root() / "README.md"
    before = file.read_text(encoding="utf-8")
    after = counts(minutes(before))
    if "--check" in sys.argv:
        sys.exit(0 if before == after else "README.md is out of date: run this tool")
    write_atomic(file, after.encode())


if __name__ == "__main__":
    main()
