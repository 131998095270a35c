"""The page, in a real browser: what a person does, sees and hears."""
import csv
import io
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import statistics
import subprocess

import numpy as np
import pytest

from conftest import ROOT, encoded, run
from page_tools import (answered, browser, card, digits, draw, give, measured, needs_browser, notice,  # noqa: F401
                        photo, server, until, visit, wait_for_verdict)
from strokes import placed, varied
from test_bundled import drawn

pytestmark = needs_browser


def test_a_drawn_digit_is_read_shown_and_told(visit, server):
    page = visit()
    assert card(page)["verdict"] == "waiting"
    draw(page, placed("7"))
    answered(page)
    shown = card(page)
    assert shown["label"] == "7" and shown["verdict"] == "reliable"
    assert re.fullmatch(r"(> )?9\d\.\d %", shown["confidence"])
    assert page.locator(".badge .sign").first.inner_text() == "✓"
    assert page.locator(".bar.in .class").all_inner_texts() == ["7"]
    until(page, "document.getElementById('spoken').textContent !== ''")
    assert page.locator("#spoken").inner_text().startswith("7: reliable. Confidence ")
    assert "framed the object" in page.locator("#path").inner_text()
    assert page.locator(".signal:not(.legend)").count() >= 5


def test_the_curl_line_gives_the_same_answer(visit):
    page = visit()
    draw(page, placed("3"))
    answered(page)
    line = page.locator("#code-text").inner_text()
    words = shlex.split(line)
    assert words[0] == "curl"
    environment = {k: v for k, v in os.environ.items() if k.lower() != "http_proxy"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=True)
    answer = json.loads(done.stdout)
    page.get_by_role("tab", name="Raw answer").click()
    raw = page.evaluate("document.getElementById('code-text').textContent")
    assert answer["label"] == card(page)["label"] == "3"
    assert json.dumps(answer["confidence"]) in raw


def test_the_answer_comes_while_the_pen_is_down(visit):
    page = visit()
    box = page.locator("#pad").bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 110, box["y"] + 300, steps=10)
    until(page, "document.querySelector('.answer').dataset.verdict !== 'waiting'")
    page.mouse.up()


def test_a_pen_that_never_rests_is_answered_too(visit):
    page = visit()
    box = page.locator("#pad").bounding_box()
    # In the browser, so that no two events are further apart than a question may wait.
    page.evaluate("""box => {
      const pad = document.getElementById('pad');
      const send = (type, i) => pad.dispatchEvent(new PointerEvent(type, {pointerId: 1, bubbles: true, button: 0,
        clientX: box.x + 100 + i % 100, clientY: box.y + 60 + i % 230}));
      pad.setPointerCapture = () => {};
      send('pointerdown', 0);
      let i = 0;
      setInterval(() => send('pointermove', ++i), 10);
    }""", box)
    until(page, "document.querySelector('.answer').dataset.verdict !== 'waiting'")


def test_nothing_moves_when_answers_come(visit):
    page = visit()
    places = "['.bars', '.figures', '#path', '#code'].map(s => document.querySelector(s).getBoundingClientRect().top)"
    draw(page, placed("5"))
    answered(page)
    before = page.evaluate(places)
    page.get_by_role("button", name="Clear").click()
    assert page.evaluate(places)[:2] == before[:2]
    draw(page, placed("1"))
    answered(page)
    assert page.evaluate(places)[:2] == before[:2]


def test_undo_takes_back_and_clear_forgets(visit):
    page = visit()
    draw(page, placed("4"))
    answered(page)
    page.get_by_role("button", name="Undo").click()
    wait_for_verdict(page, "reliable", "uncertain", "unfamiliar")
    page.get_by_role("button", name="Undo").click()
    assert wait_for_verdict(page, "waiting")["label"] == "–"
    draw(page, placed("2"))
    answered(page)
    page.get_by_role("button", name="Clear").click()
    assert wait_for_verdict(page, "waiting")["label"] == "–"


def test_a_finger_and_the_keyboard_draw(visit):
    page = visit(size=(360, 780), has_touch=True)
    box = page.locator("#pad").bounding_box()
    session = page.context.new_cdp_session(page)
    stroke = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in placed("0")[0]]
    for i, (x, y) in enumerate(stroke):
        session.send("Input.dispatchTouchEvent",
                     {"type": "touchMove" if i > 0 else "touchStart", "touchPoints": [{"x": x, "y": y}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    until(page, "document.querySelector('.label').textContent === '0'")
    page.locator("#pad").focus()
    page.keyboard.press("Delete")
    wait_for_verdict(page, "waiting")
    for _ in range(8):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    for _ in range(16):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    until(page, "document.querySelector('.label').textContent === '1'")


def test_a_dropped_photograph_shows_where_the_digit_was_found(visit):
    page = visit()
    give(page, "drop", [("phone.jpg", "image/jpeg", photo())])
    assert wait_for_verdict(page, "reliable", "uncertain")["label"] == "7"
    page.wait_for_selector("#path canvas")
    box = page.evaluate("""() => {
      const canvas = document.querySelector('#path canvas');
      const {data, width} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const xs = [], ys = [];
      for (let i = 0; i < data.length; i += 4) {
        if (data[i] < 60 && data[i + 1] < 120 && data[i + 2] > 170) {
          xs.push(i / 4 % width);
          ys.push(Math.floor(i / 4 / width));
        }
      }
      return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)].map(v => v / width * 640);
    }""")
    assert box == pytest.approx([383, 253, 487, 397], abs=14)
    assert "phone.jpg" in page.locator("#code-text").inner_text()


def test_a_picture_is_pasted(visit):
    page = visit()
    give(page, "paste", [("image.png", "image/png", encoded(drawn("0")))])
    wait_for_verdict(page, "reliable", "uncertain", "unfamiliar")
    assert card(page)["label"] == "0"


def test_the_camera_takes_a_picture(visit):
    page = visit(permissions=["camera"])
    page.get_by_role("button", name="Camera").click()
    page.locator("#camera button:enabled", has_text="Take it").click()
    wait_for_verdict(page, "reliable", "uncertain", "unfamiliar")
    assert "read jpeg" in page.locator("#path").inner_text()


@pytest.mark.parametrize("sample, verdict, why", [
    ("7", "reliable", "Nothing speaks against"), ("blank", "unfamiliar", "No content was found"),
    ("letter", "uncertain", "most unusual"), ("two", "unfamiliar", "unlike")])
def test_samples_show_what_a_verdict_means(visit, sample, verdict, why):
    page = visit()
    page.locator(f"[data-sample='{sample}']").click()
    wait_for_verdict(page, verdict)
    assert why in card(page)["why"]
    marked = page.locator(".bar.in").count()
    assert (marked == 0) == page.get_by_text("No class is marked").is_visible()
    assert (verdict == "unfamiliar") == page.get_by_text("do not rely on it").is_visible()


def test_files_that_are_no_good_are_refused_in_words(visit, start):
    small = start("--body-bytes-max", "100000")
    page = visit(base=f"http://127.0.0.1:{small.port}", complains=True)
    give(page, "drop", [("huge.png", "image/png", bytes(250_000))])
    assert notice(page) == ("The file has 250 kB; this server takes up to 100 kB. Make the picture smaller and try "
                            "again.")
    give(page, "drop", [("broken.png", "image/png", encoded(drawn("7"))[:-40])])
    until(page, "document.getElementById('notice').textContent.includes('damaged or cut short')")
    give(page, "drop", [("notes.txt", "text/plain", b"not a picture at all")])
    until(page, "document.getElementById('notice').textContent.includes('no kind of picture')")
    give(page, "drop", [("empty.png", "image/png", b"")])
    until(page, "document.getElementById('notice').textContent === 'The file is empty.'")
    draw(page, [[(0.5, 0.5)]])
    assert card(page)["verdict"] == "waiting"


def test_a_server_that_goes_is_told_and_one_that_comes_back_answers(visit, digits, start):
    first = start("--models", digits, "--versions", "1")
    page = visit(base=f"http://127.0.0.1:{first.port}", complains=True)
    draw(page, placed("7"))
    answered(page)
    first.stop(signal.SIGKILL)
    draw(page, [[(0.1, 0.9), (0.12, 0.92)]])
    assert notice(page).startswith("The server does not answer.")
    start("--models", digits, "--versions", "1", port=first.port)
    until(page, "['reliable', 'uncertain', 'unfamiliar'].includes("
                           "document.querySelector('.answer').dataset.verdict)")
    page.wait_for_selector("#notice[hidden]", state="attached")


def test_two_versions_answer_side_by_side(visit):
    page = visit()
    page.get_by_label("Compare with").select_option("bare")
    draw(page, placed("7"))
    answered(page)
    until(page, "document.querySelectorAll('.answer').length === 2")
    assert (card(page, "a")["verdict"], card(page, "b")["verdict"]) == ("reliable", "unassessed")
    assert card(page, "a")["label"] == card(page, "b")["label"] == "7"
    assert "differ" in notice(page)


def test_several_files_become_a_table_that_sorts_and_downloads(visit, tmp_path):
    page = visit()
    files = {"seven.png": encoded(drawn("7")), "blank.png": encoded(np.full((60, 60), 250, np.uint8)),
             "=cmd.png": encoded(drawn("0"))}
    give(page, "drop", [(name, "image/png", data) for name, data in files.items()])
    until(page, "document.querySelectorAll('#table tbody .badge').length === 3")
    page.wait_for_selector("#table .thumb")

    def names():
        return page.locator("#table tbody tr td:nth-child(2)").all_inner_texts()

    page.locator("[data-column=familiarity]").click()
    assert names()[0] == "blank.png"
    page.locator("[data-column=familiarity]").click()
    assert names()[-1] == "blank.png"
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("Familiarity")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    rows = list(csv.DictReader(io.StringIO(pathlib.Path(download.value.path()).read_text())))
    assert {row["file"]: row["label"] for row in rows}["seven.png"] == "7"
    assert "'=cmd.png" in {row["file"] for row in rows}
    with page.expect_download() as download:
        page.get_by_role("button", name="Download JSON lines").click()
    lines = [json.loads(line) for line in pathlib.Path(download.value.path()).read_text().splitlines()]
    assert {line["file"] for line in lines} == set(files)
    assert all(len(line["prediction"]) == 10 for line in lines)


def test_thirty_digits_as_fingers_draw_them(visit, capsys):
    page = visit()
    wrong, reliable, times, told = [], 0, [], []
    for digit, manner, pen, strokes in varied(30):
        page.get_by_role("button", name="Clear").click()
        draw(page, strokes, pen)
        times.append(answered(page))
        shown = card(page)
        reliable += shown["verdict"] == "reliable"
        told.append(f"{digit} {manner}: {shown['label']} {shown['verdict']}")
        if shown["label"] != digit and shown["verdict"] == "reliable":
            wrong.append(told[-1])
    right = sum(line[0] == line.split(": ")[1][0] for line in told)
    with capsys.disabled():
        print(f"\n30 drawn digits: {right} read right, {reliable} called reliable, {len(wrong)} of those wrong; "
              f"pointer-up to verdict: median {statistics.median(times):.0f} ms, longest {max(times):.0f} ms")
    assert len(wrong) <= 1, told
    assert right >= 24, told


def test_live_shows_what_happens(visit, server):
    page = visit("/live")
    until(page, "Number(document.body.dataset.number) > 0")
    for _ in range(5):
        server.post("/v1/predict?version=1", content=encoded(drawn("7"))).raise_for_status()
    until(page, "[...document.querySelectorAll('#versions td')].some(n => /reliable\\)$/.test(n.textContent))")
    until(page, "document.querySelectorAll('.chart .area').length > 0")
    rows = page.locator("#versions tbody tr").all_inner_texts()
    assert len(rows) == 2 and "stable" in " ".join(rows)
    page.get_by_role("button", name="1 hour").click()
    page.wait_for_selector("[aria-pressed=true]:has-text('1 hour')")


def test_live_pauses_while_it_is_hidden(visit):
    page = visit("/live")
    until(page, "Number(document.body.dataset.number) > 0")
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2500)  # two and a half periods of nothing
    assert len(asked) <= 1
    with page.expect_request("**/v1/live*"):
        page.evaluate("Object.defineProperty(document, 'hidden', {value: false});"
                      " document.dispatchEvent(new Event('visibilitychange'))")


def test_the_api_is_read_and_tried(visit, server):
    page = visit("/docs")
    page.wait_for_selector("details.op")
    document = server.get("/openapi.json").json()
    count = sum(method in ("get", "post", "put", "delete") for item in document["paths"].values() for method in item)
    assert page.locator("#operations details.op").count() == count
    page.get_by_label("Find").fill("/healthz")
    page.locator("#operations details.op:visible summary").click()
    page.locator("#operations details.op:visible").get_by_role("button", name="Send").click()
    page.wait_for_selector("pre:visible:has-text('live')")
    assert "Status 200" in page.locator("#operations details.op:visible").inner_text()


def test_a_predictor_has_its_card(visit):
    page = visit("/predictors/digits")
    page.wait_for_selector("iframe, #card section:nth-child(5)")
    text = page.locator("#card").inner_text()
    assert "version 1" in text and "version 2" in text and "rows certified" in text
    assert page.locator("h1").inner_text() == "Predictor digits, version 1"
    assert notice(visit("/predictors/nobody")) == "There is no predictor nobody."
    assert notice(visit("/predictors/digits?version=9")) == "Predictor digits has no version 9."
    page = visit("/predictors/digits?version=bare")
    page.wait_for_selector("h1:has-text('Predictor digits, version 2')")


def test_the_report_and_the_model_card_that_a_version_keeps_are_shown(visit, start, measured):
    server = start("--models", measured)
    answer = server.get("/v1/predictors/digits/report")
    assert "sandbox" in answer.headers["content-security-policy"] and "script-src" not in answer.headers
    page = visit("/predictors/digits", base=f"http://127.0.0.1:{server.port}")
    page.frame_locator("iframe").get_by_text("Of 120 pictures the model is right").wait_for()
    height = "document.querySelector('iframe').getBoundingClientRect().height"
    until(page, f"{height} >= document.querySelector('iframe').contentDocument.body.scrollHeight")
    model = page.locator("#card section", has_text="Model card")
    assert model.locator("h3").all_inner_texts() == ["Digits", "Figures"]
    assert model.locator("p").inner_text() == "For tests & <b>only</b>, by nobody."
    assert model.locator("thead th").all_inner_texts() == ["what", "value"]
    assert model.locator("td code").inner_text() == "10"
    assert model.locator("li").all_inner_texts() == ["one, of two lines", "two", "three"]
    assert model.locator("a").evaluate_all("links => links.map(a => a.href)") == ["https://example.org/"]


def test_the_most_similar_known_pictures_are_shown(visit, start, drawn_digits):
    server = start("--models", drawn_digits.models)
    page = visit(base=f"http://127.0.0.1:{server.port}")
    draw(page, placed("7"))
    answered(page)
    raw = server.post("/v1/predict?explain=true", content=encoded(drawn("7"))).json()
    page.wait_for_selector(".similar img")
    assert page.locator(".similar").count() == len(raw["explanation"]["similar"])
    assert page.locator(".similar figcaption").first.inner_text() == "7"
    assert page.locator(".similar img").first.get_attribute("alt") == "a known 7"
    assert page.evaluate("[...document.querySelectorAll('.similar img')].every(i => i.naturalWidth === 28)")


def test_the_verdict_is_seen_beside_the_sheet_of_a_phone(visit):
    page = visit(size=(360, 780))
    draw(page, placed("7"))
    answered(page)
    box = page.locator("#glance").bounding_box()
    assert page.locator("#glance").inner_text().split()[:3] == ["7", "✓", "reliable"]
    assert box["y"] + box["height"] < 780
    page.set_viewport_size({"width": 1280, "height": 900})
    assert not page.locator("#glance").is_visible()


def test_without_the_page_there_is_text(start):
    bare = start("--no-page")
    browser_like = {"Accept": "text/html"}
    assert bare.get("/", headers=browser_like).text.startswith("Credence serves image classifiers")
    assert bare.get("/live", headers=browser_like).status_code == 404
    assert bare.get("/v1/live").json()["ready"] is True


def test_nothing_foreign_and_no_cookie(visit, server):
    page = visit()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    draw(page, placed("7"))
    answered(page)
    assert asked and all(url.startswith((f"http://127.0.0.1:{server.port}/", "data:", "blob:")) for url in asked)
    assert page.context.cookies() == []
