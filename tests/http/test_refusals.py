"""What is malformed, too large or too slow is refused, and the connection is closed."""
import json
import threading
import time

import pytest

from conftest import Client

GET = "GET /echo HTTP/1.1\r\nHost: h\r\n"
POST = "POST /echo HTTP/1.1\r\nHost: h\r\n"

MALFORMED = {
    "length and encoding": POST + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "encoding and length": POST + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": POST + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "two equal lengths": POST + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na",
    "list of lengths": POST + "Content-Length: 1, 1\r\n\r\na",
    "plus length": POST + "Content-Length: +5\r\n\r\nabcde",
    "hex length": POST + "Content-Length: 0x5\r\n\r\nabcde",
    "spaced length": POST + "Content-Length: 1 1\r\n\r\nabcdefghijk",
    "gzip": POST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "identity": POST + "Transfer-Encoding: identity\r\n\r\n",
    "encoding twice": POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "vertical tab": POST + "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "no host": "GET /echo HTTP/1.1\r\n\r\n",
    "two hosts": GET + "Host: h\r\n\r\n",
    "bare line feed": "GET /echo HTTP/1.1\nHost: h\n\n",
    "bare line feed in a header": GET + "A: b\n\r\n",
    "bare carriage return": GET + "A: b\rc\r\n\r\n",
    "nul": GET + "A: b\0c\r\n\r\n",
    "nul in the target": "GET /ec\0ho HTTP/1.1\r\nHost: h\r\n\r\n",
    "space before the colon": GET + "A : b\r\n\r\n",
    "fold": GET + "A: b\r\n c\r\n\r\n",
    "no version": "GET /echo\r\n\r\n",
    "target without slash": "GET echo HTTP/1.1\r\nHost: h\r\n\r\n",
    "chunk size with a space": POST + "Transfer-Encoding: chunked\r\n\r\n5 \r\nabcde\r\n0\r\n\r\n",
    "chunk size with 0x": POST + "Transfer-Encoding: chunked\r\n\r\n0x5\r\nabcde\r\n0\r\n\r\n",
    "chunk longer than its size": POST + "Transfer-Encoding: chunked\r\n\r\n1\r\nabcde\r\n0\r\n\r\n",
    "chunk line feed": POST + "Transfer-Encoding: chunked\r\n\r\n1\nabcde\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_refuses_with_400(client, name):
    reply = client.ask(MALFORMED[name] + "GET /echo HTTP/1.1\r\nHost: smuggled\r\n\r\n")
    assert reply.status == 400
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["connection"] == "close"
    assert reply.json["status"] == 400 and reply.json["code"] == "malformed_request"
    assert reply.json["detail"]
    assert client.at_end()  # and the smuggled request has no answer


def test_refuses_other_versions(client):
    assert client.ask("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").status == 505


def test_refuses_a_long_target(client):
    reply = client.ask("GET /" + "x" * 9000 + " HTTP/1.1\r\nHost: h\r\n\r\n")
    assert (reply.status, reply.json["code"]) == (414, "uri_too_long")


def test_refuses_an_endless_target(client):
    assert client.ask("GET /" + "x" * 70_000).status == 414


def test_refuses_a_large_header(client):
    reply = client.ask(GET + "A: " + "x" * 17_000 + "\r\n\r\n")
    assert (reply.status, reply.json["code"]) == (431, "header_too_large")


def test_refuses_a_header_that_drips_over_the_limit(serve):
    client = serve("--header-bytes-max", 300).connect()
    client.send(GET)
    for _ in range(60):
        client.send("A: b\r\n")
        time.sleep(0.002)  # so that it arrives in pieces
    assert client.read().status == 431


def test_refuses_another_expectation(client):
    assert client.get("/echo", "Expect: wonders\r\n").status == 417


def test_refuses_a_large_body_before_it_is_sent(client):
    reply = client.ask(POST + "Content-Length: 1000001\r\n\r\n")
    assert reply.status == 413
    assert reply.json["detail"] == "the body is 1000001 bytes; the limit is 1000000"
    assert client.at_end()


def test_refuses_a_large_chunk_before_it_is_sent(client):
    reply = client.ask(POST + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nF4240\r\nx")
    assert reply.status == 413


def test_the_answer_reaches_a_client_that_is_still_sending(client):
    client.send(POST + "Content-Length: 8000000\r\n\r\n")
    for _ in range(80):
        client.send("x" * 100_000)
    assert client.read().status == 413


def test_refuses_after_the_answers_before(client):
    client.send(GET + "\r\n" + GET + "\r\n" + "BAD\r\n\r\n")
    assert [client.read().status for _ in range(3)] == [200, 200, 400]


def test_header_deadline(serve):
    client = serve("--header-ms", 300).connect()
    start = time.monotonic()
    assert client.ask("GET /echo HTTP/1.1\r\nHo").status == 408
    assert 0.25 < time.monotonic() - start < 5
    assert client.at_end()


def test_header_deadline_is_not_put_off_by_dripping(serve):
    client = serve("--header-ms", 400).connect()
    sending = threading.Event()

    def drip():
        try:
            for byte in b"GET /echo HTTP/1.1\r\nHost: h\r\n" + b"A: b\r\n" * 100:
                client.socket.send(bytes([byte]))
                if sending.wait(0.05):
                    return
        except OSError:
            pass

    thread = threading.Thread(target=drip)
    thread.start()
    assert client.read().status == 408
    sending.set()
    thread.join()


def test_a_silent_connection_is_closed_without_an_answer(serve):
    assert serve("--header-ms", 300).connect().at_end()


def test_idle_deadline(serve):
    client = serve("--idle-ms", 300).connect()
    assert client.get("/echo").status == 200
    assert client.at_end()


def test_body_deadline(serve):
    client = serve("--body-ms", 300).connect()
    reply = client.ask(POST + "Content-Length: 10\r\n\r\nabc")
    assert (reply.status, reply.json["code"]) == (408, "request_timeout")
    assert client.at_end()


def test_body_deadline_of_chunks(serve):
    client = serve("--body-ms", 300).connect()
    assert client.ask(POST + "Transfer-Encoding: chunked\r\n\r\n1\r\na").status == 408


def test_body_deadline_of_a_large_body(serve):
    client = serve("--body-ms", 300).connect()
    assert client.ask(POST + "Content-Length: 1000000\r\n\r\n" + "x" * 100_000).status == 408


def test_body_rate(serve):
    client = serve().connect()
    start = time.monotonic()
    assert client.ask(POST + "Content-Length: 1000\r\n\r\nabc").status == 408
    assert 4.9 < time.monotonic() - start < 10


def test_write_deadline(serve):
    server = serve("--write-ms", 300)
    client = server.connect(receive_buffer=4096)
    client.send("GET /big?bytes=50000000 HTTP/1.1\r\nHost: h\r\n\r\n")
    time.sleep(1.5)  # takes nothing for longer than the deadline and a sweep
    received = 0
    with pytest.raises((EOFError, ConnectionResetError)):
        received = len(client.read().body)
    assert received == 0


def test_a_handler_may_take_longer_than_the_transports_deadlines(serve):
    client = serve("--header-ms", 100, "--body-ms", 100, "--idle-ms", 100, "--write-ms", 100).connect()
    assert client.get("/later?ms=900").text == "later"


def test_connection_cap(serve):
    server = serve("--connections-max", 2, "--threads", 1)
    first, second = server.connect(), server.connect()
    assert first.get("/echo").status == second.get("/echo").status == 200
    assert server.connect().at_end()
    first.socket.close()
    for _ in range(100):  # the server needs a moment to see it
        third = server.connect()
        try:
            if third.get("/echo").status == 200:
                break
        except (EOFError, ConnectionError):
            time.sleep(0.05)
    else:
        pytest.fail("the place of a closed connection was not given to another")


def refusals(err):
    return [json.loads(line) for line in err.splitlines() if '"refused"' in line]


def test_reports_refusals_to_the_handler(serve):
    server = serve("--body-bytes-max", 10, "--body-ms", 300)
    assert server.connect().ask("BAD\r\n\r\n").status == 400
    client = server.connect()
    assert client.ask(POST + "Content-Length: 11\r\n\r\n").status == 413
    assert server.connect().ask(POST + "Content-Length: 5\r\n\r\na").status == 408
    status, _, err = server.stop()
    assert status == 0
    malformed, large, slow = refusals(err)
    assert (malformed["refused"], malformed["code"]) == (400, "malformed_request")
    assert malformed["detail"] == "the method is malformed" and malformed["method"] == ""
    assert (large["refused"], large["code"]) == (413, "too_large")
    assert (large["method"], large["path"]) == ("POST", "/echo")
    assert large["client"] == "127.0.0.1:%d" % client.socket.getsockname()[1]
    assert (slow["refused"], slow["path"]) == (408, "/echo")


def test_reports_connections_over_the_cap(serve):
    server = serve("--connections-max", 1, "--threads", 1)
    first = server.connect()
    assert first.get("/echo").status == 200
    assert server.connect().at_end()
    first.socket.close()
    _, _, err = server.stop()
    assert [(r["refused"], r["code"]) for r in refusals(err)] == [(503, "too_many_connections")]


def test_an_admin_listener_answers_when_the_connections_are_used_up(serve):
    server = serve("--connections-max", 1, "--threads", 1, "--admin-port", 0)
    public = server.connect()
    assert public.get("/echo").status == 200
    assert server.connect().at_end()
    assert Client(server.ports[1]).get("/show").json["admin"] is True
