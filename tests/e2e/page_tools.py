"""For the tests of the page: a real browser, a server, and hands to draw with."""
import base64
import json
import shutil
import time

import numpy as np
import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

from conftest import ROOT, Server, encoded, run
from test_bundled import drawn

CHROMIUM = shutil.which("chromium")
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: no package of it could be installed")


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """The bundled digits as version 1, and the same without its profile as version 2, the canary."""
    folder = tmp_path_factory.mktemp("page")
    shutil.copytree(ROOT / "predictors/digits/1", folder / "digits/1")
    shutil.copytree(ROOT / "predictors/digits/1", folder / "digits/2")
    kept = folder / "digits/2/assets.extra/credence"
    for name in ("reliability.profile", "golden.inputs"):
        (kept / name).unlink()
    (folder / "digits/predictor.json").write_text(json.dumps({"labels": {"stable": 1, "bare": 2}}))
    return folder


@pytest.fixture(scope="module")
def server(digits):
    server = Server("--models", digits, "--versions", "all")
    yield server
    assert server.stop() == 0, "".join(server.lines)


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[
            "--no-sandbox", "--disable-dev-shm-usage", "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream"])
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, server, start):  # `start`, so that pages are closed before its servers end
    """Opens a path; what the browser complains about fails the test, unless it is told to expect it."""
    contexts, complaints = [], []

    def visit(path="/", base=None, size=(1280, 900), scheme="light", complains=False, **options):
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        if not complains:
            page.on("console", lambda message: message.type in ("error", "warning") and complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto((base or f"http://127.0.0.1:{server.port}") + path)
        if path == "/":
            page.wait_for_selector('.bar')
        return page

    yield visit
    for context in contexts:
        context.close()
    assert complaints == [], complaints


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """The bundled digits as a version that keeps a report card, with foreign pictures, and a model card."""
    folder = tmp_path_factory.mktemp("measured")
    others = "others_whose_folder_has_a_name_as_long_as_that_of_a_real_data_set"
    shutil.copytree(ROOT / "predictors/digits", folder / "models/digits")
    for seed, name in ((1, "own"), (2, others)):
        made = run("data", "make", "digits", "--count", "1", "--test", "120", "--seed", seed, "--format", "folders",
                   "--out", folder / name)
        assert made.returncode == 0, made.stderr
    words = folder / "words.txt"
    words.write_text("airplane automobile bird cat deer dog frog horse ship truck".replace(" ", "\n"))
    done = run("evaluate", "--model", folder / "models/digits", "--data", folder / "own", "--split", "t10k",
               "--ood", folder / others / "t10k", "--labels", words, "--keep")
    assert done.returncode == 0, done.stderr
    (folder / "models/digits/1/assets.extra/credence/model_card.md").write_text(
        "# Digits\n\nFor tests & <b>only</b>,\nby **nobody**.\n\n## Figures\n\n| what | value |\n| --- | --- |\n"
        "| classes | `10` |\n\n- one,\n  of two lines\n- [two](https://example.org/)\n- [three](three.md)\n")
    return folder / "models"


def draw(page, strokes, pen=None):
    """Draws with the mouse; the last pointer-up is told in page's `lifted`."""
    if pen is not None:
        page.evaluate("pen => { const i = document.getElementById('pen'); i.value = pen;"
                      " i.dispatchEvent(new Event('input')); }", pen)
    page.locator("#pad").scroll_into_view_if_needed()
    box = page.locator("#pad").bounding_box()
    for stroke in strokes:
        points = [(box["x"] + min(0.995, max(0.005, x)) * box["width"],
                   box["y"] + min(0.995, max(0.005, y)) * box["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for x, y in points[1:]:
            page.mouse.move(x, y, steps=3)
        page.evaluate("document.getElementById('pad').addEventListener('pointerup',"
                      " () => { document.body.dataset.lifted = performance.now(); }, {once: true, capture: true})")
        page.mouse.up()


def until(page, expression, argument=None):
    """Waits until it is true. Playwright's own wait_for_function needs eval, which the page's policy forbids."""
    end = time.monotonic() + 20
    while not holds(page, expression, argument):
        assert time.monotonic() < end, expression
        page.wait_for_timeout(20)


def holds(page, expression, argument):
    try:
        return page.evaluate(expression, argument)
    except PlaywrightError as error:
        if "Execution context was destroyed" not in error.message:
            raise
        return False  # the next page is about to come


def answered(page):
    """Waits for the answer that was asked after the last pointer-up; the milliseconds between."""
    until(page, "Number(document.body.dataset.shown) > Number(document.body.dataset.lifted)")
    return page.evaluate("document.body.dataset.shown - document.body.dataset.lifted")


def card(page, which="a"):
    node = page.locator(f"section:has(#answer-{which})")
    return {"label": node.locator(".label").inner_text(), "verdict": node.get_attribute("data-verdict"),
            "why": node.locator(".why").inner_text(), "confidence": node.locator(".figures b").first.inner_text()}


def wait_for_verdict(page, *verdicts):
    until(page, "wanted => wanted.includes(document.querySelector('.answer').dataset.verdict)", list(verdicts))
    return card(page)


def photo():
    """A 7 on lit paper, as a phone would take it: 640 x 480, off-centre."""
    sheet = np.linspace(235, 190, 640)[None, :, None] * np.ones((480, 1, 1)) * np.array([1, 0.98, 0.93])
    sheet[200:440, 280:600] *= 0.15 + 0.85 * drawn("7") / 255  # the digit: 390 to 480 across, 260 to 390 down
    return encoded(sheet.astype(np.uint8), "jpeg", quality=88)


def give(page, how, files):
    """Drops, or pastes, (name, type, bytes)."""
    page.evaluate("""([how, files]) => {
      const data = new DataTransfer();
      for (const [name, type, text] of files) {
        data.items.add(new File([Uint8Array.from(atob(text), c => c.charCodeAt(0))], name, {type}));
      }
      const event = how === 'drop' ? new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: data})
        : new ClipboardEvent('paste', {bubbles: true, clipboardData: data});
      document.getElementById('drop').dispatchEvent(event);
    }""", [how, [(name, kind, base64.b64encode(data).decode()) for name, kind, data in files]])


def notice(page):
    page.wait_for_selector("#notice:not([hidden])")
    return page.locator("#notice").inner_text()
