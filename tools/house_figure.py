"""Draw figures/house.svg: the rooms in their layers, and who imports whom.

    python tools/house_figure.py          # part of `make figures`

Layers are those of the contracts in pyproject.toml, arrows the imports that grimp
finds. An arrow that follows from others is left out.
"""

import re
import tomllib
from pathlib import Path

import grimp

from gan_utils.support.files import write_atomic

ROOT = Path(__file__).resolve().parent.parent
WIDTH, STEP, HEIGHT, GAP = 840, 72, 42, 8  # of the picture, a row, a box; between boxes
FLOOR, ROOM, CLASS = "#fff3d6", "#e3edf7", "#e6f2e1"  # colours of the boxes
LEGEND = [
    (FLOOR, "ground floor: a module that a notebook teaches"),
    (ROOM, "room of gan_utils"),
    (CLASS, "room of classroom"),
]


def layers():
    """[[room, ...], ...], high to low, each room as package.name."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    contracts = tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    rows = {c["containers"][0]: c["layers"] for c in contracts if "layers" in c}
    return [
        [f"{package}.{name}" for name in re.findall(r"\w+", row)]
        for package in ("classroom", "gan_utils")
        for row in rows[package]
    ]


def arrows(rooms):
    """{(importer, imported)} among rooms, without those that follow from others."""
    graph = grimp.build_graph("gan_utils", "classroom", cache_dir=None)
    room_of = {m: ".".join(m.split(".")[:2]) for m in graph.modules}
    below = {room: set() for room in rooms}
    for module, room in room_of.items():
        found = {room_of[m] for m in graph.find_modules_directly_imported_by(module)}
        if room in below:
            below[room] |= found & below.keys() - {room}
    return {
        (room, target)
        for room in rooms
        for target in below[room]
        if not any(target in reached(below, via) for via in below[room] - {target})
    }


def reached(below, room):
    """All that a room imports, itself or through others."""
    seen, todo = set(), [room]
    while todo:
        for target in below[todo.pop()] - seen:
            seen.add(target)
            todo.append(target)
    return seen


def about(room):
    """The colour of a room's box, and what stands under its name."""
    path = ROOT / room.replace(".", "/")
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    texts = [file.read_text(encoding="utf-8") for file in files]
    lines = sum(text.count("\n") for text in texts)
    taught = re.search(r"Taught in notebooks? (\d\d)", texts[0])
    if room.startswith("classroom"):
        return CLASS, f"{lines} lines"
    if path.is_dir():
        return ROOM, f"{lines} lines"
    return FLOOR, f"{lines} lines" + (f", nb {taught[1]}" if taught else "")


def places(rows):
    """{room: (x, y)} of the upper left corners, and the width of each row's boxes."""
    found = {}
    for number, row in enumerate(rows):
        wide = min(130, (WIDTH - 2 * GAP) / len(row) - GAP)
        left = (WIDTH - len(row) * (wide + GAP) + GAP) / 2
        if len(row) == 1:  # side by side, so that arrows have room between them
            left += 130 * (number % 2 * 2 - 1)
        for i, room in enumerate(row):
            found[room] = (left + i * (wide + GAP), 40 + number * STEP, wide)
    return found


def line(start, end):
    """A curve from the bottom of a box to the top of another, or to a neighbour."""
    (x, y, wide), (to_x, to_y, to_wide) = start, end
    x, to_x = x + wide / 2, to_x + to_wide / 2
    if y == to_y:  # neighbours: a bow under the row
        y, bow = y + HEIGHT, 16
        return f"M{x:.0f},{y} C{x:.0f},{y + bow} {to_x:.0f},{y + bow} {to_x:.0f},{y}"
    y, half = y + HEIGHT, (to_y - y - HEIGHT) / 2
    return (
        f"M{x:.0f},{y} C{x:.0f},{y + half:.0f} {to_x:.0f},{to_y - half:.0f} "
        f"{to_x:.0f},{to_y - 3}"
    )


def svg():
    """The picture as text."""
    rows = layers()
    at = places(rows)
    height = 40 + len(rows) * STEP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" font-family="sans-serif">',
        '<rect width="100%" height="100%" fill="white"/>',
        '<defs><marker id="tip" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0,0 L6,3 L0,6 z" fill="#7a8794"/>'
        "</marker></defs>",
    ]
    for i, (color, text) in enumerate(LEGEND):
        x = 8 + (0, 340, 530)[i]
        parts.append(
            f'<rect x="{x}" y="8" width="14" height="14" fill="{color}" '
            'stroke="#8a8a8a"/>'
            f'<text x="{x + 20}" y="20" font-size="13">{text}</text>'
        )
    for importer, imported in sorted(arrows(list(at))):
        parts.append(
            f'<path d="{line(at[importer], at[imported])}" fill="none" '
            'stroke="#7a8794" stroke-width="1.2" marker-end="url(#tip)"/>'
        )
    for room, (x, y, wide) in at.items():
        color, below = about(room)
        middle = x + wide / 2
        parts.append(
            f'<rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{HEIGHT}" '
            f'rx="5" fill="{color}" stroke="#8a8a8a"/>'
            f'<text x="{middle:.1f}" y="{y + 18}" font-size="14" '
            f'font-weight="bold" text-anchor="middle">{room.split(".")[1]}'
            f'</text><text x="{middle:.1f}" y="{y + 34}" font-size="11" '
            f'text-anchor="middle">{below}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    write_atomic(ROOT / "figures" / "house.svg", svg().encode())
