"""What the handler refuses at its head is answered before its body is read."""
import time

import pytest

POST = "POST /early/x HTTP/1.1\r\nHost: h\r\n"
ECHO = "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"


def refused(reply, close):
    assert (reply.status, reply.json["code"]) == (503, "resource_exhausted")
    assert reply.headers["x-test"] == "early"
    assert reply.headers.get("connection") == ("close" if close else None)
    return True


def test_a_large_body_is_refused_before_it_is_sent(client):
    start = time.monotonic()
    assert refused(client.ask(POST + "Content-Length: 900000\r\n\r\n" + "x" * 1000), close=True)
    assert time.monotonic() - start < 1
    assert client.at_end()


def test_the_answer_reaches_a_client_that_is_still_sending(client):
    client.send(POST + "Content-Length: 900000\r\n\r\n")
    for _ in range(9):
        client.send("x" * 100_000)
    assert refused(client.read(), close=True)


@pytest.mark.parametrize("body", [0, 3, 60_000])
def test_a_body_that_is_there_keeps_the_connection(client, body):
    for _ in range(3):
        assert refused(client.post("/early/x", b"x" * body), close=False)
    assert client.ask(ECHO).body == b"abc"


def test_a_short_rest_is_dropped_as_it_comes(client):
    assert refused(client.ask(POST + "Content-Length: 60000\r\n\r\nxx"), close=False)
    for _ in range(2):
        client.send("y" * 20_000)
    client.send("y" * 19_998)
    assert client.ask(ECHO).body == b"abc"


def test_requests_behind_a_refused_one_are_answered(client):
    body = "x" * 5000
    client.send((POST + f"Content-Length: 5000\r\n\r\n{body}" + ECHO) * 20)
    for _ in range(20):
        assert refused(client.read(), close=False)
        assert client.read().body == b"abc"


def test_a_rest_that_does_not_come_ends_the_connection(serve):
    client = serve("--body-ms", 300).connect()
    assert refused(client.ask(POST + "Content-Length: 10\r\n\r\nabc"), close=False)
    assert client.at_end()


def test_a_chunked_body_ends_the_connection(client):
    assert refused(client.ask(POST + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"), close=True)
    assert client.at_end()


def test_an_expected_body_is_refused_instead_of_continued(client):
    reply = client.ask(POST + "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n")
    assert refused(reply, close=True)
    assert client.at_end()


def test_an_expected_body_that_is_there_keeps_the_connection(client):
    assert refused(client.post("/early/x", b"abc", "Expect: 100-continue\r\n"), close=False)
    assert client.ask(ECHO).body == b"abc"


def test_head_has_no_body(client):
    reply = client.get("/early/x", method="HEAD")
    assert reply.status == 503 and int(reply.headers["content-length"]) > 0
    assert client.ask(ECHO).body == b"abc"


def test_draining_ends_a_connection_whose_rest_is_awaited(serve):
    server = serve()
    client = server.connect()
    assert refused(client.ask(POST + "Content-Length: 10\r\n\r\nabc"), close=False)
    start = time.monotonic()
    status, report, _ = server.stop()
    assert status == 0 and report["answered_all"]
    assert time.monotonic() - start < 4


def test_a_connection_that_was_refused_is_not_read_from_for_a_while(server):
    """A client that asks again at once gets at most an answer every 10 ms; others are not held up."""
    client, other = server.connect(), server.connect()
    start = time.monotonic()
    for _ in range(20):
        assert refused(client.ask(POST + "Content-Length: 0\r\n\r\n"), close=False)
        assert other.ask(ECHO).body == b"abc"
    assert time.monotonic() - start > 19 * 0.009


def test_what_a_refused_client_sends_meanwhile_is_answered_in_order(client):
    client.send((POST + "Content-Length: 2\r\n\r\nxy") * 3 + ECHO)
    for _ in range(3):
        assert refused(client.read(), close=False)
    assert client.read().body == b"abc"
