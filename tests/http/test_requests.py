"""What a client may send, and how it is answered."""
import re
import socket
import subprocess

import httpx

from conftest import BINARY, Client


def test_answers_with_server_date_and_length(client):
    reply = client.post("/echo", b"abc")
    assert (reply.status, reply.body) == (200, b"abc")
    assert reply.headers["server"] == "credence"
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", reply.headers["date"])
    assert reply.headers["content-length"] == "3"
    assert reply.headers["x-test"] == "1"
    assert "connection" not in reply.headers


def test_keeps_the_connection(client):
    for i in range(50):
        body = bytes([i]) * i
        assert client.post("/echo", body).body == body


def test_shows_what_was_sent(client):
    reply = client.get("/show?a=%20b&c", "Accept:  text/x  \r\nX-Empty:\r\n").json
    assert reply["path"] == "/show" and reply["query"] == "a=%20b&c" and reply["method"] == "GET"
    assert reply["headers"] == [["Host", "h"], ["Accept", "text/x"], ["X-Empty", ""]]
    assert reply["client"] == "127.0.0.1:%d" % client.socket.getsockname()[1]


def test_answers_pipelined_requests_in_order(client):
    client.send(b"".join(b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s" % (len(b), b)
                         for b in (b"%d" % i for i in range(3000))))
    assert [client.read().body for _ in range(3000)] == [b"%d" % i for i in range(3000)]


def test_answers_pipelined_requests_in_order_when_answered_late(client):
    client.send("GET /batch HTTP/1.1\r\nHost: h\r\n\r\nGET /later?ms=30 HTTP/1.1\r\nHost: h\r\n\r\n"
                "GET /echo HTTP/1.1\r\nHost: h\r\n\r\nGET /drop HTTP/1.1\r\nHost: h\r\n\r\n" * 3)
    for _ in range(3):
        assert client.read().text == "1"
        assert client.read().text == "later"
        assert client.read().status == 200
        assert client.read().status == 500


def test_batches_what_is_ready_in_one_turn(serve):
    server = serve("--threads", 1)
    clients = [server.connect() for _ in range(16)]
    assert all(client.get("/echo").status == 200 for client in clients)
    blocker = server.connect()
    blocker.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 20000000\r\n\r\n" + "x" * 20_000_000)
    for client in clients:
        client.send("GET /batch HTTP/1.1\r\nHost: h\r\n\r\n")
    assert max(int(client.read().text) for client in clients) > 1
    assert len(blocker.read().body) == 20_000_000


def test_takes_bytes_one_at_a_time(client):
    for byte in b"POST /echo?x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc":
        client.send(bytes([byte]))
    assert client.read().body == b"abc"
    for byte in b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n":
        client.send(bytes([byte]))
    assert client.read().body == b"abcd"


def test_takes_bodies_around_the_buffer_size(client):
    for size in (1, 30_000, 65_400, 65_536, 65_537, 300_000, 1_000_000):
        body = bytes(i * 7 % 251 for i in range(1000)) * (size // 1000 + 1)
        assert client.post("/echo", body[:size]).body == body[:size]


def test_takes_a_body_in_the_same_buffer_after_another_request(client):
    body = b"y" * 60_000
    head = b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n"
    client.send((head + body) * 4)
    assert all(client.read().body == body for _ in range(4))


def test_takes_chunked_bodies(client):
    pieces = [b"a" * n for n in (1, 10, 1000, 70_000, 3)]
    encoded = b"".join(b"%x;name=value\r\n%s\r\n" % (len(p), p) for p in pieces)
    request = b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + encoded
    client.send((request + b"0\r\nTrailer: t\r\n\r\n") * 2)
    assert client.read().body == b"".join(pieces)
    assert client.read().body == b"".join(pieces)


def test_answers_head_without_a_body(client):
    reply = client.get("/big?bytes=1234", method="HEAD")
    assert reply.status == 200 and reply.headers["content-length"] == "1234"
    assert client.get("/echo").status == 200


def test_answers_204_without_length(client):
    reply = client.get("/empty")
    assert reply.status == 204
    assert "content-length" not in reply.headers and "content-type" not in reply.headers
    assert client.get("/echo").status == 200


def test_continues_an_expected_body(client):
    client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
    assert client.read().status == 100
    assert client.ask("abc").body == b"abc"


def test_does_not_continue_what_is_there_already(client):
    assert client.post("/echo", b"abc", "Expect: 100-continue\r\n").body == b"abc"


def test_refuses_an_expected_body_that_is_too_large(client):
    reply = client.ask(
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000001\r\nExpect: 100-continue\r\n\r\n")
    assert reply.status == 413
    assert client.at_end()


def test_closes_when_asked(client):
    reply = client.get("/echo", "Connection: close\r\n")
    assert reply.headers["connection"] == "close"
    assert client.at_end()


def test_closes_after_version_10(client):
    reply = client.ask("GET /echo HTTP/1.0\r\n\r\n")
    assert reply.status == 200 and reply.headers["connection"] == "close"
    assert client.at_end()


def test_keeps_version_10_alive_when_asked(client):
    for _ in range(3):
        reply = client.ask("GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        assert reply.headers["connection"] == "keep-alive"


def test_takes_absolute_targets(client):
    reply = client.ask("GET http://example.org:1/show?q HTTP/1.1\r\nHost: h\r\n\r\n").json
    assert (reply["path"], reply["query"]) == ("/show", "q")


def test_answers_options_about_the_server(client):
    reply = client.get("*", method="OPTIONS")
    assert reply.status == 204 and "GET" in reply.headers["allow"]


def test_answers_a_client_that_has_shut_its_side(client):
    client.send("GET /later?ms=50 HTTP/1.1\r\nHost: h\r\n\r\n")
    client.socket.shutdown(socket.SHUT_WR)
    assert client.read().text == "later"
    assert client.at_end()


def test_answers_from_another_thread(client):
    assert client.get("/later?ms=20").text == "later"


def test_answers_500_when_the_handler_drops_the_request(client):
    reply = client.get("/drop")
    assert reply.status == 500 and reply.json["code"] == "internal"
    assert client.get("/echo").status == 200


def test_survives_a_client_that_leaves_before_the_answer(server):
    for path in ("/later?ms=50", "/drop", "/big?bytes=5000000"):
        client = server.connect()
        client.send(f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n")
        client.socket.close()
    client = server.connect()
    assert client.get("/later?ms=100").text == "later"


def test_counts_in_flight_when_clients_vanish(serve):
    """The fixture checks that the count is 0 at the end; a write to a reset connection took one too many."""
    server = serve("--threads", 1)
    for path in ("/later?ms=150", "/big?bytes=5000000", "/drop", "/batch") * 5:
        client = server.connect()
        client.send(f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n")
        client.reset()
    halves = [server.connect() for _ in range(5)]
    for client in halves:
        client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\nExpect: 100-continue\r\n\r\n")
        client.reset()
    assert server.connect().get("/later?ms=300").text == "later"


def test_sends_large_answers(client):
    assert client.get("/big?bytes=20000000").body == b"x" * 20_000_000


def test_serves_real_clients(server):
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}") as http:
        assert http.post("/echo", content=b"z" * 100_000).content == b"z" * 100_000
        assert http.post("/echo", content=iter([b"a", b"b" * 70_000])).content == b"a" + b"b" * 70_000
        assert http.head("/echo").status_code == 200


def test_serves_every_port(serve):
    server = serve("--port", 0, "--port", 0)
    assert len(set(server.ports)) == 2
    assert all(Client(port).get("/echo").status == 200 for port in server.ports)


def test_tells_the_handler_which_listener_it_was(serve):
    server = serve("--port", 0, "--admin-port", 0)
    assert [Client(port).get("/show").json["admin"] for port in server.ports] == [False, True]


def test_serves_ipv6(serve):
    server = serve("--address", "::1")
    client = Client(server.port, host="::1")
    assert client.get("/show").json["client"] == "[::1]:%d" % client.socket.getsockname()[1]


def test_says_that_a_port_is_taken(serve):
    port = serve().port
    second = subprocess.run([BINARY, "--port", str(port)], capture_output=True, text=True, timeout=60)
    assert second.returncode == 1
    assert str(port) in second.stderr and "in use" in second.stderr
