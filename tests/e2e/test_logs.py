"""Logs stop neither answers nor the exit: nobody reads them, or they cannot be written."""
import fcntl
import re
import socket
import subprocess

import pytest
from conftest import BINARY, MODELS, Server

PIPELINED = 200
REQUEST = b"GET /nothing/" + b"a" * 200 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
LINES_KEPT_BYTES = 4 << 20  # of docs/operations.md
PIPE_BYTES = 4096


def lost(server):
    text = server.get("/metrics").text
    return sum(float(value) for value in re.findall(r"^credence_log_lines_lost\S* (\S+)$", text, re.M))


def ask_until_lost(server):
    """More lines than are kept: none of them is waited for."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        answers = connection.makefile("rb")
        for _ in range(2 * LINES_KEPT_BYTES // (PIPELINED * len(REQUEST))):
            connection.sendall(REQUEST * PIPELINED)
            for _ in range(PIPELINED):
                assert answers.readline().startswith(b"HTTP/1.1 404 ")
                length = 0
                while (line := answers.readline()) != b"\r\n":
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                answers.read(length)
            if lost(server):
                return True
    return False


@pytest.fixture
def unread():
    """A server whose standard output nobody reads."""
    class Unread(Server):
        def __init__(self):
            self.access_log, self.lines, self.port, self.admin = None, [], None, None
            self.process = subprocess.Popen(
                [BINARY, "serve", "--models", str(MODELS / "grey"), "--port", "0", "--address", "127.0.0.1",
                 "--access-log", "-", "--admin-on-public", "--log-format", "json"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            fcntl.fcntl(self.process.stdout, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
            self.wait_ready()

    server = Unread()
    yield server
    server.process.kill()
    server.process.wait()


def test_nobody_reads_the_access_log(unread):
    assert ask_until_lost(unread)
    assert unread.get("/readyz").status_code == 200
    unread.process.terminate()
    assert unread.process.wait(timeout=30) == 0


def test_nobody_reads_the_servers_own_log(start):
    server = start("--models", MODELS / "grey", "--admin-on-public")
    fcntl.fcntl(server.process.stderr, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    for i in range(PIPE_BYTES // 64):  # a line each, of more than 100 bytes
        assert server.client.put(f"/v1/admin/predictors/grey/labels/l{i}", json={"version": 1}).status_code == 200
    assert server.get("/readyz").status_code == 200
    server.process.terminate()
    assert server.process.wait(timeout=30) == 0


def test_a_full_disk_costs_lines_and_nothing_else(start):
    server = start("--models", MODELS / "grey", "--admin-on-public", access_log="/dev/full")
    assert ask_until_lost(server)
    assert server.get("/readyz").status_code == 200
    assert server.stop() == 0
