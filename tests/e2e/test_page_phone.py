"""The page on a phone, 360 px wide: whatever it says is seen without scrolling sideways."""
import json
import os
import pathlib
import shutil

import pytest

from conftest import ROOT, Server, encoded
from page_tools import (answered, browser, digits, draw, give, measured, needs_browser, server, until,  # noqa: F401
                        visit, wait_for_verdict)
from strokes import placed
from test_bundled import drawn

pytestmark = needs_browser

LONG = "street_signs_of_the_northern_districts"
OUT = pathlib.Path(os.environ.get("CREDENCE_SCREENSHOTS", ROOT / "build/screenshots"))
# Boxes that scroll sideways or are cut, a page that does, and cards that something reaches out of.
CUT = """() => [document, ...[...document.querySelectorAll('iframe')].map(frame => frame.contentDocument)]
  .flatMap(one => [...one.querySelectorAll('*')])
  .filter(node => node.clientWidth > 0 && !node.matches('.unseen, thead'))
  .filter(node => node.matches('.card') && node.scrollHeight > node.clientHeight + 1
    || node.scrollWidth > node.clientWidth
    && (node.matches('html, .card') || getComputedStyle(node).overflowX !== 'visible'))
  .map(node => `${node.outerHTML.slice(0, 120)}: ${node.scrollWidth} px in ${node.clientWidth}`)"""
# Texts of which a part lies outside of the window.
OUTSIDE = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
  const found = [], hidden = '.unseen, .skip, .scroll:not(#table) thead';
  while (walk.nextNode()) {
    range.selectNodeContents(walk.currentNode);
    if ([...range.getClientRects()].some(box => box.width > 0 && (box.right > innerWidth + 1 || box.left < -1))
        && !walk.currentNode.parentElement.closest(hidden)) found.push(walk.currentNode.textContent.trim());
  }
  return found;
}"""


@pytest.fixture(scope="module")
def crowded(measured, tmp_path_factory):  # noqa: F811
    """Everything that makes a table wide: a canary under comparison, a refused version, long names."""
    models = tmp_path_factory.mktemp("crowded")
    shutil.copytree(measured / "digits", models / "digits")
    for version in ("2", "3"):
        shutil.copytree(models / "digits/1", models / "digits" / version)
    (models / "digits/3/saved_model.pb").write_bytes(b"cut short")
    (models / "digits/predictor.json").write_text(json.dumps({
        "labels": {"stable": 1, "canary": 2, "the_one_of_november": 2},
        "canary": {"share": 1, "shadow": True, "promote_when": {"all": ["agreement >= 0.9"], "inputs_min": 100000},
                   "rollback_when": {"any": ["errors_difference >= 0.02"], "inputs_min": 100}}}))
    kept = models / LONG / "1/assets.extra/credence"
    shutil.copytree(ROOT / "predictors/digits/1", models / LONG / "1")
    for name in ("reliability.profile", "golden.inputs"):
        (kept / name).unlink()
    contract = json.loads((kept / "input.json").read_text())
    contract["labels"] = [f"no_overtaking_by_lorries_of_more_than_{digit}_tonnes" for digit in range(10)]
    (kept / "input.json").write_text(json.dumps(contract))
    server = Server("--models", models, "--versions", "all")
    yield server
    assert server.stop() == 0, "".join(server.lines)


def drawn_on(page):
    draw(page, placed("7"))
    answered(page)
    page.wait_for_selector("#path canvas")


def chosen(page):
    page.get_by_label("Predictor").select_option(LONG)
    drawn_on(page)


def several(page):
    give(page, "drop", [("0.png", "image/png", encoded(drawn("0"))), ("notes.txt", "text/plain", b"no picture"),
                        ("a_picture_whose_name_a_scanner_made_20261130.png", "image/png", encoded(drawn("1")))])
    until(page, "document.querySelectorAll('#table tbody .badge').length === 2")
    page.wait_for_selector("#table .thumb")


def live(page):
    until(page, "document.querySelectorAll('#canaries table').length === 2")
    page.wait_for_selector("#versions tbody tr:nth-child(4)")


def opened(page):
    page.wait_for_selector("#schemas details.op")
    page.evaluate("document.querySelectorAll('details.op').forEach(one => { one.open = true; })")
    until(page, "[...document.querySelectorAll('#operations details.op > div')].every(one => one.children.length > 0)")


def report(page):
    page.frame_locator("iframe").locator(".plot").first.wait_for()


WAYS = {"try": ("/", drawn_on), "long": ("/", chosen), "table": ("/", several), "live": ("/live", live),
        "docs": ("/docs", opened), "predictor": ("/predictors/digits", report),
        "plain": (f"/predictors/{LONG}", lambda page: page.wait_for_selector("#card section:nth-child(5)")),
        "refused": ("/predictors/digits?version=3", lambda page: page.wait_for_selector("#notice:not([hidden])"))}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_cut_or_scrolls_sideways(visit, crowded, way, scheme):  # noqa: F811
    path, act = WAYS[way]
    page = visit(path, base=f"http://127.0.0.1:{crowded.port}", size=(360, 780), scheme=scheme,
                 complains=way == "table")
    act(page)
    OUT.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=OUT / f"phone-{way}-{scheme}.png", full_page=True)
    assert page.evaluate(CUT) == []
    assert page.evaluate(OUTSIDE) == []
