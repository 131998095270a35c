"""Lists what a release is made of, from the build itself, as CycloneDX 1.5.

usage: sbom.py BUILD_FOLDER OUT.json

Two sources: the libraries that the program and the engine load (ldd), and the headers that the compiler read
(ninja's log of dependencies), which is how header-only libraries get in. Each file belongs to a Debian package
or to a pinned wheel; a file that belongs to neither is an error.
"""
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD_TOOLS = re.compile(r"^(libc6-dev|linux-libc-dev|libgcc-\d+-dev|libcrypt-dev)$")  # headers of the system


def run(*words):
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, check=True).stdout


def engine_files(folder):
    """Those of the engine's files that are installed: cmake/Install.cmake."""
    return [p for p in sorted(folder.iterdir()) if re.match(
        r"libopenvino(_intel_cpu_plugin|_(ir|onnx|tensorflow)_frontend)?\.so|libtbb\.so", p.name)]


def loaded(program, engine):
    """The shared libraries outside the engine that are loaded."""
    files = set()
    for binary in [program, *engine_files(engine)]:
        for path in re.findall(r"=> (/\S+) \(", run("ldd", binary)):
            if pathlib.Path(path).parent != engine:
                files.add(path)
    return files


def read_headers(build):
    """The headers outside the project that the compiler read."""
    headers = set()
    for line in run("ninja", "-C", build, "-t", "deps").splitlines():
        path = line.strip()
        if line.startswith(" ") and path.startswith("/usr/"):
            headers.add(os.path.normpath(path))
    return headers


def packages(files):
    """package -> its files."""
    found, missing = {}, []
    for path in sorted(files):
        names = [path, os.path.realpath(path), path.removeprefix("/usr")]
        for name in dict.fromkeys(names):
            done = subprocess.run(["dpkg", "-S", name], capture_output=True, text=True, check=False)
            if done.returncode == 0:
                found.setdefault(done.stdout.split(":")[0], []).append(path)
                break
        else:
            missing.append(path)
    if missing:
        raise SystemExit(f"sbom: no package owns {', '.join(missing[:5])}")
    return found


def by_folder(headers):
    """One header of each folder: a folder of /usr/include belongs to few packages, and dpkg -S takes 0.1 s a file."""
    listed = {}
    for path in sorted(headers):
        parts = pathlib.Path(path).parts
        top = parts[: 5 if "x86_64-linux-gnu" in parts or "aarch64-linux-gnu" in parts else 4]
        listed.setdefault(top, path)
    return set(listed.values())


def licences(package):
    """The names that the package's copyright file gives, if it is in Debian's machine-readable form."""
    path = pathlib.Path("/usr/share/doc") / package / "copyright"
    text = path.read_text(errors="replace") if path.is_file() else ""
    return sorted(set(re.findall(r"^License: *(\S[^\n]*?) *$", text, re.M)))


def debian(package, scope):
    fields = run("dpkg-query", "-W", "-f=${Version}\t${source:Package}\t${Architecture}\n", package).splitlines()[0]
    version, source, arch = fields.split("\t")
    names = licences(package) or ["see its copyright file"]
    return {
        "type": "library", "bom-ref": f"deb/{package}", "name": package, "version": version, "scope": scope,
        "purl": f"pkg:deb/debian/{package}@{version}?arch={arch}&upstream={source}",
        "licenses": [{"license": {"name": name}} for name in names],
    }


def engine_component(folder):
    info = next(folder.parents[1].glob("openvino-*.dist-info"))
    version = info.name.removeprefix("openvino-").removesuffix(".dist-info")
    return {
        "type": "library", "bom-ref": "pypi/openvino", "name": "openvino", "version": version, "scope": "required",
        "purl": f"pkg:pypi/openvino@{version}", "licenses": [{"license": {"id": "Apache-2.0"}}],
        "components": [{"type": "file", "name": p.name, "hashes": [
            {"alg": "SHA-256", "content": hashlib.sha256(p.read_bytes()).hexdigest()}]} for p in engine_files(folder)],
    }


def main():
    build, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    program = build / "src/cli/credence"
    engine = next((ROOT / "build/venv/lib").glob("python3*/site-packages/openvino/libs"))
    linked = packages(loaded(program, engine))
    compiled = packages(by_folder(read_headers(build)))
    version = re.search(r"VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text()).group(1)
    commit = run("git", "-C", ROOT, "rev-parse", "HEAD").strip()
    components = [engine_component(engine)]
    components += [debian(name, "required") for name in sorted(linked)]
    components += [debian(name, "required") for name in sorted(compiled)
                   if name not in linked and not BUILD_TOOLS.match(name)]
    document = {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {
            "component": {"type": "application", "bom-ref": "credence", "name": "credence", "version": version,
                          "licenses": [{"license": {"id": "Apache-2.0"}}],
                          "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(program.read_bytes()).hexdigest()}],
                          "properties": [{"name": "commit", "value": commit}]},
            "tools": {"components": [{"type": "application", "name": "tools/sbom.py"}]}},
        "components": components,
        "dependencies": [{"ref": "credence", "dependsOn": [c["bom-ref"] for c in components]}],
    }
    document["serialNumber"] = "urn:uuid:" + str(uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(document, sort_keys=True)))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(document, indent=1) + "\n")
    print(f"{out}: {len(components)} components, {len(linked)} packages loaded, {len(compiled)} compiled against")


if __name__ == "__main__":
    main()
