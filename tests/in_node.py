"""The page's own scripts run by node, which playwright brings along: no browser."""

import json
import subprocess

import numpy as np
from playwright._impl._driver import compute_driver_executable

from gan_utils.explore.page import WEB, network_facts

FRAME = """
const fs = require("fs");
const scripts = %s, folder = %s + "/";
for (const path of scripts) {
  require("vm").runInThisContext(fs.readFileSync(path, "utf8"), { filename: path });
}
const wasm = new Uint8Array(fs.readFileSync(%s));
const text = (name) => fs.readFileSync(folder + name, "utf8");
const take = (name) => {
  const data = new Uint8Array(fs.readFileSync(folder + name));
  return new Float32Array(data.buffer);
};
const give = (value) => {
  const array = ArrayBuffer.isView(value) ? value : Float64Array.from(value);
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  fs.writeFileSync(folder + "answer", bytes);
};
(async () => { %s })().catch((error) => { console.error(error); process.exit(1); });
"""


def in_node(folder, program, *, scripts, gives="float32", **files):
    """The array that a JavaScript program gives, after `scripts` of web/ were run.

    folder: to work in. files: arrays (float32) and texts that the program reads by
    take("name") and text("name"); its answer it hands to give(array).
    Raises AssertionError with what node said.
    """
    for name, value in files.items():
        is_text = isinstance(value, str)
        data = value.encode() if is_text else np.asarray(value, np.float32).tobytes()
        (folder / name).write_bytes(data)
    paths = [str(WEB / name) for name in scripts]
    places = [json.dumps(p) for p in (paths, str(folder), str(WEB / "matrix.wasm"))]
    (folder / "program.js").write_text(FRAME % (*places, program), "utf-8")
    node = str(compute_driver_executable()[0])
    command = [node, str(folder / "program.js")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return np.frombuffer((folder / "answer").read_bytes(), gives)


def network_code(network, input_shape):
    """JavaScript that defines `facts`, what a page is told of a network."""
    return f"const facts = {json.dumps(network_facts(network, input_shape))};"
