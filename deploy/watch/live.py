#!/usr/bin/env python3
"""The rules, the dashboards and the alerts against real programs: a server under load, Prometheus that scrapes
it, Alertmanager that tells a webhook. Each panel's query must answer; alerts must fire on drift and on a killed
server, and reach the webhook.

usage: live.py CREDENCE      needs Debian's prometheus and prometheus-alertmanager; a minute
"""
import http.server
import json
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
SECONDS_MAX = 120  # for anything to happen


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def wait(what, look):
    end = time.monotonic() + SECONDS_MAX
    while time.monotonic() < end:
        try:
            if found := look():
                return found
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.5)
    raise SystemExit(f"FAIL: after {SECONDS_MAX} s: {what}")


class Hook(http.server.BaseHTTPRequestHandler):
    told = []

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        Hook.told += [a["labels"]["alertname"] for a in body["alerts"] if a["status"] == "firing"]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


class Training(http.server.BaseHTTPRequestHandler):
    """What node_exporter shows of a training run."""

    def do_GET(self):
        body = (HERE / "training.example.prom").read_bytes()
        self.send_response(200)
        self.send_header("content-type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def serve(handler):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def configure(folder, server, manager, hook, training):
    """The files as they stand, with the addresses of here and without waiting for minutes."""
    (folder / "rules.yml").write_text(re.sub(r"for: \d+m", "for: 2s", (HERE / "rules.yml").read_text()))
    text = (HERE / "prometheus.yml").read_text().replace("credence:8080", f"127.0.0.1:{server}")
    text = text.replace("alertmanager:9093", f"127.0.0.1:{manager}").replace("_interval: 5s", "_interval: 1s")
    text += f'  - job_name: training\n    static_configs: [{{targets: ["127.0.0.1:{training}"]}}]\n'
    (folder / "prometheus.yml").write_text(text)
    text = (HERE / "alertmanager.yml").read_text()
    text = re.sub(r"http://\w+\.example\.org/credence", f"http://127.0.0.1:{hook}/", text)
    (folder / "alertmanager.yml").write_text(text.replace("group_wait: 10s", "group_wait: 1s"))


def ask(port, content, path="/v1/predict"):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", content, {"content-type": "application/json"})
    try:
        urllib.request.urlopen(request, timeout=10).read()
    except (urllib.error.URLError, ConnectionError):  # refused, or the server was killed meanwhile
        pass


def load(port, stop):
    """Digits of a kind, one wrong request in ten."""
    source = random.Random(1)
    while not stop.is_set():
        stroke = source.randrange(10, 18)
        rows = [[255 if abs(x - stroke) < 2 and 4 < y < 24 else 0 for x in range(28)] for y in range(28)]
        ask(port, json.dumps({"image": rows}).encode() if source.random() > 0.1 else b"x")
        ask(port, b"", "/nothing")
        time.sleep(0.01)


def drift(port):
    source = random.Random(2)
    for _ in range(300):
        ask(port, json.dumps({"image": [[source.randrange(256) for _ in range(28)] for _ in range(28)]}).encode())


def queries():
    for file in sorted((HERE / "dashboards").glob("*.json")):
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel.get("targets", []):
                text = target["expr"].replace("$__rate_interval", "15s")
                yield file.stem, panel["title"], re.sub(r"\$(instance|predictor|version)\b", ".*", text)


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="credence-watch-"))
    server, prometheus, manager = free_port(), free_port(), free_port()
    hook, training = serve(Hook), serve(Training)
    configure(folder, server, manager, hook.server_port, training.server_port)
    log = open(folder / "log", "w")
    start = lambda *words: subprocess.Popen(list(map(str, words)), stdout=log, stderr=log)
    running = [
        start(sys.argv[1], "serve", "--port", server, "--address", "127.0.0.1", "--access-log", "off",
              "--label", "digits:stable=1"),
        start("prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
              f"--web.listen-address=127.0.0.1:{prometheus}"),
        start("prometheus-alertmanager", f"--config.file={folder}/alertmanager.yml", f"--storage.path={folder}/alerts",
              f"--web.listen-address=127.0.0.1:{manager}", "--cluster.listen-address="),
    ]
    stop = threading.Event()
    try:
        ready = f"http://127.0.0.1:{server}/readyz"
        wait("the server is not ready", lambda: urllib.request.urlopen(ready).status == 200)
        threading.Thread(target=load, args=(server, stop), daemon=True).start()
        api = f"http://127.0.0.1:{prometheus}/api/v1"

        def answer(query):
            return get(f"{api}/query?query={urllib.parse.quote(query)}")["data"]["result"]

        asked = list(queries())
        for dashboard, title, query in asked:
            found = wait(f"{dashboard}, {title}: nothing answers {query}", lambda: answer(query))
            if all(one["value"][1] == "NaN" for one in found):
                wait(f"{dashboard}, {title}: only NaN", lambda: any(o["value"][1] != "NaN" for o in answer(query)))
        print(f"{len(asked)} queries of the dashboards answered")
        rules = [r for g in get(f"{api}/rules")["data"]["groups"] for r in g["rules"]]
        broken = [r["name"] for r in rules if r.get("lastError")]
        print(f"{len(rules)} rules evaluated, {len(broken)} with an error")
        fired = sorted(r["name"] for r in rules if r["type"] == "alerting" and r["state"] == "firing")
        print("firing before anything was broken:", ", ".join(fired) or "none")
        drift(server)
        wait("CredenceDrift did not reach the webhook", lambda: "CredenceDrift" in Hook.told)
        print("drift: the alert reached the webhook")
        stop.set()
        running[0].send_signal(signal.SIGKILL)
        wait("CredenceDown did not reach the webhook", lambda: "CredenceDown" in Hook.told)
        print("killed server: the alert reached the webhook")
        return 1 if broken else 0
    finally:
        stop.set()
        for process in running:
            process.kill()
            process.wait()
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
