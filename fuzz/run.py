"""Runs the fuzzers of build/fuzz: `./dev fuzz` calls it.

  run.py                    lists them
  run.py NAME [SECONDS]     one, to this terminal (default 60 s)
  run.py --all MINUTES      all of them within MINUTES, as many at once as there are cores; a table at the end
  run.py --keep NAME…       adds to fuzz/corpus what build/fuzz/corpus/NAME reaches beyond it, smallest first

Inputs: fuzz/corpus/NAME and, for pictures, the fixtures of src/image/codec/testdata; what a run finds new goes to
build/fuzz/corpus/NAME, and the next run begins there. A finding (a crash, a leak, an input of more than 10 s or 2 GB,
an allocation of more than 512 MB) ends that fuzzer, and its input stays in build/fuzz/findings/NAME. Exit status: 0,
or 1 when there was a finding, 2 for a usage error.
"""
import argparse
import math
import os
import pathlib
import queue
import re
import subprocess
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / "build/fuzz"
KEPT = ROOT / "fuzz/corpus"
FIXTURES = {"decode_fuzz": [ROOT / "src/image/codec/testdata"]}
LIMITS = ["-rss_limit_mb=2048", "-malloc_limit_mb=512", "-timeout=10", "-max_len=8192"]
KEPT_BYTES_MAX = 4096  # an input that is larger is not kept


def fuzzers():
    return {path.name: path for path in sorted(BUILD.rglob("*_fuzz")) if path.is_file()}


def inputs(name):
    """The folder that grows, then those that are only read."""
    grown = BUILD / "corpus" / name
    grown.mkdir(parents=True, exist_ok=True)
    return [str(folder) for folder in [grown, KEPT / name, *FIXTURES.get(name, [])]]


def command(path, seconds):
    findings = BUILD / "findings" / path.name
    findings.mkdir(parents=True, exist_ok=True)
    return [str(path), f"-max_total_time={seconds}", "-print_final_stats=1", f"-artifact_prefix={findings}/", *LIMITS,
            *inputs(path.name)]


def environment():
    """What the tests are told, too: cmake/Module.cmake."""
    return os.environ | {"TBB_ENABLE_SANITIZERS": "1", "UBSAN_OPTIONS": "print_stacktrace=1",
                         "LSAN_OPTIONS": f"suppressions={ROOT}/tools/lsan.supp:print_suppressions=0"}


def figures(log):
    """The last of each figure that the log has; "-" where a run ended before it was said."""
    said = {}
    for key, pattern in {"edges": r"\bcov: (\d+)", "execs": r"(?:number_of_executed_units: +|^#)(\d+)",
                         "bytes": r"bytes fed: (\d+)", "peak MB": r"peak_rss_mb: +(\d+)"}.items():
        found = re.findall(pattern, log, re.M)
        said[key] = f"{int(found[-1]):,}" if found else "-"
    return said


def finding(log, status):
    """Empty: none."""
    if status == 0:
        return ""
    found = re.findall(r"^(?:==\d+==)? ?(?:ERROR|SUMMARY): (.*)|^(.*runtime error: .*)$", log, re.M)
    kept = re.findall(r"Test unit written to (\S+)", log)
    what = next((a or b for a, b in found), f"exit status {status}")
    return f"{what} ({os.path.relpath(kept[-1], ROOT) if kept else 'no input was written'})"


def run_all(minutes, row):
    """Gives `row` each fuzzer's name, figures and finding when it ends; returns how many had a finding."""
    waiting = queue.Queue()
    for path in fuzzers().values():
        waiting.put(path)
    cores = int(os.environ.get("DEV_JOBS", 0)) or len(os.sched_getaffinity(0))
    seconds = max(1, int(minutes * 60 / math.ceil(waiting.qsize() / cores)))
    print(f"{waiting.qsize()} fuzzers, {cores} at once, {seconds} s each", file=sys.stderr)
    failed = []

    def work():
        while True:
            try:
                path = waiting.get_nowait()
            except queue.Empty:
                return
            log_file = BUILD / f"{path.name}.log"
            with open(log_file, "wb") as log:
                status = subprocess.run(command(path, seconds), stdout=log, stderr=log, env=environment()).returncode
            log = log_file.read_text(errors="replace")
            wrong = finding(log, status)
            if wrong:
                failed.append(path.name)
            row(path.name, figures(log), wrong)

    workers = [threading.Thread(target=work) for _ in range(cores)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return len(failed)


def print_row(name, said, wrong):
    print(f"{name:22}{said['edges']:>9}{said['execs']:>14}{said['bytes']:>18}{said['peak MB']:>9}  "
          f"{wrong or 'none'}", flush=True)


def keep(name):
    path = fuzzers()[name]
    before = {kept.name for kept in (KEPT / name).iterdir()}
    small = BUILD / "small" / name
    subprocess.run(["rm", "-rf", str(small)], check=True)
    small.mkdir(parents=True)
    for folder in inputs(name):
        for source in pathlib.Path(folder).iterdir():
            if source.is_file() and source.stat().st_size <= KEPT_BYTES_MAX and source.suffix != ".csv":
                (small / source.name).write_bytes(source.read_bytes())
    subprocess.run([str(path), "-merge=1", *LIMITS, str(KEPT / name), str(small)], check=True, env=environment(),
                   stderr=subprocess.DEVNULL)
    added = [kept for kept in (KEPT / name).iterdir() if kept.name not in before]
    print(f"{name}: {len(added)} inputs kept, {sum(kept.stat().st_size for kept in added):,} bytes")


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1], description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--all", type=float, metavar="MINUTES", dest="minutes")
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args()
    known = fuzzers()
    if arguments.minutes is not None:
        print(f"{'fuzzer':22}{'edges':>9}{'execs':>14}{'bytes fed':>18}{'peak MB':>9}  finding")
        return 1 if run_all(arguments.minutes, print_row) else 0
    if not arguments.names:
        print(*known, sep="\n")
        return 0
    seconds = arguments.names.pop() if len(arguments.names) == 2 and arguments.names[1].isdigit() else "60"
    names = [name if name.endswith("_fuzz") else f"{name}_fuzz" for name in arguments.names]
    unknown = [name for name in names if name not in known]
    if unknown or (len(names) > 1 and not arguments.keep):
        parser.error(f"no fuzzer {', '.join(unknown)}; ./dev fuzz lists them" if unknown else "one NAME at a time")
    if arguments.keep:
        for name in names:
            keep(name)
        return 0
    return 1 if subprocess.run(command(known[names[0]], seconds), env=environment()).returncode else 0


if __name__ == "__main__":
    sys.exit(main())
