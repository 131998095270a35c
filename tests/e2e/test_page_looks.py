"""The page, in a real browser: whether everybody can use it, and how it looks."""
import io
import os
import pathlib
import re
import shutil

import pytest
from PIL import Image
from axe_playwright_python.sync_playwright import Axe

from conftest import ROOT
from page_tools import (answered, browser, digits, draw, measured, needs_browser, server, until,  # noqa: F401
                        visit)
from strokes import placed

OUT = pathlib.Path(os.environ.get("CREDENCE_SCREENSHOTS", ROOT / "build/screenshots"))
SIZES = [(360, 780), (1280, 900), (2560, 1440)]
PAGES = {"try": "/", "live": "/live", "docs": "/docs", "predictor": "/predictors/digits"}


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(visit, name, scheme):
    page = visit(PAGES[name], scheme=scheme, complains=True, bypass_csp=True)
    prepare(page, name)
    found = [v for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
    assert [(v["id"], [n["html"] for n in v["nodes"]][:3]) for v in found] == []


def prepare(page, name):
    """Puts something on the page to look at."""
    if name == "try":
        draw(page, placed("7"))
        answered(page)
        page.wait_for_selector("#path canvas")
    elif name == "live":
        until(page, "Number(document.body.dataset.number) > 0")
    elif name == "docs":
        page.locator("#operations details.op summary").first.click()
    else:
        page.wait_for_selector("#card section")


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width, height", SIZES)
def test_pictures_of_the_page(visit, width, height, scheme):
    OUT.mkdir(parents=True, exist_ok=True)
    for name, path in PAGES.items():
        page = visit(path, size=(width, height), scheme=scheme)
        prepare(page, name)
        page.screenshot(path=OUT / f"{name}-{width}-{scheme}.png", full_page=True)
        # Nothing reaches out of the window to the right.
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


@needs_browser
def test_the_picture_of_the_readme(visit, start):
    """Made here: CREDENCE_README_PICTURE=1 puts it in its place."""
    page = visit(base=f"http://127.0.0.1:{start().port}", size=(1280, 1300))
    draw(page, placed("7", left=0.3, top=0.18, size=0.62))
    answered(page)
    page.wait_for_selector("#path canvas")
    page.locator("#pad").blur()
    page.evaluate("document.querySelector('.time').style.visibility = 'hidden'")  # of a build with sanitizers
    OUT.mkdir(parents=True, exist_ok=True)
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB").resize((960, 975), Image.Resampling.LANCZOS)
    small = image.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    small.save(OUT / "readme.png", optimize=True)
    target = ROOT / "docs/page.png"
    if os.environ.get("CREDENCE_README_PICTURE"):
        shutil.copy(OUT / "readme.png", target)
    assert Image.open(target).size == (960, 975)
    assert "docs/page.png" in (ROOT / "README.md").read_text()[:600]


@needs_browser
@pytest.mark.parametrize("width", [360, 1280])
def test_the_plots_of_a_report_can_be_read(visit, start, measured, width):
    base = f"http://127.0.0.1:{start('--models', measured).port}"
    page = visit("/predictors/digits", base=base, size=(width, 780))
    page.frame_locator("iframe").locator(".plot").first.wait_for()
    plots = page.evaluate("""() => {
      const inside = document.querySelector('iframe').contentDocument;
      const box = (node) => node.getBoundingClientRect().toJSON();
      return [...inside.querySelectorAll('.plot')].map((plot) => ({
        name: plot.querySelector('title').textContent, box: box(plot),
        texts: [...plot.querySelectorAll('text')].map((text) => ({
          said: text.textContent, box: box(text),
          size: parseFloat(getComputedStyle(text).fontSize) * plot.getScreenCTM().a })) }));
    }""")
    assert len(plots) >= 6
    for plot in plots:
        texts = plot["texts"]
        assert [one["said"] for one in texts if one["size"] < 11] == [], plot["name"]
        assert [one["said"] for one in texts if not inside(one["box"], plot["box"])] == [], plot["name"]
        pairs = [(a, b) for i, a in enumerate(texts) for b in texts[:i]]
        assert [(a["said"], b["said"]) for a, b in pairs if meet(a["box"], b["box"])] == [], plot["name"]
    assert page.evaluate("[document, document.querySelector('iframe').contentDocument].every("
                         "one => one.documentElement.scrollWidth <= one.documentElement.clientWidth)")
    if width == 1280:  # ten classes of words beside each other
        assert page.frame_locator("iframe").locator(".matrix").evaluate(
            "one => one.parentElement.scrollWidth <= one.parentElement.clientWidth")


def inside(a, b):
    return (a["left"] >= b["left"] - 1 and a["right"] <= b["right"] + 1 and a["top"] >= b["top"] - 1
            and a["bottom"] <= b["bottom"] + 1)


def meet(a, b):
    return (a["left"] < b["right"] and b["left"] < a["right"] and a["top"] + 3 < b["bottom"]
            and b["top"] + 3 < a["bottom"])


def test_every_text_is_there_and_used():
    files = {p.name: p.read_text() for p in (ROOT / "src/web/static").iterdir() if p.suffix in (".js", ".html")}
    keys = re.findall(r"^  '([^']+)':", files.pop("texts.en.js"), re.M)
    everything = "".join(files.values())
    wanted = set(re.findall(r"\bt\('([^']+)'|data-t(?:-label)?=\"([^\"]+)\"", everything))
    assert {a or b for a, b in wanted} <= set(keys)
    assert len(keys) == len(set(keys))
    # What is put together: t(`step.${step}`).
    made = {prefix for prefix in re.findall(r"`([a-z.]+\.)\$\{", everything)}
    assert [k for k in keys if k not in everything and not k.startswith(tuple(made))] == []
