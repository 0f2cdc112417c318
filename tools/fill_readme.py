"""Write BENCHMARKS.md, and the measured numbers of the other pages.

    python tools/fill_readme.py          # after notebooks, ship_weights, score, claims
    python tools/fill_readme.py --check  # exit 1 if a page says something else

BENCHMARKS.md is tools/BENCHMARKS.md.jinja with the numbers of weights/ and benchmarks/.
Its blocks also fill the places <!-- NAME -->...<!-- end --> of the other pages, and
notebooks/times.json the minutes in README.md.
"""

import json
import re
import statistics
import sys

import jinja2

from gan_utils.recipes import CLASSICS, RECIPES, describe
from gan_utils.support import paths
from gan_utils.support.files import write_atomic

PAGES = ("README.md", "for-instructors.md")
COLUMNS = [  # of the table of five minutes: whose, what, how it is written
    ("first", "fd", "{:.2f}"),
    ("second", "fd", "{:.2f}"),
    ("first", "coverage", "{:.3f}"),
    ("first", "class_kl", "{:.4f}"),
]
SCORES = [  # of the table of scores, likewise
    ("first", "fd", "{:.2f}"),
    ("second", "fd", "{:.2f}"),
    ("third", "fd", "{:.2f}"),
    ("first", "coverage", "{:.3f}"),
    ("third", "legibility", "{:.3f}"),
]
PLACE = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def read(*parts):
    """The object in a JSON file of the project."""
    return json.loads(paths.project_root().joinpath(*parts).read_text("utf-8"))


def spread(values, form, per=1):
    """Mean, with the standard deviation if there are several."""
    values = [value / per for value in values]
    text = form.format(statistics.mean(values))
    several = len(values) > 1
    return f"{text} ± {form.format(statistics.stdev(values))}" if several else text


def scored(rows, judge, key):
    """A metric of each training of which the judge has seen it."""
    found = (row.get(judge, {}).get("metrics", {}) for row in rows)
    return [metrics[key] for metrics in found if key in metrics]


def score(rows, judge, key, form):
    """Its mean over trainings as text, "" if the judge has seen none of them."""
    found = scored(rows, judge, key)
    return form.format(statistics.mean(found)) if found else ""


def floor(rows, judge, key, form, part=0):
    """What real images score as text, or with part=1 its spread; "" if not known."""
    found = [row[judge]["floors"] for row in rows if judge in row]
    known = [floors[key][part] for floors in found if key in floors]
    return form.format(known[0]) if known else ""


def several_sets(rows):
    """What each training gave that was judged on several sets of latents."""
    sets = [row["first"].get("sets", []) for row in rows]
    return [[s["metrics"]["fd"] for s in found] for found in sets if len(found) > 1]


def over_latents(rows):
    """The spread that other latents alone make: FD, first judge.

    Mean over trainings; "" where none was judged on several sets.
    """
    each = [statistics.stdev(found) for found in several_sets(rows)]
    return f"{statistics.mean(each):.2f}" if each else ""


def over_trainings(rows):
    """The spread over trainings: FD, first judge. "" for a single one."""
    found = scored(rows, "first", "fd")
    return f"{statistics.stdev(found):.2f}" if len(found) > 1 else ""


def width_rows(rows):
    """Cells of the table of widths: means over the trainings of a recipe, by judge.

    rows: of benchmarks/control.json.
    """
    for name in ("modern_labels", "modern_clusters"):
        each = [r["widths"] for key, r in rows.items() if key.startswith(f"{name}, ")]
        for width, judges in each[0].items():
            cells = [
                [statistics.mean(one[width][j][score] for one in each) for j in judges]
                for score in ("fd", "precision", "recall", "coverage", "legibility")
            ]
            texts = [" / ".join(f"{value:.3f}" for value in cell) for cell in cells]
            yield [name, width, *texts]


def facts(name):
    """{field: (value, mark)} of a classic recipe."""
    return {field: (value, mark) for field, value, mark, _ in describe.facts(name)}


def template():
    """The template, with all that it may ask for."""
    look = jinja2.Environment(
        loader=jinja2.FileSystemLoader(paths.project_root() / "tools"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    look.filters["facts"] = facts
    look.filters["mean_of"] = lambda found: statistics.mean(found.values())
    look.filters["lowest_of"] = lambda found: min(found.values())
    look.globals |= {
        "benchmark": lambda name: read("benchmarks", f"{name}.json"),
        "shipped": lambda name: read("weights", name, "meta.json"),
        "judge": lambda name: read("weights", "judge", f"{name}.json"),
        "scores": read("weights", "scores.json"),
        "reference": read("notebooks", "reference.json"),
        "recipes": list(RECIPES),
        "classics": list(CLASSICS),
        "marks": describe.MARKS,
        "mean": lambda values: statistics.mean(list(values)),
        "median": statistics.median,
        "spread": spread,
        "width_rows": width_rows,
        "columns": COLUMNS,
        "score_columns": SCORES,
        "score": score,
        "floor": floor,
        "several_sets": several_sets,
        "over_latents": over_latents,
        "over_trainings": over_trainings,
    }
    return look.get_template("BENCHMARKS.md.jinja")


def filled(text, source):
    """A page with every place filled by the block of that name."""

    def fill(match):
        block = source.blocks[match[2]](source.new_context())
        return f"{match[1]}{''.join(block).strip()}\n{match[3]}"

    return PLACE.sub(fill, text)


def minutes(text):
    """Fill the last column of the table of notebooks from notebooks/times.json.

    And below it the machine that took them; several where they are from several.
    """
    times = read("notebooks", "times.json")["quick"]
    machines = " or ".join(sorted({entry["machine"] for entry in times.values()}))
    text = re.sub(r"(`quick` on )[^,]+,", rf"\g<1>{machines},", text)
    for name, entry in times.items():
        seconds = entry["seconds"]
        shown = "under 1" if seconds < 60 else f"{seconds / 60:.0f}"
        row = re.compile(rf"(\(notebooks/{name}\.ipynb\).*\| )[^|]+( \|\n)")
        text = row.sub(rf"\g<1>{shown}\g<2>", text)
    return text


def main():
    source = template()
    wanted = {"BENCHMARKS.md": source.render()}
    for name in PAGES:
        text = (paths.project_root() / name).read_text("utf-8")
        wanted[name] = filled(minutes(text), source)
    for name, text in wanted.items():
        file = paths.project_root() / name
        if "--check" not in sys.argv:
            write_atomic(file, text.encode())
        elif not file.is_file() or file.read_text("utf-8") != text:
            sys.exit(f"{name} is out of date: python tools/fill_readme.py")


if __name__ == "__main__":
    main()
