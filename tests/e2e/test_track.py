"""credence track: a recorded run reaches a tracking server. The real MLflow: tests/versioning/mlflow_run.py."""
import http.server
import json
import threading

import pytest

from conftest import run

EVENTS = [{"event": "start", "time": 1000, "key": "digits", "value": "first"},
          {"event": "param", "time": 1001, "key": "recipe", "value": "baseline"},
          {"event": "metric", "time": 1002, "key": "loss", "number": 0.5, "step": 1},
          {"event": "artifact", "time": 1003, "key": "version/a b.txt"},
          {"event": "finish", "time": 1004, "value": "FINISHED"}]


class Server:
    """Answers as MLflow's REST interface does, and keeps what it is told."""

    def __init__(self):
        told = self.told = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                told.append((self.command, self.path.removeprefix("/api/2.0/"), body))
                run = {"info": {"run_id": "R", "artifact_uri": "mlflow-artifacts:/7/R/artifacts"}}
                answer = {"experiments": {"experiment": {"experiment_id": "7"}}, "create": {"run": run}}
                name = "experiments" if "get-by-name" in self.path else self.path.rsplit("/", 1)[1]
                text = json.dumps(answer.get(name, {})).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_PUT = handle_any

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def bodies(self, path):
        return [json.loads(body) for _, at, body in self.told if at == f"mlflow/{path}"]


@pytest.fixture
def server():
    server = Server()
    yield server
    server.server.shutdown()
    server.server.server_close()


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / ".track/20261122T231500Z-0123456789abcdef"
    (folder / "artifacts/version").mkdir(parents=True)
    (folder / "artifacts/version/a b.txt").write_text("weights")
    (folder / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in EVENTS))
    return tmp_path


def test_push_sends_a_repositorys_runs_once(server, repository):
    for _ in range(2):
        done = run("track", "push", repository, "--mlflow", server.url + "/")
        assert done.returncode == 0, done.stderr
    assert b"run R, 0 events sent" in done.stdout
    assert [b["run_name"] for b in server.bodies("runs/create")] == ["first"]
    batch, = server.bodies("runs/log-batch")
    assert batch["params"] == [{"key": "recipe", "value": "baseline"}]
    assert batch["metrics"] == [{"key": "loss", "value": 0.5, "step": 1, "timestamp": 1002}]
    assert ("PUT", "mlflow-artifacts/artifacts/7/R/artifacts/version/a%20b.txt", b"weights") in server.told
    assert server.bodies("runs/update") == [{"run_id": "R", "status": "FINISHED", "end_time": 1004}]


def test_log_adds_the_numbers_of_a_report_and_the_file(server, repository):
    report = repository / "report.json"
    report.write_text('{"card": {"accuracy": {"value": 0.99}, "note": "x"}, "rows": 5000}')
    done = run("track", "log", repository, "--metrics", report, "--artifact", report, "--mlflow", server.url)
    assert done.returncode == 0, done.stderr
    found = {m["key"]: m["value"] for m in server.bodies("runs/log-batch")[-1]["metrics"]}
    assert found == {"card.accuracy.value": 0.99, "rows": 5000}
    assert server.told[-1] == ("PUT", "mlflow-artifacts/artifacts/7/R/artifacts/report.json", report.read_bytes())


def test_a_server_that_is_away_is_named(repository, server):
    server.server.server_close()
    done = run("track", "push", repository, "--mlflow", server.url)
    assert done.returncode == 1
    assert server.url in done.stderr.decode()
    assert run("track", "push", repository / "none", "--mlflow", server.url).returncode == 1
    assert run("track", "push", repository).returncode == 2


def test_a_password_in_the_servers_address_is_not_shown(repository, server):
    address = server.url.replace("http://", "http://jo:s3cret@")
    sent = run("track", "push", repository, "--mlflow", address)
    assert sent.returncode == 0, sent.stderr
    server.server.server_close()
    away = run("track", "push", repository, "--mlflow", address + "/other")
    assert away.returncode == 1
    assert b"http://***@127.0.0.1" in away.stderr
    for text in (sent.stdout, sent.stderr, away.stdout, away.stderr):
        assert b"s3cret" not in text
    assert not [file for file in repository.rglob("*") if file.is_file() and b"s3cret" in file.read_bytes()]
