"""The binary is read back: where it looks for libraries, and what the linker and compiler did to harden it."""
import os
import pathlib
import platform
import re
import subprocess

import pytest
from conftest import BINARY, ROOT

RELEASE = ROOT / "build/release/src/cli/credence"
FLAGS = ROOT / "cmake/Module.cmake"


def readelf(binary, *flags):
    return subprocess.run(["readelf", "-W", *flags, str(binary)], capture_output=True, text=True, check=True).stdout


def release_is_built():
    return RELEASE.exists() and RELEASE.stat().st_mtime > FLAGS.stat().st_mtime


def binaries():
    return [pathlib.Path(BINARY)] + ([RELEASE] if release_is_built() and str(RELEASE) != BINARY else [])


@pytest.mark.parametrize("binary", binaries(), ids=str)
def test_libraries_are_not_looked_for_in_the_working_directory(binary):
    paths = re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]", readelf(binary, "-d"))
    for element in ":".join(paths).split(":") if paths else []:
        assert element.startswith(("/", "$ORIGIN")), f"{element!r} in the RUNPATH {paths}"


@pytest.mark.parametrize("binary", binaries(), ids=str)
def test_the_linker_hardened_it(binary):
    dynamic, segments = readelf(binary, "-d"), readelf(binary, "-l")
    assert re.search(r"\(FLAGS(_1)?\).*\b(BIND_NOW|NOW)\b", dynamic), "not BIND_NOW"
    assert "GNU_RELRO" in segments
    assert re.search(r"\(FLAGS_1\).*\bPIE\b", dynamic)
    assert re.search(r"GNU_STACK\s.*\sRW\s", segments), "an executable stack"


def test_the_compiler_hardened_it():
    if not release_is_built():
        pytest.skip("no fresh release build here; sanitizers take the place of these checks in others")
    symbols = readelf(RELEASE, "--dyn-syms")
    assert "__stack_chk_fail" in symbols
    assert re.search(r"__(memcpy|snprintf|read|memset)_chk", symbols), "not _FORTIFY_SOURCE"
    assert "glibcxx_assert_fail" in symbols, "not _GLIBCXX_ASSERTIONS"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="CET is of x86-64")
def test_functions_may_be_jumped_to_only_at_their_start():
    """Debian's start files are not marked for CET, so the program is not: its code is looked at."""
    if not release_is_built():
        pytest.skip("no fresh release build here")
    main = re.search(r": ([0-9a-f]+) +\d+ FUNC +GLOBAL +\w+ +\d+ main$", readelf(RELEASE, "-s"), re.M)
    start = int(main.group(1), 16)
    code = subprocess.run(["objdump", "-d", f"--start-address={start}", f"--stop-address={start + 16}", str(RELEASE)],
                          capture_output=True, text=True, check=True).stdout
    assert "endbr64" in code, "not -fcf-protection"


@pytest.mark.parametrize("path", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda path: path.stem)
def test_wheels_are_pinned_by_hash(path):
    """pip then refuses whatever has another hash."""
    lines = re.sub(r"\\\n", " ", path.read_text()).splitlines()
    pinned = [line for line in lines if line.strip() and not line.startswith("#")]
    assert pinned and all(re.match(r"[\w.\[\],-]+==\S+( *;[^#]*?)?( +--hash=sha256:[0-9a-f]{64})+ *$", line)
                          for line in pinned), path


@pytest.mark.parametrize("path", sorted((ROOT / "requirements").glob("*.in")), ids=lambda path: path.stem)
def test_what_is_asked_for_is_what_is_pinned(path):
    """Else `./dev lock` was forgotten."""
    def plain(line):
        return re.sub(r"\[.*?\]", "", line).split(";")[0].strip().rstrip("\\").strip().lower()
    pinned = {plain(line) for line in path.with_suffix(".txt").read_text().splitlines()}
    asked = [plain(line) for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
    assert set(asked) <= pinned


def test_a_library_in_the_working_directory_is_not_loaded(tmp_path):
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", readelf(BINARY, "-d"))
    source = tmp_path / "planted.c"
    source.write_text('#include <unistd.h>\n__attribute__((constructor)) static void f(void)'
                      '{ write(2, "PLANTED", 7); }\n')
    planted = tmp_path / next(name for name in needed if name.startswith(("libgif", "libspng", "libwebp")))
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(planted), str(source)], check=True)
    done = subprocess.run([BINARY, "--version"], cwd=tmp_path, capture_output=True, text=True, env=dict(os.environ))
    assert done.returncode == 0 and "PLANTED" not in done.stderr
