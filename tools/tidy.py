"""Checks that no compiler makes, of what CONTRIBUTING.md asks: includes against docs/architecture.md, who may
use which library, sizes, locks and threads, headers that nobody uses."""
import ast
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
LINES_MAX = {".h": 300, ".cc": 450, ".py": 450}
COLUMNS_MAX = {".h": 100, ".cc": 100, ".py": 120}
FUNCTION_LINES_MAX = 69
# A library's headers, and where they may appear.
LIBRARIES = {
    r"openvino/": ("src/model/openvino/", "src/model/test_models", "src/model/testing"),
    r"boost/": ("src/http/",),
    r"torch/": ("src/train/",),
    r"(spng|jpeglib|webp/\w+|gif_lib|tiffio)\.h": ("src/image/codec/", "src/image/png_encode"),
    r"prometheus/": ("src/metrics/",),
    r"simdjson\.h": ("src/api/",),
    r"curl/": ("src/fetch/",),
    r"grpc(pp)?/": ("src/rpc/grpc/",),
    r"(oneapi/)?tbb/": ("src/model/openvino/",),
}
# Locks and threads that `base` has better words for: Guarded, BoundedQueue, std::jthread.
RAW_THREADING = re.compile(
    r"\bstd::(\w*mutex|condition_variable\w*|async|thread)\b(?!::)|^#include <(mutex|shared_mutex|condition_variable)>"
    r"|\}\)\.detach\(\)", re.M)
RAW_THREADING_IN = ("src/base/",)
# Until they use base/waker.h and Guarded.
RAW_THREADING_STILL_IN = ("src/api/access_log", "src/cli/serve.cc", "src/serving/predict_test.cc",
                          "src/serving/compute_pool_test.cc")


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


def includes(text):
    return re.findall(r'^#include ([<"])([^>"]+)[>"]', text, re.M)


def check_includes(path, text, table):
    room = path.parts[1]
    for bracket, include in includes(text):
        used = include.split("/")[0]
        if bracket == '"' and used in table and used not in table[room] | {room}:
            yield f"{path}: {room} may not include {used} ({include})"
        for pattern, places in LIBRARIES.items():
            if re.match(pattern, include) and not str(path).startswith(places):
                yield f"{path}: <{include}> may appear only in {', '.join(places)}"


def check_own_header_first(path, text):
    """That every header compiles alone: cmake/Module.cmake relies on it."""
    own = re.sub(r"(_test)?\.cc$", ".h", str(path)) if path.suffix == ".cc" else ""
    if own and (ROOT / own).is_file() and [i for _, i in includes(text)][:1] != [own.removeprefix("src/")]:
        yield f"{path}: its first include must be \"{own.removeprefix('src/')}\""


def check_threading(path, text):
    for found in RAW_THREADING.finditer(text):
        if not str(path).startswith(RAW_THREADING_IN + RAW_THREADING_STILL_IN):
            number = text.count("\n", 0, found.start()) + 1
            yield f"{path}:{number}: {found.group().strip()} may appear only in {', '.join(RAW_THREADING_IN)}"


def without_literals(text):
    """C++ with comments, strings and character literals emptied; lines stay where they are."""
    def blank(match):
        return "\n" * match.group().count("\n") or " "
    return re.sub(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'',
                  blank, text, flags=re.S)


def cpp_functions(text):
    """(first line, lines) of every function body at namespace or class level."""
    code = without_literals(re.sub(r"^#.*?(?<!\\)$", lambda m: "\n" * m.group().count("\n"), text, flags=re.M | re.S))
    depth, head, start, opened = [], 0, 0, 0
    for match in re.finditer(r"[{};]", code):
        at, sign = match.start(), match.group()
        if sign == "{":
            before = code[head:at]
            container = re.search(r"\b(namespace|class|struct|union|enum|extern)\b", before) and "(" not in before
            if not container and "body" not in depth and before.rstrip()[-1:] != "=":
                start = head + len(before) - len(before.lstrip())
                opened = code.count("\n", 0, start) + 1
                depth.append("body")
            else:
                depth.append("container" if container and "body" not in depth else "inner")
        elif sign == "}" and depth:
            if depth.pop() == "body":
                yield opened, code.count("\n", 0, at) + 2 - opened
        head = at + 1


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.lineno + 1


def check_text(path, text):
    lines = text.splitlines()
    limit = LINES_MAX.get(path.suffix)
    if limit and len(lines) > limit:
        yield f"{path}: {len(lines)} lines; the limit is {limit}"
    if path.suffix == ".h" and "#pragma once" not in text:
        yield f"{path}: no #pragma once"
    columns = COLUMNS_MAX.get(path.suffix)
    for number, line in enumerate(lines, 1):
        if columns and len(line) > columns:
            yield f"{path}:{number}: {len(line)} columns; the limit is {columns}"
        if re.search(r"\b(TODO|FIXME|XXX)\b", line) and path.name != "tidy.py" and "XX" not in line.replace("XXX", ""):
            yield f"{path}:{number}: unfinished: {line.strip()}"
    functions = python_functions if path.suffix == ".py" else cpp_functions if path.suffix in (".h", ".cc") else None
    for number, length in functions(text) if functions else ():
        if length > FUNCTION_LINES_MAX:
            yield f"{path}:{number}: a function of {length} lines; the limit is {FUNCTION_LINES_MAX}"


def dead_headers(sources):
    used = {include for text in sources.values() for _, include in includes(text)}
    for path in sources:
        if path.suffix == ".h" and not any(str(path).endswith("/" + name) or str(path) == name for name in used):
            yield f"{path}: nothing includes it"


def main():
    table = rooms()
    problems = [] if len(table) > 5 else ["docs/architecture.md: the table of rooms was not found"]
    sources = {}
    for path in tracked("*.h", "*.cc", "*.py", "*.sh", "dev"):
        text = (ROOT / path).read_text()
        problems += check_text(path, text)
        if path.suffix not in (".h", ".cc"):
            continue
        sources[path] = text
        problems += check_threading(path, text)
        if path.parts[0] == "src" and path.parts[1] not in table:
            problems.append(f"{path}: the room {path.parts[1]} is not in docs/architecture.md")
        elif path.parts[0] == "src":
            problems += check_includes(path, text, table)
            problems += check_own_header_first(path, text)
    problems += dead_headers(sources)
    print("\n".join(problems) or "tidy")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
