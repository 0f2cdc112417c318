"""The maths of the game's page, run by the node that playwright brings along."""

import json
import subprocess
from pathlib import Path

import numpy as np
from playwright._impl._driver import compute_driver_executable

ROOT = Path(__file__).resolve().parents[1]

FRAME = """
const fs = require("fs"), vm = require("vm");
const {{ site, trials, matrix, wasm, given }} = JSON.parse(fs.readFileSync(0, "utf8"));
for (const file of [matrix, trials]) {{
  vm.runInThisContext(fs.readFileSync(file, "utf8"));
}}
const engine = require(site)();
const bytes = new Uint8Array(fs.readFileSync(wasm));
const inWasm = () => wasmMemory(bytes, engine.MEGABYTES);
(async () => {{ {program} }})().then(
  (answer) => fs.writeFileSync(1, JSON.stringify(answer)),
  (error) => {{ console.error(error); process.exit(1); }});
"""


def in_node(program, **given):
    """What a JavaScript program returns, which sees `engine`, `given` and `inWasm()`.

    given: numbers, texts, lists and arrays. Raises AssertionError with what node said.
    """
    web, play = ROOT / "gan_utils" / "explore" / "web", ROOT / "site" / "play"
    files = {"site": play / "game_engine.js", "trials": play / "game_trials.js"}
    files |= {"matrix": web / "matrix.js", "wasm": web / "matrix.wasm"}
    sent = {name: str(path) for name, path in files.items()} | {"given": given}
    node = str(compute_driver_executable()[0])
    done = subprocess.run(
        [node, "-e", FRAME.format(program=program)],
        input=json.dumps(sent, default=lambda array: np.asarray(array).tolist()),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
