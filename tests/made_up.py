"""Small made-up notebooks for the tests of the runner and the builder."""

import nbformat

PARAMETERS = """\
profile: str = "quick"  # smoke, quick or full
seed: int = 0  # one seed
dataset: str = "auto"  # which digits
device: str = "auto"  # cpu or cuda
out_dir: str = None  # where results go
epochs: int = None  # passes over the images
rate: float = 2e-4  # learning rate
"""
SLIDER = """\
import ipywidgets
slider = ipywidgets.IntSlider(description="step")
def show(step): {body}
ipywidgets.VBox([slider, ipywidgets.interactive_output(show, {{"step": slider}})])
"""
PICTURE = """\
import matplotlib.pyplot as plt
plt.imshow([[0, 1], [1, 0]]);
"""


def notebook(*cells, title="A made-up lesson", parameters=PARAMETERS):
    """A notebook: heading, parameters cell, then one code cell for each text."""
    code = [nbformat.v4.new_code_cell(text) for text in cells]
    if parameters:
        tags = {"tags": ["parameters"]}
        code.insert(0, nbformat.v4.new_code_cell(parameters, metadata=tags))
    heading = nbformat.v4.new_markdown_cell(f"# {title}")
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return nbformat.v4.new_notebook(cells=[heading, *code], metadata=metadata)


def write(path, *cells, **options):
    """Write `notebook(...)` to `path` and return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook(*cells, **options), path)
    return path


def source(*cells, prose="Some prose."):
    """A py:percent source with a heading, prose, the parameters and code cells."""
    head = f"# %% [markdown]\n# # A made-up lesson\n#\n# {prose}\n\n"
    parameters = f'# %% tags=["parameters"]\n{PARAMETERS}\n'
    return head + parameters + "".join(f"# %%\n{text}\n\n" for text in cells)
