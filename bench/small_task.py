"""Scenario `task`: what the smallest container of a cloud carries (a quarter of a core, 512 MB)."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path

from figures import SPIN_UP, Figure, Settings, least, note, small
from harness import Broken, Server, Skip, run_load, start_credence, unanswered

CORES, MEMORY_BYTES = 0.25, 512 << 20
PERIOD_US = 100_000  # over which the kernel counts the quota, as container engines set it
P99_MS_MAX = 100
RATES = (100, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 4000)
CGROUPS = Path("/sys/fs/cgroup")


def limits() -> dict[Path, dict[str, str]]:
    """Files of control groups, version 2 or 1, that limit as `--cpus .25 --memory 512m` does."""
    quota = int(CORES * PERIOD_US)
    name = f"credence-task-{os.getpid()}"
    if (CGROUPS / "cgroup.controllers").exists():
        return {CGROUPS / name: {"cpu.max": f"{quota} {PERIOD_US}", "memory.max": str(MEMORY_BYTES)}}
    return {CGROUPS / "cpu" / name: {"cpu.cfs_period_us": str(PERIOD_US), "cpu.cfs_quota_us": str(quota)},
            CGROUPS / "memory" / name: {"memory.limit_in_bytes": str(MEMORY_BYTES)}}


@contextmanager
def confined(server: Server):
    """The server within the limits. Its threads were chosen before: give it --io-threads and --compute-threads."""
    groups = limits()
    try:
        for folder, files in groups.items():
            folder.mkdir()
            for file, value in files.items():
                (folder / file).write_text(value)
            (folder / "cgroup.procs").write_text(str(server.process.pid))
    except OSError as error:
        raise Skip(f"this needs root and control groups: {error}") from error
    try:
        yield
    finally:
        server.stop()
        for folder in groups:
            folder.rmdir()


def task(settings: Settings) -> list[Figure]:
    """A quarter of a core and 512 MB: how many small pictures a second, at a p99 of at most 100 ms."""
    best, told = 0, []
    with start_credence("--compute-threads", "1") as server, confined(server):
        for rate in RATES:
            stream = small(settings, rate=rate)
            run_load(server.port, stream | {"duration": SPIN_UP})
            report = run_load(server.port, stream | {"duration": 2 * settings.seconds})["small"]
            p99_ms = report["latency_us"]["ok"]["p99"] / 1000
            told.append(note(f"p99 at {rate} requests a second", f"{p99_ms:.1f} ms"))
            if p99_ms > P99_MS_MAX or unanswered(report) > 0:
                break
            best = rate
        resident = server.resident_mb()
    if best == 0:
        raise Broken(f"not even {RATES[0]} requests a second")
    return [least(f"requests a second at a p99 of at most {P99_MS_MAX} ms", best, "", 100), *told,
            note("resident memory", f"{resident:.0f} MB")]


ALL = {"task": task}
