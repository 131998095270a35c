"""Answers that never change: tags, 304, gzip, and no body for HEAD."""
import gzip

EXPECTED = "".join(f"{i}\n" for i in range(30_000)).encode()


def asset(reply):
    assert reply.status == 200 and reply.headers["content-type"] == "text/plain"
    assert reply.headers["vary"] == "Accept-Encoding" and reply.headers["cache-control"] == "no-cache"
    return reply


def test_is_sent_whole(client):
    for _ in range(3):
        body = asset(client.get("/asset")).body
        assert len(body) >= 100_000 and EXPECTED.startswith(body)


def test_is_sent_whole_to_a_slow_reader(server):
    slow = server.connect(receive_buffer=4096)
    slow.send("GET /asset HTTP/1.1\r\nHost: h\r\n\r\n" * 20)
    assert len({slow.read().body for _ in range(20)}) == 1


def test_a_client_that_has_it_gets_304(client):
    tag = asset(client.get("/asset")).headers["etag"]
    reply = client.get("/asset", f"If-None-Match: {tag}\r\n")
    assert reply.status == 304 and reply.body == b"" and reply.headers["etag"] == tag
    assert "content-length" not in reply.headers
    assert client.get("/asset", 'If-None-Match: "other"\r\n').status == 200


def test_the_gzip_twin(client):
    plain = asset(client.get("/asset"))
    twin = asset(client.get("/asset", "Accept-Encoding: br, gzip\r\n"))
    assert twin.headers["content-encoding"] == "gzip" and twin.headers["etag"] != plain.headers["etag"]
    assert gzip.decompress(twin.body) == plain.body
    assert len(twin.body) < len(plain.body) / 2


def test_head_has_the_length_and_no_body(client):
    length = str(len(client.get("/asset").body))
    reply = client.get("/asset", method="HEAD")
    assert (reply.status, reply.headers["content-length"]) == (200, length)
    assert client.get("/echo").status == 200
