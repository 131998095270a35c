"""./dev page: how fast the page is in Chromium, on loopback. Prints its figures, and judges none.

Page ready: a new browser profile, so that nothing is cached, opens `/`; until the page can be drawn on and
has its classes. Answer: from pointer-up to the shown verdict of 30 drawn digits. Frames: one long stroke
while answers arrive; the time between two of the browser's frames, and tasks that held the page up for 50 ms.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "e2e"))
from conftest import Server  # noqa: E402
from page_tools import CHROMIUM, answered, draw, until  # noqa: E402
from strokes import varied  # noqa: E402

VISITS = 20
DIGITS = 30
STROKE_SECONDS = 8
POINTER_MS = 8  # between two events, as mice of 125 Hz send them
FRAME_MS = 1000 / 60

SENT = """[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  .reduce((sum, one) => sum + one.transferSize, 0)"""
WATCH = """() => {
  window.seen = {frames: [], answers: 0, held: 0};
  let last = performance.now();
  const frame = (now) => { seen.frames.push(now - last); last = now; seen.loop = requestAnimationFrame(frame); };
  requestAnimationFrame((now) => { last = now; seen.loop = requestAnimationFrame(frame); });
  new MutationObserver(() => { seen.answers += 1; }).observe(document.body, {attributeFilter: ['data-shown']});
  new PerformanceObserver((list) => { seen.held += list.getEntries().length; }).observe({type: 'longtask'});
}"""


def show(what: str, values: list[float], wanted: str) -> None:
    ordered = sorted(values)
    most = ordered[len(ordered) * 9 // 10]
    print(f"{what}: median {statistics.median(ordered):.0f} ms, nine in ten within {most:.0f} ms, longest "
          f"{ordered[-1]:.0f} ms, of {len(ordered)} (wanted: {wanted})", flush=True)


def visit(browser: Browser, address: str) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(address)
    until(page, "document.body.dataset.ready !== undefined")
    return page


def ready(browser: Browser, address: str) -> None:
    times, sizes = [], []
    for _ in range(VISITS):
        page = visit(browser, address)
        times.append(page.evaluate("Number(document.body.dataset.ready)"))
        sizes.append(page.evaluate(SENT))
        page.context.close()
    show("page ready, nothing cached", times, "under 300")
    print(f"  sent: {max(sizes) / 1000:.0f} kB", flush=True)


def answers(page: Page) -> None:
    times = []
    for _, _, pen, strokes in varied(DIGITS):
        page.get_by_role("button", name="Clear").click()
        draw(page, strokes, pen)
        times.append(answered(page))
    show("pointer-up to the shown verdict", times, "median under 60")


def frames(page: Page) -> None:
    page.get_by_role("button", name="Clear").click()
    box = page.locator("#pad").bounding_box()
    page.evaluate(WATCH)
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    start = time.monotonic()
    n = 0
    while time.monotonic() - start < STROKE_SECONDS:
        n += 1
        across, down = n % 80 / 80, n // 80 % 20 / 20
        page.mouse.move(box["x"] + box["width"] * (0.1 + 0.8 * across),
                        box["y"] + box["height"] * (0.1 + 0.8 * down))
        time.sleep(max(0.0, start + n * POINTER_MS / 1000 - time.monotonic()))
    page.mouse.up()
    seen = page.evaluate("(cancelAnimationFrame(seen.loop), seen)")
    late = sum(delta > 1.5 * FRAME_MS for delta in seen["frames"])
    show("between two frames while drawing", seen["frames"], "17, which is 60 frames a second")
    rate = 1000 * len(seen["frames"]) / sum(seen["frames"])
    print(f"  {rate:.1f} frames a second; {late} of {len(seen['frames'])} came late; {seen['answers']} answers and {n} "
          f"pointer events meanwhile; {seen['held']} tasks of 50 ms or more", flush=True)


def main() -> int:
    if CHROMIUM is None:
        print("bench/page.py: there is no chromium here", file=sys.stderr)
        return 2
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors", flush=True)
    server = Server()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM,
                                                 args=["--no-sandbox", "--disable-dev-shm-usage"])
            address = f"http://127.0.0.1:{server.port}/"
            visit(browser, address).context.close()  # the browser's own start
            ready(browser, address)
            page = visit(browser, address)
            answers(page)
            frames(page)
            browser.close()
    finally:
        server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
