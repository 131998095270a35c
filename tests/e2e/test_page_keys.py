"""The page of a server that has API keys, and of one that is busy."""
import base64
import json
import os
import shutil
import subprocess

import numpy as np

from conftest import ROOT, encoded
from page_tools import (answered, browser, card, digits, draw, needs_browser, notice, server, until,  # noqa: F401
                        visit)
from strokes import placed
from test_keys import add_key

pytestmark = needs_browser


def test_a_server_that_wants_a_key_is_given_one_in_the_page(visit, start, tmp_path):
    shutil.copytree(ROOT / "predictors/digits", tmp_path / "models/digits")
    kept = tmp_path / "models/digits/1/assets.extra/credence"
    seal = (kept / "reliability.profile").read_bytes()[-32:].hex()
    bound = f"<!-- profile {seal} -->\n"  # as `evaluate --keep` ends it
    # What a report has: a stylesheet, a style of its own, a picture; and what it must not do.
    dot = base64.b64encode(encoded(np.zeros((4, 4), np.uint8))).decode()
    (kept / "report.html").write_text(
        "<!doctype html><html><head><style>p { color: rgb(1, 2, 3) }</style></head><body>"
        f"<p style='width: 123px'>The report</p><img src='data:image/png;base64,{dot}'>"
        f"<script>parent.document.title = 'taken'</script></body></html>{bound}")
    keys = tmp_path / "keys"
    both, reads = add_key(keys, "both", "predict,read"), add_key(keys, "reads", "read")
    base = f"http://127.0.0.1:{start('--models', tmp_path / 'models', '--api-keys', keys).port}"
    page = visit("/live", base=base, complains=True)

    def give_key(key):
        page.locator("#key").fill(key)
        page.get_by_role("button", name="Use it").click()

    give_key("nonsense")
    page.wait_for_selector("dialog .notice")
    give_key(both)
    until(page, "Number(document.body.dataset.number) > 0")
    page.goto(base + "/predictors/digits")
    page.wait_for_selector("iframe")
    until(page, "document.querySelector('iframe').contentDocument?.querySelector('p') != null")
    looks = """() => {
      const inside = document.querySelector('iframe').contentDocument;
      const p = getComputedStyle(inside.querySelector('p'));
      return [p.color, p.width, inside.querySelector('img').naturalWidth];
    }"""
    until(page, "document.querySelector('iframe').contentDocument.querySelector('img').complete")
    assert page.evaluate(looks) == ["rgb(1, 2, 3)", "123px", 4]
    assert page.title() == "Credence: digits"
    page.goto(base + "/docs")
    page.get_by_label("Find").fill("Every predictor")
    page.locator("#operations details.op:visible summary").click()
    page.locator("#operations details.op:visible").get_by_role("button", name="Send").click()
    page.wait_for_selector("pre:visible:has-text('takesPictures')")
    page.get_by_role("link", name="Metrics").click()
    until(page, "document.body.textContent.includes('credence_requests_total')")
    page.goto(base + "/")
    page.wait_for_selector(".bar")
    draw(page, placed("7"))
    answered(page)
    assert card(page)["label"] == "7"
    line = page.locator("#code-text").inner_text()
    assert '-H "X-API-Key: $CREDENCE_KEY"' in line and both not in page.content()
    done = subprocess.run(["sh", "-c", line], env={**os.environ, "no_proxy": "127.0.0.1", "CREDENCE_KEY": both},
                          capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout)["label"] == "7"
    assert page.context.cookies() == [] and page.evaluate("localStorage.length") == 0
    page.get_by_role("button", name="Forget the API key").click()
    page.get_by_role("button", name="Go on without").click()
    assert notice(page).startswith("This server wants an API key.")
    page.get_by_role("button", name="Give an API key").click()
    with page.expect_navigation():
        give_key(reads)
    page.wait_for_selector(".bar")
    draw(page, placed("7"))
    assert "key reads has the scopes read; this needs predict" in notice(page)


def test_a_busy_server_is_asked_again(visit, start, tmp_path):
    key = add_key(tmp_path / "keys", "slow", "predict,read")
    base = f"http://127.0.0.1:{start('--api-keys', tmp_path / 'keys', '--rate-per-key', '3').port}"
    page = visit("/docs", base=base, complains=True)
    page.evaluate("key => sessionStorage.setItem('credence-key', key)", key)
    page.goto(base + "/")
    page.wait_for_selector(".bar")
    refused = []
    page.on("response", lambda response: response.status == 429 and refused.append(response.url))
    while not refused:
        draw(page, [[(0.3, 0.2), (0.5, 0.8)], [(0.5, 0.2), (0.6, 0.8)]])
        page.wait_for_timeout(50)
    answered(page)
    page.wait_for_selector("#notice[hidden]", state="attached")
    assert page.locator(".answer.stale").count() == 0
