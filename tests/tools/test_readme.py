"""The numbers and links of the README are those of the repository."""

import re
import subprocess
import sys


def test_numbers_in_the_readme_are_the_measured_ones(project):
    command = [sys.executable, "tools/fill_readme.py", "--check"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_link_leads_to_a_file_and_every_picture_has_a_text(project):
    text = (project / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"(!?)\[([^\]]*)\]\(([^)#]+)\)", text)
    local = [(mark, alt, link) for mark, alt, link in links if "://" not in link]
    assert len(local) >= 9
    for mark, alt, link in local:
        assert (project / link).is_file(), link
        assert not mark or len(alt) > 20, f"{link} needs a text"
