"""Lists the tests that the last run of ctest skipped, and why: python3 tools/skipped.py BUILD_FOLDER"""
import pathlib
import re
import sys


def skipped(log):
    """(test, why) of each. pytest -rs: "SKIPPED [2] FILE:LINE: WHY"; GoogleTest: "FILE:LINE: Skipped", then WHY."""
    for count, place, why in re.findall(r"^SKIPPED \[(\d+)\] (\S+?): (.*)$", log, re.M):
        yield place + (f" ({count} tests)" if int(count) > 1 else ""), why
    for place, why in re.findall(r"^(\S+:\d+): Skipped\n(.*)$", log, re.M):
        yield re.sub(r"^(\.\./)+", "", place), why


def main():
    log = pathlib.Path(sys.argv[1]) / "Testing/Temporary/LastTest.log"
    found = sorted(set(skipped(log.read_text(errors="replace")))) if log.is_file() else []
    if found:
        print(f"\n{len(found)} skipped:")
    for test, why in found:
        print(f"  {test}: {why}")


if __name__ == "__main__":
    main()
