"""The transport by TLS: Python's ssl against it, whole and broken."""
import json
import pathlib
import socket
import ssl
import sys
import time

import pytest

from conftest import Client, Server

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from certificates import Authority  # noqa: E402


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


def tls_flags(authority, *more):
    certificate, key = authority.sign("server.test")
    return ["--tls-cert", certificate, "--tls-key", key, *more]


@pytest.fixture(scope="module")
def server(authority):
    started = Server("--threads", 1, "--header-ms", 1000, "--idle-ms", 1500, *tls_flags(authority))
    yield started
    status, report, err = started.stop()
    assert status == 0 and report == {"answered_all": True, "connections_open": 0, "in_flight": 0}, err


def trusting(authority, **changes):
    context = ssl.create_default_context(cafile=str(authority.certificate))
    for name, value in changes.items():
        setattr(context, name, value)
    return context


def connect(server, context, name="localhost"):
    client = Client(server.port)
    client.socket = context.wrap_socket(client.socket, server_hostname=name)
    return client


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_requests_by_both_versions(server, authority, version):
    client = connect(server, trusting(authority, minimum_version=version, maximum_version=version))
    assert client.socket.version() == {"TLSv1_2": "TLSv1.2", "TLSv1_3": "TLSv1.3"}[version.name]
    for size in (0, 1, 20_000, 900_000):
        assert client.post("/echo", b"z" * size).body == b"z" * size
    pipelined = b"GET /show HTTP/1.1\r\nHost: h\r\n\r\n" * 30
    client.send(pipelined)
    assert [client.read().status for _ in range(30)] == [200] * 30


def test_an_answer_larger_than_the_sockets_buffers(server, authority):
    client = connect(server, trusting(authority))
    client.send("GET /big?bytes=6000000 HTTP/1.1\r\nHost: h\r\n\r\n")
    assert client.read().body == b"x" * 6_000_000
    client.send("GET /asset HTTP/1.1\r\nHost: h\r\n\r\n")
    assert len(client.read().body) > 100_000


def test_chunks_and_expectations(server, authority):
    client = connect(server, trusting(authority))
    client.send("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
    assert client.read().text == "hello"
    client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    assert client.read().status == 100
    assert client.ask("ok").text == "ok"


def test_versions_and_ciphers_of_old_are_refused(server, authority):
    old = trusting(authority, minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        connect(server, old)
    weak = trusting(authority, maximum_version=ssl.TLSVersion.TLSv1_2)
    weak.set_ciphers("AES128-SHA")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        connect(server, weak)


def test_another_protocol_is_not_spoken(server, authority):
    context = trusting(authority)
    context.set_alpn_protocols(["h2", "http/1.1"])
    assert connect(server, context).socket.selected_alpn_protocol() == "http/1.1"
    context.set_alpn_protocols(["smtp"])
    with pytest.raises(ssl.SSLError):
        connect(server, context)


def test_plain_http_is_told_to_use_https(server):
    client = Client(server.port)
    reply = client.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    assert reply.status == 400 and "https" in reply.text
    assert client.at_end()


def test_a_handshake_that_is_not_finished_is_ended(server):
    """Nothing, half a hello, and bytes that are no TLS: each connection ends within the header's deadline."""
    hello = ssl.MemoryBIO()
    half = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), hello, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        half.do_handshake()
    started = time.monotonic()
    clients = [Client(server.port).send(data) for data in (b"", hello.read()[:50], b"\x16\x03\x01" + b"\xff" * 40)]
    for client in clients:
        try:
            while client.socket.recv(1000):  # an alert may come
                pass
        except ConnectionResetError:
            pass
    assert time.monotonic() - started < 10
    assert Client(server.port).ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status == 400  # it goes on


def test_clients_that_vanish_are_forgotten(server, authority):
    """The fixture looks whether the counts are 0 at the end."""
    for path in ("/later?ms=100", "/big?bytes=5000000", "/drop"):
        client = connect(server, trusting(authority))
        client.send(f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n")
        client.reset()
    client = Client(server.port)
    client.send(b"\x16\x03\x01")
    client.reset()
    assert connect(server, trusting(authority)).get("/later?ms=300").text == "later"


def test_an_idle_connection_is_ended_properly(server, authority):
    client = connect(server, trusting(authority, minimum_version=ssl.TLSVersion.TLSv1_3))
    assert client.get("/show").status == 200
    assert client.socket.recv(10) == b""  # close_notify, not only the end of the connection


def test_clients_without_a_certificate_of_ours_are_refused(serve, authority, tmp_path):
    server = serve("--threads", 1, *tls_flags(authority, "--tls-client-ca", authority.certificate))
    context = trusting(authority)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        connect(server, context).get("/show")
    stranger = Authority(tmp_path / "other").sign("stranger", use="clientAuth")
    context.load_cert_chain(*stranger)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        connect(server, context).get("/show")
    context.load_cert_chain(*authority.sign("friend", use="clientAuth"))
    assert connect(server, context).get("/show").status == 200
    refusals = [json.loads(line) for line in server.stop()[2].splitlines()]
    assert [r["code"] for r in refusals] == ["tls_failed"] * 2
    assert refusals[0]["detail"] == "peer did not return a certificate"
    assert all(r["client"].startswith("127.0.0.1:") for r in refusals)


def test_a_session_is_resumed(server, authority):
    context = trusting(authority, maximum_version=ssl.TLSVersion.TLSv1_2)
    first = connect(server, context)
    first.get("/show")
    again = socket.create_connection(("127.0.0.1", server.port))
    with context.wrap_socket(again, server_hostname="localhost", session=first.socket.session) as resumed:
        assert resumed.session_reused
