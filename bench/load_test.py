"""The load generator against the floor server: it counts what happened, and blames the right side."""

import json
import os
import socket
import subprocess
import threading
from pathlib import Path

import pytest
from PIL import Image

LOAD = os.environ["CREDENCE_LOAD"]
FLOOR = os.environ["FLOOR_SERVER"]


@pytest.fixture(scope="module")
def body(tmp_path_factory) -> str:
    file = tmp_path_factory.mktemp("bench") / "grey.png"
    Image.new("L", (28, 28), 90).save(file)
    return str(file)


@pytest.fixture()
def floor_port():
    server = subprocess.Popen([FLOOR, "0"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    yield int(server.stderr.readline().rsplit(":", 1)[1])
    server.terminate()
    assert server.wait(5) == 0


def run(port: int, *arguments: str) -> list[dict]:
    command = [LOAD, "--target", f"127.0.0.1:{port}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    return json.loads(done.stdout)["streams"]


class FakeServer:
    """Accepts connections one after another and hands each to `behave(socket)`."""

    def __init__(self, behave):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._run, args=(behave,), daemon=True).start()

    def _run(self, behave):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                behave(connection)


def test_closed_loop_answers_exactly_the_count(floor_port, body):
    [stream] = run(floor_port, "--body", body, "--count", "2000", "--connections", "16")
    assert stream["statuses"] == {"200": 2000}
    assert stream["failures"] == {}
    assert stream["sent"] == stream["latency_us"]["ok"]["count"] == 2000
    assert sum(second["ok"] for second in stream["seconds"]) == 2000


def test_open_loop_keeps_its_rate(floor_port, body):
    [stream] = run(floor_port, "--body", body, "--rate", "500", "--duration", "0.5", "--connections", "8")
    assert stream["sent"] + stream["not_sent"] == 250
    assert stream["statuses"]["200"] == stream["sent"]


def test_streams_are_counted_apart_and_bodies_alternate(floor_port, body, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not a picture")
    good, mixed = run(
        floor_port, "--stream", f"name=good,body={body},count=50,connections=2",
        "--stream", f"name=mixed,body={body},body={broken},count=40,start=0.1,connections=1")
    assert good["statuses"] == {"200": 50}
    assert mixed["statuses"] == {"200": 20, "400": 20}


def test_refused_connections_are_before_sending():
    with socket.create_server(("127.0.0.1", 0)) as placeholder:
        port = placeholder.getsockname()[1]
    [stream] = run(port, "--rate", "50", "--duration", "0.2")
    assert stream["failures"] == {"connect_refused": 10}


def test_a_request_that_was_read_but_not_answered_is_lost():
    server = FakeServer(lambda connection: connection.recv(65536))
    [stream] = run(server.port, "--count", "3", "--connections", "1", "--duration", "2")
    assert stream["failures"] == {"closed_unanswered": 3}


def test_a_request_that_was_never_read_is_a_reset():
    def behave(connection):
        connection.recv(1)  # leaves the rest of the request unread

    [stream] = run(FakeServer(behave).port, "--count", "2", "--connections", "1", "--duration", "2")
    assert stream["failures"] == {"reset_unread": 2}


def test_half_an_answer_is_truncated():
    def behave(connection):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

    [stream] = run(FakeServer(behave).port, "--count", "1", "--connections", "1", "--duration", "2")
    assert stream["failures"] == {"truncated": 1}


def test_a_server_that_closes_idle_connections_loses_nothing():
    def behave(connection):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    [stream] = run(FakeServer(behave).port, "--rate", "20", "--duration", "0.3", "--connections", "1")
    assert stream["failures"] == {}
    assert stream["statuses"] == {"200": stream["sent"]}


def test_an_answer_that_never_comes_is_a_timeout():
    release = threading.Event()
    server = FakeServer(lambda connection: release.wait(3))
    [stream] = run(server.port, "--count", "1", "--connections", "1", "--timeout-ms", "150")
    release.set()
    assert stream["failures"] == {"timeout": 1}


def test_open_loop_latency_counts_from_the_intended_time():
    """One connection, a server that takes 50 ms, a request due every 10 ms: the queue must show."""

    def behave(connection):
        pause = threading.Event()
        while connection.recv(65536):
            pause.wait(0.05)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    [stream] = run(FakeServer(behave).port, "--rate", "100", "--duration", "0.5", "--connections", "1")
    assert stream["not_sent"] >= 30
    assert stream["latency_us"]["ok"]["max"] > 300_000


def test_other_machines_are_refused(body):
    done = subprocess.run([LOAD, "--target", "192.0.2.1:80"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "127.0.0.0/8" in done.stderr
