"""./dev bench [SCENARIO…]: measures the figures of docs/performance.md, prints and saves them.

The server runs on one core and the generator on another; what is compared runs in the same run,
alternating, and the median counts. Results: build/bench/results.json, and a table on the terminal.
Exit status: 0 all limits kept, 1 a limit was missed, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import large
import protocols
import scenarios
import versions
from figures import Figure, Settings
from harness import BUILD, Broken, Skip, machine

ALL = scenarios.ALL | protocols.ALL | versions.ALL | large.ALL

MARK = {True: "kept", False: "**missed**", None: ""}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.splitlines()[0],
                                     epilog="example: ./dev bench overhead start")
    names = ", ".join(f"{n} ({f.__doc__.rstrip('.').splitlines()[0]})" for n, f in ALL.items())
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"default: all. {names}")
    parser.add_argument("--quick", action="store_true", help="short runs: to try the tools, not for the record")
    arguments = parser.parse_args()
    if unknown := set(arguments.scenarios) - set(ALL):
        parser.error(f"no scenario {', '.join(sorted(unknown))}; there are: {', '.join(ALL)}")
    return arguments


def table(results: dict[str, list[Figure]]) -> str:
    lines = ["| scenario | figure | measured | limit | |", "| --- | --- | --- | --- | --- |"]
    for name, figures in results.items():
        for i, figure in enumerate(figures):
            first = name if i == 0 else ""
            lines.append(f"| {first} | {figure.name} | {figure.value} | {figure.limit} | {MARK[figure.kept]} |")
    return "\n".join(lines)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    arguments = parse()
    where = machine()
    if where["load_before"] > 0.5:
        say(f"warning: this machine is busy (load {where['load_before']:.1f}); CPU times will be too high")
    if (os.cpu_count() or 1) < 2:
        say("warning: one core only; server and generator share it")
    results: dict[str, list[Figure]] = {}
    skipped: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as files:
        settings = Settings(files=Path(files))
        if arguments.quick:
            settings = Settings(Path(files), rounds=2, seconds=1, memory_requests=30_000, overload_seconds=5)
        for name in arguments.scenarios or ALL:
            say(f"== {name}: {ALL[name].__doc__}")
            try:
                results[name] = ALL[name](settings)
            except Skip as reason:
                skipped[name] = str(reason)
                say(f"SKIPPED {name}: {reason}")
            except Broken as reason:
                results[name] = [Figure(str(reason), "broken", "", kept=False)]
                say(f"BROKEN {name}: {reason}")
    print(table(results))
    for name, reason in skipped.items():
        print(f"\nskipped: {name}: {reason}")
    out = BUILD / "results.json"
    out.write_text(json.dumps({
        "machine": where, "quick": arguments.quick, "skipped": skipped,
        "results": {name: [asdict(f) for f in figures] for name, figures in results.items()},
    }, indent=1) + "\n")
    say(f"saved in {out.relative_to(Path.cwd()) if out.is_relative_to(Path.cwd()) else out}")
    return 1 if any(f.kept is False for figures in results.values() for f in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
