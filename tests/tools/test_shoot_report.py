"""The README shows a run as its readers will get it: whole, and at profile quick."""

import json

import pytest
import shoot_report
from click.testing import CliRunner


@pytest.mark.parametrize(
    ("profile", "state"), [("smoke", "done"), ("quick", "interrupted")]
)
def test_no_other_run_becomes_the_picture(tmp_path, profile, state):
    about = {"profile": profile, "state": state}
    (tmp_path / "status.json").write_text(json.dumps(about))
    done = CliRunner().invoke(shoot_report.main, [str(tmp_path)])
    assert done.exit_code == 1
    assert f"is no whole run at quick: profile {profile}, {state}" in done.output
