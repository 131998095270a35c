#!/usr/bin/env python3
"""Trains on synthetic digits beside a real MLflow tracking server and reads the run back.

usage: ./dev versioning mlflow

First with the server up; then with nobody at its address: training must end all the same, and
`credence track push` must bring the run later, once however often it is called. Needs credence,
credence-train and mlflow on the PATH. Exit status 1 if anything differs.
"""
import hashlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

EPOCHS = 2


class Server:
    def __init__(self, scratch):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.scratch = scratch

    def __enter__(self):
        self.log = pathlib.Path(self.scratch, "mlflow.log")
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                ["mlflow", "server", "--backend-store-uri", f"sqlite:///{self.scratch}/mlflow.db", "--serve-artifacts",
                 "--artifacts-destination", f"{self.scratch}/artifacts", "--workers", "1", "--port", str(self.port)],
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        until = time.monotonic() + 120
        while time.monotonic() < until and self.process.poll() is None:
            try:  # what it logs about its start comes before it listens
                self.call("mlflow/experiments/get?experiment_id=0")
                return self
            except OSError:
                time.sleep(0.2)
        self.__exit__()
        raise RuntimeError("MLflow did not start:\n" + self.log.read_text())

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(timeout=60)

    def call(self, path, body=None):
        request = urllib.request.Request(
            f"{self.url}/api/2.0/{path}", data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def runs(self, experiment):
        found = json.loads(self.call(f"mlflow/experiments/get-by-name?experiment_name={experiment}"))
        search = {"experiment_ids": [found["experiment"]["experiment_id"]]}
        return json.loads(self.call("mlflow/runs/search", search)).get("runs", [])


def run(*command, status=0):
    environment = {**os.environ, "MLFLOW_TRACKING_URI": ""}
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, env=environment)
    if done.returncode != status:
        raise RuntimeError(f"{command}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def train(scratch, out, url):
    return run("credence", "train", "--data", scratch / "data", "--out", out, "--name", "digits",
               "--recipe", "baseline", "--epochs", EPOCHS, "--experiment", out.name, "--mlflow", url)


def expect(what, found, wanted):
    print(f"{'ok    ' if found == wanted else 'WRONG '} {what}: {found}")
    if found != wanted:
        raise SystemExit(f"expected {wanted}")


def check(server, out):
    """The one run of the experiment against what training wrote."""
    runs = server.runs(out.name)
    expect(f"{out.name}: runs", len(runs), 1)
    info, data = runs[0]["info"], runs[0]["data"]
    expect("status", info["status"], "FINISHED")
    params = {p["key"]: p["value"] for p in data["params"]}
    expect("parameters", (params["recipe"], params["seed"], params["epochs"]), ("baseline", "1", str(EPOCHS)))
    version = out / "digits/1/assets.extra/credence"
    epochs = [json.loads(line) for line in (version / "training.jsonl").read_text().splitlines()]
    for key in ("train_loss", "validation_loss", "validation_accuracy"):
        history = json.loads(server.call(f"mlflow/metrics/get-history?run_id={info['run_id']}&metric_key={key}"))
        expect(f"{key} by epoch", [(m["step"], m["value"]) for m in history["metrics"]],
               [(e["epoch"], e[key]) for e in epochs])
    provenance = json.loads((version / "input.json").read_text())["provenance"]
    metrics = {m["key"]: m["value"] for m in data["metrics"]}
    expect("test accuracy", metrics["test_accuracy"], provenance["test"]["accuracy"])
    for name in ("saved_model.pb", "assets.extra/credence/curves.svg"):
        stored = server.call(f"mlflow-artifacts/artifacts/{info['artifact_uri'].split(':/', 1)[1]}/version/{name}")
        expect(name, hashlib.sha256(stored).hexdigest(),
               hashlib.sha256((out / "digits/1" / name).read_bytes()).hexdigest())
    return metrics


def main():
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        run("credence", "data", "make", "digits", "--count", 600, "--test", 200, "--out", scratch / "data")
        server = Server(scratch)
        away = train(scratch, scratch / "away", server.url)
        expect("warnings of a server that is away", away.stderr.count("training goes on"), 1)
        expect("and how to send it later", away.stderr.count("credence track push"), 1)
        refused = run("credence", "track", "push", scratch / "away", "--mlflow", server.url, status=1)
        expect("push says why", "Could not connect" in refused.stderr or "Failed to connect" in refused.stderr, True)
        with server:
            there = train(scratch, scratch / "there", server.url)
            expect("warnings of a server that is there", there.stderr.count("tracking server"), 0)
            check(server, scratch / "there")
            for _ in range(2):
                run("credence", "track", "push", scratch / "away", "--mlflow", server.url)
            check(server, scratch / "away")
            next((scratch / "away/.track").glob("*/sent.json")).unlink()  # as if the push had been killed
            run("credence", "track", "push", scratch / "away", "--mlflow", server.url)
            check(server, scratch / "away")
            (scratch / "report.json").write_text('{"card": {"accuracy": {"value": 0.5}}}')
            run("credence", "track", "log", scratch / "there", "--metrics", scratch / "report.json",
                "--artifact", scratch / "report.json", "--mlflow", server.url)
            expect("report card", check(server, scratch / "there")["card.accuracy.value"], 0.5)


if __name__ == "__main__":
    sys.exit(main())
