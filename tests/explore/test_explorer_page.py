"""What page.py writes, without a browser."""

import base64
import json
import re

import pytest
from flat_results import flat_result

from gan_utils.explore import page
from gan_utils.explore.page import explorer_page, inlined, weights_script
from gan_utils.recipes import RECIPES
from gan_utils.results import load_shipped


def test_scripts_and_styles_beside_a_page_are_put_inside(tmp_path):
    (tmp_path / "a.js").write_text('const end = "</script><!-- é";')
    (tmp_path / "b.css").write_text("p { color: red }")
    (tmp_path / "c.wasm").write_bytes(b"\0asm")
    (tmp_path / "page.html").write_text(
        '<link rel="stylesheet" href="b.css"><script src="a.js"></script>'
        '<script type="text/plain" id="c" src="c.wasm"></script>'
        '<script defer src="made.js"></script>'
    )
    text = inlined(tmp_path / "page.html", {"made.js": "1 + 1"})
    data = base64.b64encode(b"\0asm").decode()
    assert text == (
        "<style>p { color: red }</style>"
        r'<script>const end = "<\/script><\!-- é";</script>'
        f'<script type="text/plain" id="c">{data}</script>'
        "<script defer>1 + 1</script>"
    )


def test_a_script_that_is_not_there_is_named(tmp_path):
    (tmp_path / "page.html").write_text('<script src="lost.js"></script>')
    with pytest.raises(FileNotFoundError, match="lost.js"):
        inlined(tmp_path / "page.html")


def test_a_page_names_no_other_file_and_no_address(tmp_path):
    path = explorer_page(load_shipped("mlp"), tmp_path / "deep" / "page.html")
    text = path.read_text("utf-8")
    assert not re.search(r"<(script|link|img)[^>]*(src|href)=\"(?!data:)", text)
    assert not re.search(r"(src|href|fetch\()\s*=?\s*[\"']https?:", text)
    assert len(text) < page.LARGEST


@pytest.mark.parametrize("name", RECIPES)
def test_weights_are_those_that_ship(name):
    result = load_shipped(name)
    script = weights_script(result, k=2)
    told = json.loads(re.fullmatch(r'addNetwork\("(\w+)", (.*)\);\n', script)[2])
    shipped = (result.folder / "generator.safetensors").stat().st_size
    assert abs(len(base64.b64decode(told["weights"])) - shipped) < 1000
    assert told["input"] == [result.latent_dim] and len(told["directions"]) == 2
    assert told["labels"] == {"modern_labels": 10, "modern_clusters": 100}.get(name, 0)
    assert len(script) < page.LARGEST - 100_000  # so one recipe fits into a page


def test_too_many_results_for_a_page_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"page.html would have 11.\d MB, more than 8"):
        both = [load_shipped(name) for name in ("modern", "dcgan_28")]
        explorer_page(both, tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_a_generator_of_another_kind_is_refused_by_name(tmp_path):
    with pytest.raises(TypeError, match="Flat"):
        explorer_page(flat_result(), tmp_path / "page.html")
