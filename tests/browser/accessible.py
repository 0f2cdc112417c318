"""What is wrong with a page for readers who do not see it, or on a small screen."""

from axe_playwright_python.sync_playwright import Axe

UNFOLD = "() => document.querySelectorAll('details').forEach(part => part.open = true)"
OUT_OF_SIGHT = """() => [...document.querySelectorAll("body *")].filter(element => {
    const box = element.getBoundingClientRect();
    const says = [...element.childNodes].some(
        node => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!says || box.width < 2 || box.right <= innerWidth + 1) return false;
    for (let up = element; up; up = up.parentElement)
        if (["auto", "scroll"].includes(getComputedStyle(up).overflowX)) return false;
    return true;
}).map(element => element.textContent.trim())"""


def faults_of(window):
    """Serious findings of axe, text that nobody can scroll to, and too wide a page.

    window: a page of the browser. All that is folded is unfolded first.
    """
    window.evaluate(UNFOLD)
    found = [
        f"{finding['id']}: {node['html']}"
        for finding in Axe().run(window).response["violations"]
        if finding["impact"] in ("serious", "critical")
        for node in finding["nodes"]
    ]
    found += [f"out of sight: {text}" for text in window.evaluate(OUT_OF_SIGHT)]
    width = window.evaluate("document.documentElement.scrollWidth")
    if width > window.viewport_size["width"]:
        found.append(f"{width} pixels wide")
    return found
