"""Starts http_echo and speaks to it over raw sockets."""
import json
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess

import pytest

BINARY = os.environ.get("HTTP_ECHO", "build/dev/src/http/e2e/http_echo")


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)


class Client:
    """One raw connection."""

    def __init__(self, port, receive_buffer=None, host="127.0.0.1"):
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(20)
        self.socket.connect((host, port))
        self.buffer = b""

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode("latin-1"))
        return self

    def _more(self):
        data = self.socket.recv(65536)
        self.buffer += data
        return bool(data)

    def _until(self, mark):
        while mark not in self.buffer:
            if not self._more():
                raise EOFError(self.buffer)
        found, self.buffer = self.buffer.split(mark, 1)
        return found

    def read(self, method="GET"):
        lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        status = int(re.fullmatch(r"HTTP/1\.1 (\d{3}) .*", lines[0]).group(1))
        headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:])}
        length = 0 if method == "HEAD" else int(headers.get("content-length", 0))
        while len(self.buffer) < length:
            if not self._more():
                raise EOFError(self.buffer)
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return Reply(status, headers, body)

    def ask(self, data, method="GET"):
        return self.send(data).read(method)

    def get(self, path, headers="", method="GET"):
        return self.ask(f"{method} {path} HTTP/1.1\r\nHost: h\r\n{headers}\r\n", method)

    def post(self, path, body, headers=""):
        return self.ask(
            f"POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body)

    def reset(self):
        """Goes away at once: what the server then sends meets a reset connection."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def at_end(self):
        """Whether the server has closed, and sent nothing before."""
        try:
            return self.buffer == b"" and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


class Server:
    def __init__(self, *flags):
        self.process = subprocess.Popen([BINARY, *map(str, flags)], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        self.ports = json.loads(line)["ports"]
        self.port = self.ports[0]

    def connect(self, **options):
        return Client(self.port, **options)

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def stop(self):
        """Ends it: exit status, its last report, its standard error."""
        if self.process.poll() is None:
            self.terminate()
        out, err = self.process.communicate(timeout=60)
        self.process.stdout, self.process.stderr = None, None
        return self.process.returncode, json.loads(out or "{}"), err


@pytest.fixture
def serve():
    servers = []

    def start(*flags):
        servers.append(Server(*flags))
        return servers[-1]

    yield start
    for server in servers:
        if server.process.stdout is not None:
            status, report, err = server.stop()
            assert status == 0 and report["answered_all"], err
            assert report["connections_open"] == 0 and report["in_flight"] == 0


@pytest.fixture(scope="module")
def server():
    """One server for the tests that need no flags of their own."""
    started = Server("--threads", 2, "--body-bytes-max", 1_000_000)
    yield started
    status, report, err = started.stop()
    assert status == 0 and report["answered_all"], err
    assert report["connections_open"] == 0 and report["in_flight"] == 0


@pytest.fixture
def client(server):
    connection = server.connect()
    yield connection
    connection.socket.close()
