"""`./dev soak MINUTES`: good, bad, slow and rude clients, reloads, versions that come and go, kill -9 of clients and
SIGHUPs, all at once. Memory, descriptors and threads have to stay flat, and every line of both logs has to parse.

With --hostile: clients that want as much memory and time as they can get, instead. With --memory MIB the server runs
in a control group with that limit, as in a container. Prints its figures, with what a well-behaved client saw
meanwhile; the exit status says whether anything is wrong.
"""
import argparse
import collections
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/faults"))
from memory_group import MemoryGroup  # noqa: E402
from run import png  # noqa: E402  the picture of ./dev faults

SAMPLE_S = 2
RSS_GROWTH_MAX = 1.10, 16 << 20  # times, and bytes, from the second fifth to the last
SETTLE_S = 12  # for what was left half sent: header deadline and sweeps


class World:
    def __init__(self, binary, folder, group=None):
        self.folder, self.stop = folder, threading.Event()
        self.counts, self.problems = collections.Counter(), collections.Counter()
        shutil.copytree(ROOT / "predictors/digits", folder / "models/digits")
        self.ports = [free_port(), free_port()]
        self.errors = open(folder / "server.log", "wb")
        self.process = subprocess.Popen(
            [binary, "serve", "--models", str(folder / "models"), "--port", str(self.ports[0]), "--address",
             "127.0.0.1", "--admin-port", str(self.ports[1]), "--poll-ms", "200", "--log-format", "json",
             "--access-log", str(folder / "access.log"), "--header-deadline-ms", "3000", "--body-deadline-ms", "6000",
             "--idle-deadline-ms", "5000", "--deadline-ms", "10000", "--grpc-port", "0"], stderr=self.errors,
            preexec_fn=group and group.enter)

    def connect(self, port=None):
        return http.client.HTTPConnection("127.0.0.1", port or self.ports[0], timeout=30)

    def ask(self, method, path, body=b"", headers=None, port=None):
        connection = self.connect(port)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def wrong(self, what):
        self.problems[what] += 1

    def each(self, work):
        """Runs `work` again and again until the end; what it throws is told."""
        while not self.stop.is_set():
            try:
                work()
                self.counts[work.__name__] += 1
            except (OSError, http.client.HTTPException, ValueError) as error:
                if not self.stop.is_set():
                    self.wrong(f"{work.__name__}: {type(error).__name__} {error}")

    def usage(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return {"rss": int(re.search(r"VmRSS:\s+(\d+)", status)[1]) << 10,
                "threads": int(re.search(r"Threads:\s+(\d+)", status)[1]),
                "descriptors": len(os.listdir(f"/proc/{self.process.pid}/fd"))}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Clients:
    """The ways to use or misuse the server; each is run by a thread of its own."""

    def __init__(self, world):
        self.world = world
        self.picture, self.large = png(), png(2000, 1500)
        self.expected = json.loads(world.ask("POST", "/v1/predict", self.picture)[1])["verdict"]

    def good(self):
        connection = self.world.connect()
        for _ in range(50):
            connection.request("POST", "/v1/predict", self.picture)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                self.world.wrong(f"good: {answer.status}")
            elif json.loads(body)["verdict"] != self.expected:
                self.world.wrong("good: another verdict")
        connection.close()

    def heavy(self):
        status, _ = self.world.ask("POST", "/v1/predict", self.large)
        if status not in (200, 503):
            self.world.wrong(f"heavy: {status}")

    def bad(self):
        bodies = [b"", b"no picture", self.picture[:60], b"[" * 5000, b'{"image":' + b"[" * 200000,
                  b"\x89PNG\r\n\x1a\n" * 99, json.dumps({"images": ["!"] * 70}).encode(), os.urandom(3000)]
        status, _ = self.world.ask("POST", "/v1/predict", random.choice(bodies))
        if not 400 <= status < 500:
            self.world.wrong(f"bad: {status}")

    def raw(self, data):
        sent = socket.create_connection(("127.0.0.1", self.world.ports[0]), 10)
        sent.sendall(data)
        return sent

    def slow(self):
        head = b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
        with self.raw(head[:random.randrange(1, len(head))]) as sent:
            for _ in range(random.randrange(3)):
                self.world.stop.wait(1)
                try:
                    sent.sendall(b"a")
                except OSError:
                    return

    def rude(self):
        head = b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(self.picture)
        with self.raw(head + self.picture[:random.randrange(len(self.picture) + 1)]) as sent:
            sent.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.world.stop.wait(0.02)

    def killed(self):
        script = ("import socket,sys,time\ns=socket.create_connection(('127.0.0.1',%d))\n"
                  "s.sendall(b'POST /v1/predict HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 30000000\\r\\n\\r\\n')\n"
                  "print(flush=True)\nwhile True: s.sendall(b'x'*65536)" % self.world.ports[0])
        client = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        client.stdout.read(1)
        self.world.stop.wait(random.random() / 5)
        client.kill()
        client.wait()
        client.stdout.close()

    def watched(self):
        for path in ("/metrics", "/readyz", "/v1/predictors", "/v1/predictors/digits/drift", "/livez"):
            status, _ = self.world.ask("GET", path)
            if status != 200:
                self.world.wrong(f"watched: {path} {status}")
        self.world.stop.wait(0.2)

    def operated(self):
        source, copy = self.world.folder / "models/digits/1", self.world.folder / "models/digits/2"
        how = random.randrange(4)
        if how == 0 and not copy.exists():
            shutil.copytree(source, copy)
        elif how == 1:
            shutil.rmtree(copy, ignore_errors=True)
        elif how == 2:
            self.world.process.send_signal(signal.SIGHUP)
        else:
            status, _ = self.world.ask("POST", "/v1/admin/predictors/digits/reload", port=self.world.ports[1])
            if status not in (200, 202, 204, 409):  # 409: what is loaded has just been deleted
                self.world.wrong(f"reload: {status}")
        self.world.stop.wait(1)

    def all(self):
        return [self.good, self.good, self.heavy, self.bad, self.slow, self.slow, self.rude, self.killed,
                self.watched, self.operated]


def lines_that_do_not_parse(path):
    broken = []
    for line in path.read_bytes().splitlines():
        try:
            json.loads(line)
        except ValueError:
            broken.append(line[:200])
    return broken


def start_probe(world):
    picture = world.folder / "probe.png"
    picture.write_bytes(png())
    return subprocess.Popen([sys.executable, str(ROOT / "tests/soak/probe.py"), str(world.ports[0]), str(picture)],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def judge_probe(world, told):
    for name, ms in told["ms"].items():
        print(f"a client that behaves, {name}: p50 {ms['p50']:.1f}, p99 {ms['p99']:.1f}, most {ms['most']:.0f} ms")
    print(f"its answers: {told['statuses']}")
    for outcome in told["statuses"]:
        if not outcome.endswith((" 200", " 503")):
            world.wrong(f"a client that behaves: {outcome}")


def judge_group(world, group):
    if group.peak() is not None:
        print(f"control group: {group.peak() / 2**20:.0f} MiB most, with files in memory; {group.kills()} kills")
    if group.kills():
        world.wrong("the kernel killed it for want of memory")


def judge(world, samples, before, after, status):
    fifth = max(1, len(samples) // 5)
    early = statistics.median(s["rss"] for s in samples[fifth:2 * fifth] or samples)
    late = statistics.median(s["rss"] for s in samples[-fifth:])
    print(f"requests by kind: {dict(world.counts)}")
    print(f"memory: {early / 2**20:.0f} MiB early, {late / 2**20:.0f} MiB late, "
          f"{max(s['rss'] for s in samples) / 2**20:.0f} MiB most, {after['rss'] / 2**20:.0f} MiB at rest")
    print(f"descriptors: {before['descriptors']} before, {max(s['descriptors'] for s in samples)} most, "
          f"{after['descriptors']} at rest; threads: {before['threads']} before, "
          f"{max(s['threads'] for s in samples)} most, {after['threads']} at rest")
    if late > early * RSS_GROWTH_MAX[0] + RSS_GROWTH_MAX[1]:
        world.wrong("memory grows")
    if after["descriptors"] > before["descriptors"] + 2:
        world.wrong("descriptors are left")
    # The engine keeps idle ones, as many as there were models at once.
    if after["threads"] > 1.25 * max(s["threads"] for s in samples[:len(samples) // 2 + 1]):
        world.wrong("threads grow")
    if status != 0:
        world.wrong(f"the server ended with {status}")
    for name in ("server.log", "access.log"):
        broken = lines_that_do_not_parse(world.folder / name)
        count = len((world.folder / name).read_bytes().splitlines())
        print(f"{name}: {count} lines, {len(broken)} that do not parse")
        if broken:
            world.wrong(f"{name}: {broken[0]!r}")
    for problem, count in world.problems.most_common():
        print(f"WRONG {count} x {problem}")
    return 1 if world.problems else 0


def soak(binary, minutes, folder, hostile, group):
    world = World(binary, folder, group)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if world.ask("GET", "/readyz")[0] == 200:
                break
        except OSError:
            time.sleep(0.05)
    if hostile:
        from hostile import HostileClients
        works = HostileClients(world).all()
    else:
        works = Clients(world).all()
    time.sleep(1)
    before, samples = world.usage(), []
    probe = start_probe(world)
    threads = [threading.Thread(target=world.each, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    end = time.monotonic() + 60 * minutes
    while time.monotonic() < end and world.process.poll() is None:
        time.sleep(SAMPLE_S)
        if world.process.poll() is None:
            samples.append(world.usage())
    world.stop.set()
    judge_probe(world, json.loads(probe.communicate("")[0]))
    for thread in threads:
        thread.join()
    if world.process.poll() is not None or not samples:
        print(f"the server died with {world.process.poll()}: {(folder / 'server.log').read_bytes()[-500:]!r}")
        return 1
    time.sleep(SETTLE_S)
    after = world.usage()
    world.process.send_signal(signal.SIGTERM)
    try:
        status = world.process.wait(60)
    except subprocess.TimeoutExpired:
        world.process.kill()
        status = "SIGKILL: SIGTERM was not obeyed"
    if group:
        judge_group(world, group)
    return judge(world, samples, before, after, status)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("minutes", type=float, nargs="?", default=5)
    arguments.add_argument("--binary", default=str(ROOT / "build/release/src/cli/credence"))
    arguments.add_argument("--hostile", action="store_true", help="clients after memory and time")
    arguments.add_argument("--memory", type=int, metavar="MIB", help="limit of a control group for the server; as root")
    flags = arguments.parse_args()
    group = MemoryGroup(flags.memory << 20) if flags.memory else None
    with tempfile.TemporaryDirectory(prefix="credence-soak-") as folder:
        try:
            return soak(flags.binary, flags.minutes, pathlib.Path(folder), flags.hostile, group)
        finally:
            if group:
                group.close()


if __name__ == "__main__":
    sys.exit(main())
