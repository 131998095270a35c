"""The page, in a real browser, looked at closely: nothing in the console, keys alone, code that runs."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import playwright
import pytest

from conftest import ROOT, encoded
from page_tools import (answered, browser, card, digits, draw, give, holds, measured, needs_browser,  # noqa: F401
                        server, until, visit, wait_for_verdict)
from strokes import placed
from test_bundled import drawn

pytestmark = needs_browser
NODE = pathlib.Path(playwright.__file__).parent / "driver/node"


def test_no_page_says_anything_in_the_console(visit, start, measured):
    """`visit` fails the test at an error, such as a request that failed, or a warning."""
    base = f"http://127.0.0.1:{start('--models', measured).port}"
    page = visit(base=base, permissions=["camera", "clipboard-write"])
    for act in ("Undo", "Clear"):
        draw(page, placed("4"))
        answered(page)
        page.get_by_role("button", name=act).click()
    draw(page, placed("4"))
    answered(page)
    for name in ("Python", "JavaScript", "Raw answer", "curl"):
        page.get_by_role("tab", name=name).click()
    page.get_by_role("button", name="Copy").click()
    page.wait_for_selector("text=Copied")
    for sample in page.locator(".sample").all():
        sample.click()
        page.wait_for_selector("#shown canvas")
        wait_for_verdict(page, "reliable", "uncertain", "unfamiliar")
        page.get_by_role("button", name="Draw again").click()
    give(page, "drop", [(f"{digit}.png", "image/png", encoded(drawn(digit))) for digit in "01"])
    until(page, "document.querySelectorAll('#table tbody .badge').length === 2")
    page.locator("[data-column=name]").click()
    page.get_by_role("button", name="Camera").click()
    page.locator("#camera button", has_text="Close").click()
    page = visit("/live", base=base)
    until(page, "Number(document.body.dataset.number) > 0")
    page.get_by_role("button", name="1 hour").click()
    page = visit("/docs", base=base)
    for place in ("#operations", "#schemas"):
        page.wait_for_selector(f"{place} details.op")
        for summary in page.locator(f"{place} summary").all():
            summary.click()
    page = visit("/predictors/digits", base=base)
    page.frame_locator("iframe").locator(".plot").first.wait_for()
    page = visit("/predictors/digits?version=8", base=base)
    page.wait_for_selector("#notice:not([hidden])")


def test_a_version_without_a_report_or_model_card_is_not_asked_for_them(visit, start, digits):
    server = start("--models", digits)
    page = visit("/predictors/digits", base=f"http://127.0.0.1:{server.port}")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.wait_for_selector("text=keeps no report card")
    assert not [url for url in asked if url.endswith(("/report", "/model-card")) or "/report?" in url]
    one = server.get("/v1/predictors/digits").json()
    assert (one["reportCard"], one["modelCard"]) == (False, False)


def test_everything_is_reached_by_the_tab_key_and_seen(visit):
    page = visit()
    draw(page, placed("7"))
    answered(page)
    page.locator(".brand").focus()
    page.keyboard.press("Shift+Tab")
    seen = []
    for _ in range(60):
        focused = page.evaluate("""() => {
          const node = document.activeElement;
          if (node === document.body) return null;
          const style = getComputedStyle(node), box = node.getBoundingClientRect();
          return {name: node.ariaLabel || node.id || node.textContent.slice(0, 20),
            outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0,
            inside: box.width > 0 && box.left >= 0 && box.right <= innerWidth + 1};
        }""")
        if focused is None:
            break  # after the last one
        seen.append(focused)
        page.keyboard.press("Tab")
    names = [one["name"] for one in seen]
    for name in ("Skip to the content", "Live", "Undo", "Clear", "pen", "Open files…", "Camera", "an empty sheet",
                 "digits, version 1", "code-tab-curl", "Copy", "code-text", "OpenAPI"):
        assert name in names, names
    assert any(name.startswith("Drawing area") for name in names), names
    assert [one for one in seen if not (one["outline"] and one["inside"])] == []


def test_undo_takes_a_picture_off_the_sheet(visit):
    page = visit()
    page.locator("[data-sample='7']").click()
    wait_for_verdict(page, "reliable")
    page.wait_for_selector("#shown canvas")
    page.get_by_role("button", name="Undo").click()
    wait_for_verdict(page, "waiting")
    assert not page.locator("#shown").is_visible()
    draw(page, placed("1"))
    answered(page)
    assert card(page)["label"] == "1"


@pytest.mark.parametrize("language", ["Python", "JavaScript"])
@pytest.mark.parametrize("how", ["drawing", "file"])
def test_the_code_that_is_shown_runs(visit, tmp_path, language, how):
    page = visit()
    if how == "file":
        page.locator("[data-sample='9']").click()
        wait_for_verdict(page, "reliable", "uncertain", "unfamiliar")
        with page.expect_download() as download:
            page.get_by_role("button", name="Save the picture").click()
        assert download.value.suggested_filename == "sample-9.jpg"
        shutil.copy(download.value.path(), tmp_path / "sample-9.jpg")
    else:
        draw(page, placed("2"))
        answered(page)
        assert not page.get_by_role("button", name="Save the picture").is_visible()
    shown = card(page)
    page.get_by_role("tab", name=language).click()
    program = tmp_path / ("ask.py" if language == "Python" else "ask.mjs")
    program.write_text(page.locator("#code-text").inner_text())
    done = subprocess.run([sys.executable if language == "Python" else NODE, program], cwd=tmp_path, text=True,
                          env={**os.environ, "no_proxy": "127.0.0.1"}, capture_output=True, timeout=60)
    assert done.stdout.startswith(f"{shown['label']} {shown['verdict']} "), done.stderr


def test_live_shows_a_canary_with_its_conditions(visit, start, tmp_path):
    for version in ("1", "2"):
        shutil.copytree(ROOT / "predictors/digits/1", tmp_path / "digits" / version)
    (tmp_path / "digits/predictor.json").write_text(json.dumps({
        "labels": {"stable": 1, "canary": 2},
        "canary": {"share": 1, "shadow": True, "promote_when": {"all": ["agreement >= 0.9"], "inputs_min": 100000}}}))
    server = start("--models", tmp_path)
    page = visit("/live", base=f"http://127.0.0.1:{server.port}")
    # A shadow skips what it has no time for, and the page looks once a second.
    shown = "['1, stable', '2, canary'].every(name => new RegExp(`^${name}\\\\s+\\\\d+\\\\s+> 99.9 %`, 'm')" \
            ".test(document.getElementById('canaries').innerText))"
    end = time.monotonic() + 60
    while not holds(page, shown, None):
        assert time.monotonic() < end, page.locator("#canaries").inner_text()
        server.post("/v1/predict", content=encoded(drawn("7"))).raise_for_status()
    said = page.locator("#canaries").inner_text()
    assert "digits: version 2 against 1" in said and "the stable version answers them" in said
    rows = page.locator("#canaries table").nth(1).locator("tbody tr")
    assert rows.locator("td").nth(1).inner_text() == "agreement >= 0.9"
    assert rows.locator("td").nth(2).inner_text() == "too few inputs yet"
    labels = page.locator("#versions tbody tr td:nth-child(4)").all_inner_texts()
    assert labels == ["canary", "stable, answers by default"]


def test_live_keeps_the_focus_while_its_figures_change(visit, server):
    page = visit("/live")
    until(page, "Number(document.body.dataset.number) > 0")
    page.locator("#versions a").first.focus()
    number = page.evaluate("Number(document.body.dataset.number)")
    for _ in range(3):
        server.post("/v1/predict?version=1", content=encoded(drawn("7"))).raise_for_status()
        until(page, "n => Number(document.body.dataset.number) > n", number)
        number = page.evaluate("Number(document.body.dataset.number)")
    assert page.evaluate("document.activeElement.closest('#versions') !== null")
