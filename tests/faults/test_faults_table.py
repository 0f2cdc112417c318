"""The table in README.md has every item, and names only tests that exist."""

import re
from pathlib import Path

HERE = Path(__file__).parent


ITEMS = [*range(1, 37), *range(43, 48)]


def test_the_table_has_every_item_and_its_tests_exist():
    text = (HERE / "README.md").read_text()
    assert [int(n) for n in re.findall(r"^\| (\d+) \|", text, re.M)] == ITEMS
    for row in re.findall(r"^\|.*\|$", text, re.M):
        file = None
        for name, test in re.findall(r"`([\w/]*\.py)?(?:::(\w+)[^`]*)?`", row):
            file = HERE.parent / name if name else file
            assert f"def {test}" in file.read_text(), (row, name, test)
