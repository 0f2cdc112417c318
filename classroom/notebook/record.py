"""What one run of a notebook leaves for programs: status, metrics, environment.

Three JSON files in the run's folder. `metrics.json` holds no time and no date: the same
job on the same machine with the same threads writes the same bytes.
"""

import importlib.metadata
import os
import platform

import numpy as np

from gan_utils.support import files, versions

PACKAGES = "torch torchvision numpy torchmetrics papermill nbclient ipykernel".split()
VARIABLES = ("OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "GAN_DATA_DIR")


def write_env(folder, job):
    """env.json: on what this notebook ran. Written before it starts."""
    values = {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": versions.processor(),
        "processors": getattr(os, "process_cpu_count", os.cpu_count)(),
        "packages": {name: version(name) for name in PACKAGES},
        "variables": {k: os.environ[k] for k in VARIABLES if k in os.environ},
        "notebook": job.name,
        "parameters": job.parameters,
    }
    files.write_json(folder / "env.json", values)


def version(package):
    """Its version, or "missing"."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def write_metrics(folder, job, *, status, cut):
    """metrics.json: the numbers in what the lesson left, and its data set."""
    made = folder / "generator.safetensors"
    found = files.read_json(folder / "meta.json")
    values = {
        "notebook": job.name,
        "profile": job.parameters.get("profile"),
        "seed": job.seed,
        "dataset": found.get("dataset"),
        "note": found.get("note"),
        "status": status,
        "cut_by_budget": cut,
        "metrics": metrics(folder) | judged(folder, found, job.parameters),
        "weights": files.sha256_bytes(made.read_bytes()) if made.is_file() else None,
    }
    files.write_json(folder / "metrics.json", values)


def metrics(folder):
    """{name: number} of the files that a lesson writes: meta, history, results."""
    found, meta = {}, files.read_json(folder / "meta.json")
    if "speckles" in meta:
        found["lonely pixels"] = meta["speckles"]
    if sum(meta.get("class_counts", [])):
        shares = np.array(meta["class_counts"]) / sum(meta["class_counts"])
        found["rarest class"] = shares.min()
        found["classes"] = int((shares > 0.2 / len(shares)).sum())
    for name, values in files.read_json(folder / "history.json").items():
        if name in ("d_loss", "g_loss") and values:
            found[name] = np.mean(values[-max(1, len(values) // 10) :])
    for name, runs in files.read_json(folder / "results.json").get("rows", {}).items():
        for key in runs[0]:
            values = [run[key] for run in runs]
            if all(isinstance(value, int | float) for value in values):
                found[f"{key}, {name}"] = np.mean(values)
    return {name: round(float(value), 6) for name, value in found.items()}


def judged(folder, meta, parameters):
    """{"FD", "coverage", "legible"} of 10 000 pictures, by the first judge that ships.

    {} without a generator, for another data set than MNIST, and at smoke, where it
    would take longer than the lesson.
    """
    there = (folder / "generator.safetensors").is_file()
    if not there or meta.get("dataset") != "MNIST" or "smoke" in parameters.values():
        return {}
    from gan_utils import data, results
    from gan_utils.judge import reference, verdict

    known = reference.open_reference(data.load("mnist"))
    result = results.load_result(folder)
    found = verdict.judge_generator(known, result, quick=True)["metrics"]
    names = {"FD": "fd", "coverage": "coverage", "legible": "legibility"}
    return {shown: found[name] for shown, name in names.items()}
