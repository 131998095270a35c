"""`./dev faults`: each thing that a program asks of the system fails once: allocations, files, sockets, threads.

After each failure: no crash, no hang, no half file, no wrong verdict, and the server serves on. Prints how many
points were covered and which failed; the exit status says whether any did.
"""
import argparse
import base64
import collections
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import zlib

import points

ROOT = pathlib.Path(__file__).resolve().parents[2]
HANG_S = 60
FILE_KINDS = ("open", "read", "write", "fsync", "rename", "unlink")
REFUSALS = (500, 503)
SOCKETS = ("accept", "recv", "send")  # what fails a connection: it is closed without an answer
RELOAD = ("POST", "/v1/admin/predictors/digits/reload", {"Content-Type": "application/json"}, b"")


def png(width=28, height=28, level=200):
    """A grey PNG with a bright bar, made here so that nothing else is needed."""
    rows = b"".join(b"\0" + bytes(level if 12 <= x < 16 and 4 <= y < 24 else 0 for x in range(width))
                    for y in range(height))
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def requests():
    """name -> (method, path, headers, body) of each kind that the server answers."""
    picture, large = png(), png(600, 400)
    json_body = json.dumps({"image": base64.b64encode(picture).decode()}).encode()
    numbers = json.dumps({"image": [[0] * 28 for _ in range(28)]}).encode()
    several = json.dumps({"images": [base64.b64encode(picture).decode()] * 3}).encode()
    form = (b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n" + picture +
            b"\r\n--b--\r\n")
    predict = "/v1/predict"
    as_json = {"Content-Type": "application/json"}
    return {
        "png": ("POST", predict, {"Content-Type": "image/png"}, picture),
        "large png": ("POST", predict, {"Content-Type": "image/png"}, large),
        "explained": ("POST", predict + "?explain=true", {"Content-Type": "image/png"}, picture),
        "base64": ("POST", predict, as_json, json_body),
        "numbers": ("POST", predict, as_json, numbers),
        "several": ("POST", predict, as_json, several),
        "form": ("POST", predict, {"Content-Type": "multipart/form-data; boundary=b"}, form),
        "catalog": ("GET", "/v1/predictors", {}, b""),
        "ready": ("GET", "/readyz", {}, b""),
        "metrics": ("GET", "/metrics", {}, b""),
        "unknown": ("GET", "/nothing", {}, b""),
    }


def verdict_of(name, body):
    """What of an answer has to be the same whatever failed before."""
    if name in ("metrics", "ready", "unknown"):
        return None
    answer = json.loads(body)
    for one in answer.get("predictions", [answer]):
        one.pop("timings", None)
    return answer


class Tally:
    def __init__(self, most):
        self.most = most
        self.covered = collections.Counter()
        self.failures = []
        self.in_engine = collections.Counter()

    def check(self, scenario, kind, at, problem, page=None, status=None):
        """`status` of the process (None: it runs) and its page: an end by a signal where the engine's own code was
        refused is counted apart."""
        self.covered[scenario, kind] += 1
        if problem and page and page.in_engine and (status or 0) < 0:
            self.in_engine[scenario, kind] += 1
        elif problem:
            self.failures.append(f"{scenario}: {kind} {at}: {problem}")
            print("FAILED", self.failures[-1], flush=True)

    def points(self, count):
        return points.sample(count, self.most)

    def done(self, scenario, kind, count):
        ended = self.in_engine[scenario, kind]
        print(f"{scenario}: {kind}: {self.covered[scenario, kind]} of {count} points"
              + (f"; in the engine's own code {ended} ended the process" if ended else ""), flush=True)


class Server:
    def __init__(self, binary, page, models, arm=None):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.page = page
        self.errors = tempfile.TemporaryFile()
        page.disarm()
        if arm:
            page.arm(*arm)
        self.process = subprocess.Popen(
            [binary, "serve", "--port", str(self.port), "--address", "127.0.0.1", "--admin-on-public", "--poll-ms",
             "0", "--io-threads", "1", "--compute-threads", "1", "--access-log", "off", "--models", str(models),
             "--deadline-ms", "20000", "--grpc-port", "0"],
            env=page.env(), stderr=self.errors, stdout=subprocess.DEVNULL)

    def wait_ready(self):
        """Returns whether it is; False: it has ended by itself."""
        end = time.monotonic() + HANG_S
        while time.monotonic() < end:
            if self.process.poll() is not None:
                return False
            try:
                if self.ask(("GET", "/readyz", {}, b""))[0] == 200:
                    return True
            except OSError:
                pass
            time.sleep(0.02)
        raise TimeoutError("neither ready nor ended")

    def ask(self, request, before=lambda: None, connected=False):
        method, path, headers, body = request
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            if connected:
                connection.request("GET", "/livez")
                connection.getresponse().read()
            before()
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()

    def said(self):
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace").strip()[-300:]

    def stop(self):
        """Returns what is wrong with how it ends."""
        self.page.disarm()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(HANG_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "SIGTERM does not end it"
        return f"ended with {self.process.returncode}: {self.said()}" if self.process.returncode else ""


def lacks_memory(name, expected, body):
    """Whether an answer is the expected one but for pictures that there was no memory for."""
    if not isinstance(expected, dict) or "predictions" not in expected:
        return False
    pairs = zip(verdict_of(name, body)["predictions"], expected["predictions"], strict=True)
    return all(one == other or one.get("error", {}).get("status") in REFUSALS for one, other in pairs)


def try_request(server, name, request, expected, kind, at):
    """Asks while the at-th call fails, and once more after it. Returns what is wrong."""
    server.ask(("POST", "/v1/predict", {"Content-Type": "image/png"}, png(level=60)))  # whose answer is another
    connected = kind not in SOCKETS  # there already: without memory for it, it would be closed
    try:
        status, body = server.ask(request, before=(lambda: server.page.arm(kind, at)), connected=connected)
    except OSError as error:  # closed without an answer: only when the socket itself failed
        status, body = None, None
        if kind not in (*SOCKETS, "read", "write"):
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.process.wait(1)  # it may be about to end
            return f"no answer: {error}" if server.process.poll() is None else "it died: " + server.said()
    server.page.disarm()
    if server.process.poll() is not None:
        return f"it died with {server.process.returncode}: {server.said()}"
    if status is not None and status not in (expected[0], *REFUSALS):
        return f"answered {status}: {body[:200]!r}"
    if status == expected[0] and verdict_of(name, body) != expected[1] and not lacks_memory(name, expected[1], body):
        return f"another answer: {body[:200]!r}"
    try:
        status, body = server.ask(request)
    except OSError as error:
        return f"the next request got no answer: {error}; {server.said()}"
    if status != expected[0] or verdict_of(name, body) != expected[1]:
        return f"the next request got {status}: {body[:200]!r}"
    return ""


def serve_requests(binary, work, models, tally, kinds, names=None):
    page = points.Page(work, binary)
    server = Server(binary, page, models)
    assert server.wait_ready(), server.said()
    for name, request in requests().items():
        if names and name not in names:
            continue
        for _ in range(3):  # what is made once is there
            status, body = server.ask(request)
        expected = status, verdict_of(name, body)
        with page.counted() as counts:
            server.ask(request, connected=True)
        for kind in kinds:
            for at in tally.points(counts[kind]):
                problem = try_request(server, name, request, expected, kind, at)
                tally.check(f"serve {name}", kind, at, problem, page, server.process.poll())
                if problem and server.process.poll() is not None:
                    server = Server(binary, page, models)
                    assert server.wait_ready(), server.said()
            if counts[kind]:
                tally.done(f"serve {name}", kind, counts[kind])
    tally.check("serve", "stop", 0, server.stop())


def reload_wholly(server):
    """Returns when the version has been loaded anew."""
    def times():
        server.errors.seek(0)
        return server.errors.read().count(b"version serves anew")
    before, end = times(), time.monotonic() + HANG_S
    server.ask(RELOAD)
    while times() == before:
        if time.monotonic() > end:
            raise TimeoutError("the reload does not end: " + server.said())
        time.sleep(0.05)


def ask_for_reload(server, kind, at, expected, at_the_end):
    """Has the at-th call fail under a reload, and asks for a picture then. Returns what is wrong. `at_the_end`: there
    may be fewer calls than when they were counted."""
    page, status, problem = server.page, None, ""
    try:
        status, body = server.ask(RELOAD, lambda: page.arm(kind, at), connected=kind not in SOCKETS)
    except OSError as error:
        if kind not in SOCKETS:
            problem = f"no answer: {error}"
    end = time.monotonic() + 5
    while not page.fired and time.monotonic() < end and not at_the_end:
        time.sleep(0.01)
    page.disarm()
    time.sleep(0.05)
    if status not in (None, 200, 202, 204, *REFUSALS):
        problem = f"the reload was answered {status}: {body[:200]!r}"
    try:
        status, body = server.ask(requests()["png"])
        if status != 200 or verdict_of("png", body) != expected:
            problem = f"afterwards {status}: {body[:200]!r}"
    except OSError as error:
        problem = f"afterwards no answer: {error}"
    return problem


def serve_reload(binary, work, models, tally, kinds):
    page = points.Page(work, binary)
    picture = requests()["png"]
    server = None
    counts = {}
    for kind in kinds:
        at, count = 0, None
        todo = []
        while True:
            if server is None or server.process.poll() is not None:
                server = Server(binary, page, models)
                assert server.wait_ready(), server.said()
                expected = verdict_of("png", server.ask(picture)[1])
            if not counts:
                reload_wholly(server)
                with page.counted() as counts:
                    reload_wholly(server)
            if count is None:
                count = counts[kind]
                todo = tally.points(count)
            if not todo:
                break
            at = todo.pop(0)
            problem = ask_for_reload(server, kind, at, expected, at_the_end=at >= count * 0.9)
            if server.process.poll() is not None:
                problem = f"it died with {server.process.returncode}: {server.said()}"
            tally.check("reload", kind, at, problem, page, server.process.poll())
        tally.done("reload", kind, count)
    if server:
        tally.check("reload", "stop", 0, server.stop())


def serve_start(binary, work, models, tally, kinds):
    page = points.Page(work, binary)
    with page.counted() as counts:
        server = Server(binary, page, models)
        assert server.wait_ready(), server.said()
    picture = requests()["png"]
    expected = verdict_of("png", server.ask(picture)[1])
    server.stop()
    for kind in kinds:
        for at in tally.points(counts[kind]):
            server = Server(binary, page, models, arm=(kind, at))
            problem = ""
            try:
                if server.wait_ready():
                    if kind in SOCKETS:
                        page.disarm()
                    status, body = server.ask(picture)
                    if status != 200 or verdict_of("png", body) != expected:
                        problem = f"answered {status}: {body[:200]!r}"
                elif server.process.returncode not in (1, 2):
                    problem = f"died with {server.process.returncode}: {server.said()}"
                elif not server.said():
                    problem = "it ended without saying why"
            except (OSError, TimeoutError) as error:
                problem = f"{error}; {server.said()}"
            ended = server.stop()
            if not problem and "ended with 1" not in ended:
                problem = ended
            tally.check("start", kind, at, problem, page, server.process.poll())
        tally.done("start", kind, counts[kind])


def run_verb(binary, page, arguments, arm=None):
    """-> status, standard output, what it said; status None: it hangs."""
    page.disarm()
    if arm:
        page.arm(*arm)
    try:
        done = subprocess.run([binary, *map(str, arguments)], env=page.env(), capture_output=True, timeout=HANG_S)
        return done.returncode, done.stdout, done.stderr.decode(errors="replace").strip()[-300:]
    except subprocess.TimeoutExpired:
        return None, b"", "hangs"


def predict(binary, work, models, tally, kinds):
    page = points.Page(work, binary)
    picture = work / "picture.png"
    picture.write_bytes(png())
    arguments = ["predict", "--model", models, "--json", picture]
    with page.counted() as counts:
        expected = run_verb(binary, page, arguments)
    assert expected[0] == 0, expected
    for kind in kinds:
        for at in tally.points(counts[kind]):
            status, out, said = run_verb(binary, page, arguments, (kind, at))
            right = (status == 0 and out == expected[1]) or (status == 1 and said)
            problem = "" if right else f"ended with {status}: {out[:100]!r} {said}"
            tally.check("predict", kind, at, problem, page, status)
        tally.done("predict", kind, counts[kind])


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def calibration_data(binary, folder):
    subprocess.run([binary, "data", "make", "digits", "--count", "400", "--test", "400", "--seed", "5", "--out",
                    str(folder)], check=True, capture_output=True)
    return folder


def calibrate(binary, work, models, tally, kinds, kill=False):
    """After each failure the version has the files of before or those of after; killed, it at least answers so."""
    data = calibration_data(binary, work / "drawn")
    version = work / "calibrated/digits/1"
    shutil.copytree(models / "digits/1", version)
    assets = version / "assets.extra/credence"
    page = points.Page(work, binary, only=version)
    command = ["calibrate", "--model", version, "--data", data, "--split"]
    picture = work / "picture.png"
    picture.write_bytes(png())

    def answer():
        done = subprocess.run([binary, "predict", "--model", str(version), "--json", str(picture)],
                              capture_output=True, timeout=HANG_S)
        return done.returncode, done.stdout
    states = {}
    for name, split in (("new", "t10k"), ("old", "train")):
        status, _, said = run_verb(binary, page, [*command, split])
        assert status == 0, said
        states[name] = files_of(assets), answer()
    with page.counted() as counts:
        run_verb(binary, page, [*command, "t10k"])
    mode = "killed" if kill else "calibrate"
    for kind in kinds:
        for at in tally.points(counts[kind]):
            shutil.rmtree(assets)
            assets.mkdir()
            for name, content in states["old"][0].items():
                (assets / name).write_bytes(content)
            status, out, said = run_verb(binary, page, [*command, "t10k"], (kind, at, kill))
            page.disarm()
            now, problem = files_of(assets), ""
            if not kill and status not in (0, 1):
                problem = f"ended with {status}: {said}"
            elif not kill and status == 1 and not said:
                problem = "it ended without saying why"
            elif not kill and any("partial" in name for name in now):
                problem = f"status {status}, half a file is left: {sorted(now)}; {said}"
            elif not kill and status == 0 and now != states["new"][0]:
                problem = f"status 0, but not all is written: {sorted(now)}"
            if not problem and answer() not in (states["old"][1], states["new"][1]):
                problem = f"answers as neither: {answer()}"
            tally.check(mode, kind, at, problem, page, status)
        tally.done(mode, kind, counts[kind])


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("scenario", nargs="*",
                           help="requests, reload, start, predict, calibrate, kill; default: all")
    arguments.add_argument("--binary", default=str(ROOT / "build/release/src/cli/credence"))
    arguments.add_argument("--most", type=int, default=400, help="points of a kind and scenario; more are sampled")
    arguments.add_argument("--kinds", default=",".join(points.KINDS))
    flags = arguments.parse_args()
    kinds = flags.kinds.split(",")
    scenarios = {
        "requests": lambda *a: serve_requests(*a, kinds),
        "reload": lambda *a: serve_reload(*a, kinds),
        "start": lambda *a: serve_start(*a, kinds),
        "predict": lambda *a: predict(*a, [k for k in kinds if k not in ("accept", "recv", "send")]),
        "calibrate": lambda *a: calibrate(*a, [k for k in kinds if k in ("alloc", *FILE_KINDS)]),
        "kill": lambda *a: calibrate(*a, [k for k in kinds if k in FILE_KINDS], kill=True),
    }
    tally = Tally(flags.most)
    for name in flags.scenario or scenarios:
        with tempfile.TemporaryDirectory(prefix="credence-faults-") as folder:
            work = pathlib.Path(folder)
            models = work / "models"
            shutil.copytree(ROOT / "predictors/digits", models / "digits")
            scenarios[name](flags.binary, work, models, tally)
    print(f"{sum(tally.covered.values())} points, {len(tally.failures)} failures, "
          f"{sum(tally.in_engine.values())} ends in the engine's own code")
    for failure in tally.failures:
        print("FAILED", failure)
    return 1 if tally.failures else 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
