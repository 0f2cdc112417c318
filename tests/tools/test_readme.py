"""What the pages for people say exists: numbers, links, pictures, commands, files."""

import importlib
import re
import subprocess
import sys

import fill_readme
import pytest

import gan_utils

PAGES = ["README.md", "for-instructors.md", "BENCHMARKS.md", "CONTRIBUTING.md"]
COMMAND = re.compile(r"\b(?:make|python(?: -m)?) [^`\n|&]+")
OPTION = re.compile(r"(?<!\S)--?[a-zA-Z][\w-]*")


@pytest.fixture(params=PAGES)
def page(project, request):
    """The text of one page; a command may go on after a backslash."""
    text = (project / request.param).read_text(encoding="utf-8")
    return text.replace("\\\n", " ")


def commands(text):
    """Commands in code, each without its comment: whole lines and `inline` ones."""
    blocks = "\n".join(re.findall(r"```bash\n(.*?)```", text, re.DOTALL))
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    inline = [found.replace("\n", " ") for found in re.findall(r"`([^`]+)`", prose)]
    for line in [*re.sub(r"(?m)\s*#.*$", "", blocks).splitlines(), *inline]:
        yield from (found.strip() for found in COMMAND.findall(line))


def test_numbers_are_the_measured_ones(project):
    command = [sys.executable, "tools/fill_readme.py", "--check"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_readme_is_short_and_opens_with_a_picture(project):
    text = (project / "README.md").read_text(encoding="utf-8")
    assert text.count("\n") <= 160
    assert re.search(r"!\[.*\]\(figures/.*\)", "\n".join(text.splitlines()[:5]))


def test_every_link_leads_somewhere_and_every_picture_has_a_text(project, page):
    links = re.findall(r"(!?)\[([^\]]*)\]\(([^)]+)\)", page)
    local = [link for link in links if "://" not in link[2]]
    assert local
    for mark, alt, link in local:
        name, _, anchor = link.partition("#")
        target = project / name if name else None
        assert target is None or target.is_file(), link
        assert not anchor or anchor in anchors(target.read_text() if target else page)
        assert not mark or len(alt) > 20, f"{link} needs a text"


def anchors(text):
    """What GitHub calls the headings of a page."""
    titles = re.findall(r"(?m)^#+ (.*)$", text)
    return {re.sub(r"[^\w\- ]", "", t.lower()).replace(" ", "-") for t in titles}


def test_every_command_and_each_of_its_options_exists(project, page):
    found = list(commands(page))
    assert found
    for command in found:
        assert not problem(project, command), f"{command}: {problem(project, command)}"


def problem(project, command):
    """What is wrong with a command; None if it could run."""
    program, *words = command.split()
    if program == "make":
        rules = (project / "Makefile").read_text()
        wanted = [word for word in words if re.fullmatch("[a-z-]+", word)]
        wanted += re.findall(r"\b([A-Z_]+)=", command)
        missing = [w for w in wanted if not re.search(rf"(?m)^{w} *(:|\?=)", rules)]
        return f"no {missing} in Makefile" if missing else None
    options = set(OPTION.findall(" ".join(words[1:])))
    if words[0] != "-m":
        script = project / words[0]
        if not script.is_file():
            return f"no {script.name}"
        known = set(re.findall(r"--[\w-]+", script.read_text())) | shared(script)
        return f"no {options - known}" if options - known else None
    if words[1] not in ("gan_utils", "classroom"):
        return None  # a tool of somebody else
    group = importlib.import_module(f"{words[1]}.cli").main
    name = words[2] if words[2:] else ""
    if name not in group.commands:
        return None if name in ("", "--help") else f"no command {name!r}"
    known = {text for param in group.commands[name].params for text in param.opts}
    options -= known | {"--help", "-m"}
    return f"no {options} of {name}" if options else None


def shared(script):
    """Options that a program of benchmarks/ has from _common.py."""
    common = script.parent / "_common.py"
    return (
        set(re.findall(r"--[\w-]+", common.read_text())) if common.is_file() else set()
    )


@pytest.mark.parametrize(
    "command",
    [
        "make nothing",
        "make run COLOUR=red",
        "python tools/nothing.py",
        "python tools/fill_readme.py --loud",
        "python -m gan_utils run 02",
        "python -m classroom run --loud",
    ],
)
def test_a_command_that_does_not_exist_is_found(project, command):
    assert problem(project, command)


def test_every_file_that_is_named_in_code_exists(project, page):
    named = re.findall(
        r"`((?:gan_utils|classroom|tests|tools|benchmarks)/[\w./]+)`", page
    )
    assert not [name for name in named if not (project / name).exists()]


def test_a_spread_is_given_only_for_several_runs():
    assert fill_readme.spread([120.0], "{:.1f}", 60) == "2.0"
    assert fill_readme.spread(iter([1.0, 3.0]), "{:.1f}") == "2.0 ± 1.4"


def test_the_table_of_five_minutes_keeps_the_order_of_the_first_judge(
    monkeypatch,
):
    values = {"fd": 2.0, "coverage": 0.5, "class_kl": 0.01}
    row = {"seed": 0, "steps": 1200, "first": values, "second": values}
    rows = [{**row, "recipe": name} for name in ("mlp_plain", "modern")]
    order = {"first": {"order": ["modern", "mlp_plain"]}}
    made_up = {"seconds": 300.0, "rows": rows, "conclusion": order}
    real = fill_readme.read
    monkeypatch.setattr(
        fill_readme,
        "read",
        lambda *parts: made_up if "five_minutes.json" in parts else real(*parts),
    )
    text = "<!-- five_minutes -->\n<!-- end -->"
    lines = fill_readme.filled(text, fill_readme.template()).splitlines()
    _, head, _, first, second, _ = lines
    assert head.startswith("| after 300 s | seeds | steps |")
    assert first == "| `modern` | 0 | 1,200 | 2.00 | 2.00 | 0.500 | 0.0100 |"
    assert second.startswith("| `mlp_plain` |")


def test_a_place_without_a_block_is_an_error():
    with pytest.raises(KeyError, match="nothing"):
        fill_readme.filled("<!-- nothing -->\n<!-- end -->", fill_readme.template())


def test_the_citation_names_the_version_of_the_package(project):
    text = (project / "CITATION.cff").read_text()
    assert f"version: {gan_utils.__version__}\n" in text
    assert f"## [{gan_utils.__version__}]" in (project / "CHANGELOG.md").read_text()


def test_times_and_their_machines_fill_the_table_of_notebooks(monkeypatch):
    times = {"01_a": {"seconds": 20}, "02_b": {"seconds": 130}}
    for machine, entry in zip(("4 cores", "2 cores"), times.values()):
        entry["machine"] = machine
    monkeypatch.setattr(fill_readme, "read", lambda *parts: {"quick": times})
    rows = (
        "| [1](notebooks/01_a.ipynb) | x | ? |\n| [2](notebooks/02_b.ipynb) | x | ? |\n"
        "For `quick` on 1 core, alone."
    )
    filled = fill_readme.minutes(rows)
    assert filled.count("| under 1 |") == 1
    assert "(notebooks/02_b.ipynb) | x | 2 |" in filled
    assert "For `quick` on 2 cores or 4 cores, alone." in filled


def test_widths_are_told_as_means_over_the_trainings_of_a_recipe():
    def row(value):
        scores = dict.fromkeys(("fd", "precision", "recall", "coverage"), value)
        judges = {which: scores | {"legibility": 1.0} for which in ("first", "second")}
        return {"widths": {"1.1": judges}}

    rows = {"modern_labels, seed 0": row(0.2), "modern_labels, seed 1": row(0.4)}
    rows["modern_clusters, seed 0"] = row(0.5)
    labels, clusters = fill_readme.width_rows(rows)
    assert labels[:3] == ["modern_labels", "1.1", "0.300 / 0.300"]
    assert clusters[-1] == "1.000 / 1.000" and len(clusters) == 7


def test_the_readme_names_the_machine_of_its_minutes(project):
    assert re.search(r"`quick` on \d+ cores with", (project / "README.md").read_text())
