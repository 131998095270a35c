"""Checks that no compiler makes: includes against docs/architecture.md, who may use which library, sizes."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
LINES_MAX = {".h": 300, ".cc": 500, ".py": 500}
# A library's headers, and where they may appear.
LIBRARIES = {
    r"openvino/": ("src/model/openvino/", "src/model/test_models", "src/model/testing"),
    r"boost/": ("src/http/",),
    r"torch/": ("src/train/",),
    r"(spng|turbojpeg|webp/\w+|gif_lib|tiffio)\.h": ("src/image/codec/", "src/image/png_encode"),
    r"prometheus/": ("src/metrics/",),
    r"simdjson\.h": ("src/api/",),
    r"curl/": ("src/fetch/",),
}


def tracked(*patterns):
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", *patterns], cwd=ROOT,
                            capture_output=True, text=True, check=True).stdout.split()
    return [pathlib.Path(p) for p in listed if (ROOT / p).is_file()]


def rooms():
    """room -> the rooms it may include, from the table in docs/architecture.md."""
    table = {}
    for line in (ROOT / "docs/architecture.md").read_text().splitlines():
        cells = [c.strip() for c in line.strip("|").split("|")]
        if len(cells) == 3 and re.fullmatch(r"`\w+`", cells[0]) and line.startswith("|"):
            table[cells[0].strip("`")] = set(cells[2].split())
    return table


def check_includes(path, text, table):
    room = path.parts[1]
    testing = path.stem.endswith(("_test", "_fuzz", "_bench")) or path.stem.startswith("test_")
    for line, include in re.findall(r'^(#include [<"]([^>"]+)[>"])', text, re.M):
        if '"' in line and include.split("/")[0] in table:
            used = include.split("/")[0]
            if used != room and used not in table[room] and not testing:
                yield f"{path}: {room} may not include {used} ({include})"
        for pattern, allowed in LIBRARIES.items():
            if re.match(pattern, include) and not str(path).startswith(allowed):
                yield f"{path}: <{include}> may appear only in {', '.join(allowed)}"


def check_text(path, text):
    lines = text.splitlines()
    limit = LINES_MAX.get(path.suffix)
    if limit and len(lines) > limit:
        yield f"{path}: {len(lines)} lines; the limit is {limit}"
    if path.suffix == ".h" and "#pragma once" not in text:
        yield f"{path}: no #pragma once"
    for number, line in enumerate(lines, 1):
        if path.suffix in (".h", ".cc") and len(line.encode("utf-8").decode()) > 120:
            yield f"{path}:{number}: {len(line)} columns; the limit is 120"
        if re.search(r"\b(TODO|FIXME|XXX)\b", line) and path.name != "tidy.py" and "XX" not in line.replace("XXX", ""):
            yield f"{path}:{number}: unfinished: {line.strip()}"


def main():
    table = rooms()
    problems = [] if len(table) > 5 else ["docs/architecture.md: the table of rooms was not found"]
    for path in tracked("*.h", "*.cc", "*.py", "*.sh", "dev"):
        text = (ROOT / path).read_text()
        problems += check_text(path, text)
        if path.parts[0] == "src" and path.suffix in (".h", ".cc"):
            if path.parts[1] not in table:
                problems.append(f"{path}: the room {path.parts[1]} is not in docs/architecture.md")
            else:
                problems += check_includes(path, text, table)
    print("\n".join(problems) or "tidy")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
