"""Scenarios of versions that come and go: `reload` and `term`."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from pathlib import Path

from figures import PREDICT, SPIN_UP, Figure, Settings, limit, none_of, note, small
from harness import Broken, Load, Server, Skip, answered, models_dir, run_load, serve_knows, start_credence, unanswered

RELOADS_EARLY, RELOADS_LATE = 5, 200
RATE = 5000  # requests a second
LOAD_SECONDS_MAX = 10
TERM_MODELS = 40
TERM_SECONDS = 1.0  # the load goes on when the signal comes
NAME = "digits"


class Repository:
    """One predictor, whose version is replaced by the next number again and again."""

    def __init__(self, folder: Path):
        self._home = folder / NAME
        self._newest = 0
        self._home.mkdir(parents=True)
        self.next()

    def next(self) -> int:
        """Adds a version and takes away all but the one before it."""
        unfinished = self._home.with_name(".next")
        shutil.copytree(models_dir() / "mnist_cnn", unfinished)
        self._newest += 1
        unfinished.rename(self._home / str(self._newest))
        shutil.rmtree(self._home / str(self._newest - 2), ignore_errors=True)
        return self._newest


def start_polling(folder: Path) -> Server:
    if not serve_knows("--poll-ms"):
        raise Skip("this server does not look for new versions")
    return start_credence("--models", str(folder), "--poll-ms", "50")


def serves(server: Server) -> int:
    """The version that answers now."""
    return int(json.loads(server.get(f"/v1/predictors/{NAME}"))["version"])


def reload_once(server: Server, repository: Repository) -> None:
    wanted = repository.next()
    deadline = time.monotonic() + LOAD_SECONDS_MAX
    while serves(server) != wanted:
        if time.monotonic() > deadline:
            raise Broken(f"version {wanted} was not served within {LOAD_SECONDS_MAX} s")
        time.sleep(0.01)


def reload_under_load(settings: Settings) -> list[Figure]:
    long = 15 * settings.seconds
    repository = Repository(settings.files / "under_load")
    with start_polling(settings.files / "under_load") as server:
        stream = small(settings, path=f"{PREDICT}?predictor={NAME}", rate=RATE)
        run_load(server.port, stream | {"duration": SPIN_UP})
        calm = run_load(server.port, stream | {"duration": long / 3})["small"]
        load, reloads, slowest = Load(server.port, [stream | {"duration": long}]), 0, 0.0
        due = time.monotonic()
        while load.running():
            began = time.monotonic()
            reload_once(server, repository)
            slowest = max(slowest, time.monotonic() - began)
            reloads += 1
            due += 1
            time.sleep(max(0.0, due - time.monotonic()))
        busy = load.finish()["small"]
    p99 = [report["latency_us"]["ok"]["p99"] / 1000 for report in (calm, busy)]
    return [
        note(f"reloads in {long:g} s at {RATE} requests a second", f"{reloads}, the slowest {slowest:.2f} s"),
        none_of("lost, refused or not sent, before and while reloading", unanswered(calm) + unanswered(busy)),
        note("p99 without and with reloads", f"{p99[0]:.2f} {p99[1]:.2f} ms"),
        limit("p99 while reloading, of that before", p99[1] / p99[0], "x", 2),
    ]


def reload_memory(settings: Settings) -> list[Figure]:
    resident = {}
    repository = Repository(settings.files / "memory")
    late = RELOADS_LATE if settings.rounds >= 5 else 4 * RELOADS_EARLY
    with start_polling(settings.files / "memory") as server:
        for count in range(1, late + 1):
            reload_once(server, repository)
            run_load(server.port, small(settings, path=f"{PREDICT}?predictor={NAME}", count=100, connections=4))
            if count in (RELOADS_EARLY, late):
                time.sleep(1)  # the last version is freed by the loader, a little later
                resident[count] = server.resident_mb()
    growth = (resident[late] / resident[RELOADS_EARLY] - 1) * 100
    return [
        note(f"resident memory after {RELOADS_EARLY} and {late} reloads",
             f"{resident[RELOADS_EARLY]:.0f} {resident[late]:.0f} MB"),
        limit(f"growth from {RELOADS_EARLY} to {late} reloads", growth, "%", 2),
    ]


def reload(settings: Settings) -> list[Figure]:
    """A version is replaced every second under 5,000 requests a second; memory after 200 reloads."""
    return reload_under_load(settings) + reload_memory(settings)


def term_once(folder: Path) -> float:
    with start_credence("--models", str(folder), ready_path="") as server:
        time.sleep(TERM_SECONDS)
        if server.process.poll() is not None:
            raise Broken(f"the server ended by itself with status {server.process.returncode}")
        try:
            server.get("/readyz")
            raise Broken(f"all {TERM_MODELS} models were loaded before the signal")
        except OSError:  # 503: still loading
            pass
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        try:
            server.process.wait(30)
        except subprocess.TimeoutExpired:
            raise Broken("SIGTERM did not end it within 30 s")
        return time.monotonic() - began


def term(settings: Settings) -> list[Figure]:
    """SIGTERM while 40 models are loaded."""
    folder = settings.files / "forty"
    if not folder.exists():
        folder.mkdir()
        for i in range(TERM_MODELS):
            (folder / f"m{i:02}").symlink_to(models_dir() / "mnist_cnn")
    seconds = [term_once(folder) for _ in range(settings.rounds)]
    return [limit(f"SIGTERM to the end, {TERM_MODELS} models loading, the slowest of {len(seconds)}", max(seconds),
                  "s", 1)]


ALL = {"reload": reload, "term": term}
