"""Listeners and their roles, and what is refused before a handler sees it, with the real binary."""
import gzip
import json
import socket
import time

import pytest

from conftest import MODELS, encoded, picture, run

LEVEL = "/v1/admin/log-level"


@pytest.fixture
def admin(start):
    return start("--models", MODELS / "grey", "--admin-port", "0")


def test_admin_endpoints_are_on_the_admin_listener_only(admin):
    assert admin.get(LEVEL).status_code == 404
    assert admin.post(LEVEL, json={"level": "debug"}).status_code == 404
    assert admin.admin.get(LEVEL).json() == {"level": "info"}
    assert admin.admin.post(LEVEL, json={"level": "debug"}).json() == {"level": "debug"}
    assert admin.admin.get(LEVEL).json() == {"level": "debug"}
    wrong = admin.admin.post(LEVEL, json={"level": "loud"})
    assert wrong.status_code == 400 and wrong.json()["code"] == "invalid_argument"
    assert admin.admin.post(LEVEL, content=b"x" * 5000).status_code == 413
    assert admin.admin.post(LEVEL, content=iter([b"x" * 5000])).status_code == 413
    assert admin.admin.post("/v1/predict", content=encoded(picture())).status_code == 200


def test_admin_endpoints_on_the_public_listener_when_asked(start):
    server = start("--models", MODELS / "grey", "--admin-on-public")
    assert server.get(LEVEL).json() == {"level": "info"}


def test_without_an_admin_port_there_is_no_admin_listener(start):
    server = start("--models", MODELS / "grey")
    assert server.get(LEVEL).status_code == 404 and server.admin is None


def test_a_wrong_admin_port_is_named():
    checked = run("serve", "--admin-port", "x", "--check-config")
    assert checked.returncode == 1 and b"--admin-port x" in checked.stderr
    printed = run("serve", "--admin-port", "9090", "--print-config").stdout.decode()
    assert "admin-port=" in printed and "9090" in printed


def test_urls_have_brackets_around_ipv6(start):
    server = start("--models", MODELS / "grey", "--admin-port", "0", "--admin-address", "::1")
    assert str(server.admin.base_url).startswith("http://[::1]:")
    assert server.admin.get(LEVEL).status_code == 200


def refused_lines(log):
    for _ in range(100):
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        found = [line for line in lines if "refused" in line]
        if found:
            return found
        time.sleep(0.05)
    return []


def test_what_the_transport_refuses_is_logged_and_counted(start, tmp_path):
    log = tmp_path / "access.log"
    server = start("--models", MODELS / "grey", "--body-bytes-max", "1000", access_log=log)
    assert server.post("/v1/predict", content=b"x" * 1001).status_code == 413
    line, = refused_lines(log)
    assert (line["status"], line["refused"]) == (413, "too_large")
    assert line["reason"] == "the body is 1001 bytes; the limit is 1000"
    assert (line["method"], line["path"]) == ("POST", "/v1/predict")
    assert line["client"].startswith("127.0.0.1:")
    assert 'credence_http_refused_total{code="413"} 1' in server.get("/metrics").text


def test_an_unknown_path_is_refused_before_its_body_is_sent(start):
    server = start("--models", MODELS / "grey")
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(b"POST /nothing HTTP/1.1\r\nHost: h\r\nContent-Length: 30000000\r\n\r\nabc")
        answer = client.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 404 ") and b"\r\nConnection: close\r\n" in answer
    assert "credence_requests_in_flight 1\n" in server.get("/metrics").text  # that one itself


def test_the_description_is_kept_by_clients(start):
    server = start("--models", MODELS / "grey")
    whole = server.get("/openapi.json", headers={"accept-encoding": "identity"})
    assert whole.headers["cache-control"] == "no-cache" and "content-encoding" not in whole.headers
    tag = whole.headers["etag"]
    again = server.get("/openapi.json", headers={"accept-encoding": "identity", "if-none-match": tag})
    assert again.status_code == 304 and again.content == b"" and again.headers["etag"] == tag
    with server.client.stream("GET", "/openapi.json", headers={"accept-encoding": "gzip"}) as small:
        assert small.headers["content-encoding"] == "gzip" and small.headers["vary"] == "Accept-Encoding"
        assert gzip.decompress(b"".join(small.iter_raw())) == whole.content
    head = server.head("/openapi.json", headers={"accept-encoding": "identity"})
    assert head.headers["content-length"] == str(len(whole.content)) and head.content == b""
