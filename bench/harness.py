"""Starts servers and the load generator on their own processors and reads what they cost."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"
CREDENCE = BUILD / "src" / "cli" / "credence"
FLOOR = BUILD / "bench" / "floor_server"
GRPC_FLOOR = BUILD / "bench" / "grpc_floor"
LOAD = BUILD / "bench" / "credence_load"
ENGINE_TIME = BUILD / "bench" / "engine_time"
LARGE_MODELS = ROOT / "build" / "bench-models"  # made by bench/make_models.py
SERVER_CPU, LOAD_CPU = 0, 1
READY_SECONDS_MAX = 30
TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")


class Skip(Exception):
    """The scenario cannot run here; the text says what is missing."""


class Broken(Exception):
    """The server or a tool failed where it must not."""


def pinned(cpu: int, command: list[str]) -> list[str]:
    return ["taskset", "-c", str(cpu), *command] if (os.cpu_count() or 1) > 1 else command


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Server:
    """A server process on its processor. A context manager; leaving it ends it.

    `ready_path`: it is waited for until it answers that with 200; empty: it is not waited for.
    """

    def __init__(self, command: list[str], ready_path: str, port: int):
        self.port = port
        self._log = tempfile.TemporaryFile()
        started = time.monotonic()
        self.process = subprocess.Popen(
            pinned(SERVER_CPU, command), stdout=subprocess.DEVNULL, stderr=self._log, cwd=ROOT)
        if ready_path:
            self._await_ready(ready_path, started + READY_SECONDS_MAX)
        self.ready_seconds = time.monotonic() - started

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def _await_ready(self, path: str, deadline: float) -> None:
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.get(path)
                return
            except OSError:  # refused, reset, or 503 until ready
                time.sleep(0.005)
        self.stop()
        tail = self.log()[-1000:].decode(errors="replace").strip()
        raise Broken(f"the server did not become ready: {tail or self.process.returncode}")

    def log(self) -> bytes:
        """What it has written to its standard error so far."""
        return os.pread(self._log.fileno(), 1 << 20, 0)

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            return answer.read().decode()

    def post(self, path: str, body: bytes, content_type: str) -> dict:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data=body, headers={"Content-Type": content_type})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def cpu_seconds(self) -> float:
        """User and system time of all its threads."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(stat[11]) + int(stat[12])) * TICK_SECONDS

    def resident_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def signal_stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def stop(self) -> int:
        """Ends it and returns its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def start_floor() -> Server:
    port = free_port()
    return Server([str(FLOOR), str(port)], "/metrics", port)


def start_grpc_floor(answer_bytes: int) -> Server:
    return Server([str(GRPC_FLOOR), "0", str(answer_bytes)], "", 0)


def start_credence(*arguments: str, ready_path: str = "/readyz") -> Server:
    if not CREDENCE.exists():
        raise Skip(f"no server: {CREDENCE.relative_to(ROOT)}")
    port = free_port()
    command = [str(CREDENCE), "serve", "--port", str(port), "--io-threads", "1", *arguments]
    return Server(command, ready_path, port)


def serve_knows(flag: str) -> bool:
    """Whether `credence serve` has the flag."""
    if not CREDENCE.exists():
        raise Skip(f"no server: {CREDENCE.relative_to(ROOT)}")
    text = subprocess.run([str(CREDENCE), "serve", "--help"], capture_output=True, text=True).stdout
    return re.search(rf"(?<!\S){flag}\b", text) is not None


def models_dir() -> Path:
    models = Path(os.environ.get("CREDENCE_SHARED", ROOT.parent / "shared")) / "models" / "production"
    if not models.is_dir():
        raise Skip(f"no models in {models}; CREDENCE_SHARED names the directory that holds models/")
    return models


class Load:
    """The generator, running beside. finish() waits for its report: a dictionary by stream."""

    def __init__(self, port: int, streams: list[dict], timeout_ms: int = 10_000):
        command = [str(LOAD), "--target", f"127.0.0.1:{port}", "--timeout-ms", str(timeout_ms)]
        if (os.cpu_count() or 1) > 1:
            command += ["--cpu", str(LOAD_CPU)]
        for stream in streams:
            command += ["--stream", ",".join(f"{key}={value}" for key, value in stream.items())]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def running(self) -> bool:
        return self._process.poll() is None

    def finish(self) -> dict[str, dict]:
        report, _ = self._process.communicate()
        if self._process.returncode != 0:
            raise Broken(f"the load generator failed: status {self._process.returncode}")
        return {stream["name"]: stream for stream in json.loads(report)["streams"]}


def run_load(port: int, *streams: dict, timeout_ms: int = 10_000) -> dict[str, dict]:
    return Load(port, list(streams), timeout_ms).finish()


def answered(stream: dict, status: str = "200") -> int:
    return stream["statuses"].get(status, 0)


def unanswered(stream: dict) -> int:
    """Requests that got an answer other than 200, or none."""
    return stream["sent"] - answered(stream) + stream["not_sent"]


def batch_sizes(server: Server) -> dict[float, float]:
    """{upper bound: batches at most that large}, cumulative, with the key 0 for the sum of sizes."""
    sizes: dict[float, float] = {}
    for line in server.get("/metrics").splitlines():
        if match := re.match(r'credence_batch_size_bucket\{.*le="([^"]+)"\} (\S+)', line):
            bound = float(match[1].replace("+Inf", "inf"))
            sizes[bound] = sizes.get(bound, 0) + float(match[2])
        elif match := re.match(r"credence_batch_size_sum\S* (\S+)", line):
            sizes[0] = sizes.get(0, 0) + float(match[1])
    return sizes


def metric(server: Server, name: str, **labels: str) -> float:
    """The sum of a metric's values over all series that have these labels."""
    total = 0.0
    for line in server.get("/metrics").splitlines():
        series, _, value = line.rpartition(" ")
        if series.split("{")[0] == name and all(f'{k}="{v}"' in series for k, v in labels.items()):
            total += float(value)
    return total


def engine_us(model: Path, batches: list[int]) -> dict[int, float]:
    """The engine's own time for one run of each batch size; engine_time prints `SIZE MICROSECONDS`."""
    if not ENGINE_TIME.exists():
        raise Skip(f"no {ENGINE_TIME.relative_to(ROOT)}")
    command = pinned(SERVER_CPU, [str(ENGINE_TIME), str(model), *map(str, batches)])
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    pairs = (line.split() for line in lines if re.match(r"\d+\s+[\d.]+", line))
    return {int(pair[0]): float(pair[1]) for pair in pairs}


@dataclass
class EngineAlone:
    """What the engine's own benchmark_app says about a model."""

    per_second: float
    load_seconds: float  # to read and to compile the model


def benchmark_app(model: Path, hint: str, seconds: float) -> EngineAlone:
    """Runs the benchmark_app of the engine's wheel on the server's processor, one picture an inference."""
    packages = next((ROOT / "build" / "venv" / "lib").glob("python*/site-packages"), None)
    if packages is None:
        raise Skip("no build/venv with the engine's wheel")
    code = "from openvino.tools.benchmark.main import main; main()"
    command = pinned(SERVER_CPU, [
        sys.executable, "-c", code, "-m", str(model), "-d", "CPU", "-b", "1", "-hint", hint,
        "-infer_precision", "f32", "-t",
        str(max(1, round(seconds)))])
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(packages)})
    figures = [re.search(pattern, done.stdout) for pattern in (
        r"Throughput:\s+([\d.]+) FPS", r"Read model took ([\d.]+) ms", r"Compile model took ([\d.]+) ms")]
    if done.returncode != 0 or None in figures:
        raise Broken(f"benchmark_app: {(done.stdout + done.stderr)[-500:].strip()}")
    per_second, read_ms, compile_ms = (float(figure[1]) for figure in figures)
    return EngineAlone(per_second, (read_ms + compile_ms) / 1000)


def machine() -> dict:
    """Where the figures come from."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return {
        "cpu": cpu[1] if cpu else "unknown", "cores": os.cpu_count(), "kernel": os.uname().release,
        "load_before": os.getloadavg()[0], "commit": commit.stdout.strip(),
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
