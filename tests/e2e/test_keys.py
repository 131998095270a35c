"""Who may ask: API keys, rates, hosts, pages of other sites, and what is said of those who may not."""
import json
import os
import resource
import socket
import time

import httpx
import pytest

from conftest import MODELS, encoded, picture, run

PICTURE = encoded(picture())
EVIL = "https://evil.example"


def add_key(file, name, scope):
    made = run("key", "add", name, "--scope", scope, "--api-keys", file)
    assert made.returncode == 0, made.stderr
    return made.stdout.decode().strip()


def bearer(key):
    return {"authorization": f"Bearer {key}"}


def await_line(server, text):
    for line in server.process.stderr:
        if text in line:
            return json.loads(line)
    raise AssertionError("the log ended")


@pytest.fixture
def keys(tmp_path):
    return tmp_path / "keys"


def test_keys_are_printed_once_and_kept_as_hashes(keys):
    first, second = add_key(keys, "one", "predict"), add_key(keys, "two", "read,admin")
    text = keys.read_text()
    assert first not in text and second not in text and text.count("sha256:") == 2
    assert keys.stat().st_mode & 0o022 == 0
    assert run("key", "list", "--api-keys", keys).stdout == b"one  predict\ntwo  read,admin\n"
    twice = run("key", "add", "one", "--scope", "read", "--api-keys", keys)
    assert twice.returncode == 1 and b"the name one stands twice" in twice.stderr and keys.read_text() == text
    assert run("key", "remove", "one", "--api-keys", keys).returncode == 0
    assert run("key", "list", "--api-keys", keys).stdout == b"two  read,admin\n"
    assert run("key", "remove", "one", "--api-keys", keys).returncode == 1
    wrong = run("key", "add", "x", "--scope", "write", "--api-keys", keys)
    assert wrong.returncode == 1 and b'scope "write" is none of predict, read, admin' in wrong.stderr


def test_each_scope_opens_its_endpoints_and_no_other(start, keys, tmp_path):
    made = {scope: add_key(keys, f"the-{scope}", scope) for scope in ("predict", "read", "admin")}
    log = tmp_path / "access.log"
    server = start("--models", MODELS / "grey", "--api-keys", keys, "--admin-on-public", access_log=log)
    asked = {"predict": ("POST", "/v1/predict"), "read": ("GET", "/v1/predictors"),
             "admin": ("GET", "/v1/admin/log-level")}
    for needed, (method, path) in asked.items():
        content = PICTURE if method == "POST" else None
        for held, key in made.items():
            answer = server.client.request(method, path, content=content, headers=bearer(key))
            assert answer.status_code == (200 if held == needed else 403), (held, path)
            if held != needed:
                assert answer.json()["detail"] == f"key the-{held} has the scopes {held}; this needs {needed}"
        answer = server.client.request(method, path, content=content, headers={"x-api-key": made[needed]})
        assert answer.status_code == 200
        refused = server.client.request(method, path, content=content)
        assert refused.status_code == 401 and refused.json()["code"] == "unauthenticated"
        assert refused.headers["www-authenticate"].startswith("Bearer")
        assert server.client.request(method, path, content=content,
                                     headers=bearer(made[needed][:-1] + "x")).status_code == 401
    for path in ("/livez", "/healthz", "/readyz", "/openapi.json", "/"):
        assert server.get(path).status_code == 200
    assert server.get("/metrics").status_code == 401
    assert server.get("/metrics", headers=bearer(made["read"])).status_code == 200
    assert server.stop() == 0
    told = [json.loads(line) for line in log.read_text().splitlines()]
    assert {line.get("key") for line in told} == {None, "the-predict", "the-read", "the-admin"}
    everything = log.read_text() + "".join(server.lines)
    assert not any(key in everything for key in made.values())


def test_metrics_may_be_left_open(start, keys):
    add_key(keys, "one", "predict")
    server = start("--models", MODELS / "grey", "--api-keys", keys, "--metrics-open")
    assert server.get("/metrics").status_code == 200 and server.get("/v1/predictors").status_code == 401


def test_a_refusal_does_not_wait_for_the_body(start, keys):
    add_key(keys, "one", "predict")
    server = start("--models", MODELS / "grey", "--api-keys", keys)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 30000000\r\n\r\n")
        assert client.makefile("rb").read().startswith(b"HTTP/1.1 401 ")


def test_keys_come_and_go_while_it_runs(start, keys):
    first = add_key(keys, "first", "read")
    server = start("--models", MODELS / "grey", "--api-keys", keys)
    second = add_key(keys, "second", "read")
    assert await_line(server, "API keys read")["keys"] == 2
    assert server.get("/v1/predictors", headers=bearer(second)).status_code == 200
    good = keys.read_text()
    keys.write_text(good + "nonsense\n")
    line = await_line(server, "cannot be used")
    assert line["level"] == "error" and "line 3" in line["reason"]
    assert server.get("/v1/predictors", headers=bearer(first)).status_code == 200
    keys.write_text(good)
    await_line(server, "API keys read")
    run("key", "remove", "first", "--api-keys", keys)
    await_line(server, "API keys read")
    assert server.get("/v1/predictors", headers=bearer(first)).status_code == 401


def test_a_key_is_held_to_its_rate_over_all_threads(start, keys):
    key, other = add_key(keys, "one", "read"), add_key(keys, "two", "read")
    server = start("--models", MODELS / "grey", "--api-keys", keys, "--rate-per-key", "5")
    url = f"http://127.0.0.1:{server.port}/v1/predictors"
    started = time.monotonic()
    answers = [httpx.get(url, headers=bearer(key)) for _ in range(40)]  # a connection each: both I/O threads
    taken = time.monotonic() - started
    allowed = sum(answer.status_code == 200 for answer in answers)
    assert 5 <= allowed <= 6 + 5 * taken
    refused = [answer for answer in answers if answer.status_code != 200]
    for answer in refused:
        assert answer.status_code == 429 and answer.headers["retry-after"] == "1"
        assert answer.json()["code"] == "rate_limited" and "key one" in answer.json()["detail"]
    assert refused
    assert httpx.get(url, headers=bearer(other)).status_code == 200
    assert server.get("/livez").status_code == 200


def test_an_address_is_held_to_its_rate_before_its_keys_are_looked_at(start, keys):
    add_key(keys, "one", "read")
    server = start("--models", MODELS / "grey", "--api-keys", keys, "--rate-per-address", "2")
    statuses = [server.get("/v1/predictors", headers=bearer("guess")).status_code for _ in range(20)]
    assert statuses[:2] == [401, 401] and 429 in statuses
    assert [server.get("/readyz").status_code for _ in range(20)] == [200] * 20


def test_an_address_has_only_so_many_requests_under_way(start):
    server = start("--models", MODELS / "grey", "--concurrency-per-address", "2")
    half = b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n"
    waiting = [socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(2)]
    for client in waiting:
        client.sendall(half)
        assert client.recv(1000).startswith(b"HTTP/1.1 100 ")
    refused = server.post("/v1/predict", content=PICTURE)
    assert refused.status_code == 429 and refused.json()["code"] == "too_many_at_once"
    assert refused.headers["retry-after"] == "1" and server.get("/livez").status_code == 200
    waiting.pop().close()  # who goes away is not under way any more
    end = time.monotonic() + 30
    while server.post("/v1/predict", content=PICTURE).status_code != 200:
        assert time.monotonic() < end
    for _ in range(10):  # an answered request is not, either
        assert server.post("/v1/predict", content=PICTURE).status_code == 200


def test_limits_for_keys_need_keys():
    checked = run("serve", "--rate-per-key", "5", "--check-config")
    assert checked.returncode == 1 and b"--rate-per-key and --concurrency-per-key need --api-keys" in checked.stderr


@pytest.mark.parametrize("host, status", [
    ("localhost:1", 200), ("127.0.0.1", 200), ("[::1]:80", 200), ("credence", 200), ("evil.example", 421),
    ("127.0.0.1.evil.example:8080", 421)])
def test_a_server_on_loopback_is_not_asked_by_other_names(server, host, status):
    answer = server.get("/v1/predictors", headers={"host": host})
    assert answer.status_code == status
    if status == 421:
        assert answer.json()["code"] == "host_not_allowed" and "--allowed-hosts" in answer.json()["detail"]


def test_allowed_hosts_are_those_named(start):
    server = start("--models", MODELS / "grey", "--allowed-hosts", "models.example,*.corp.example")
    for host, status in (("models.example", 200), ("a.corp.example:80", 200), ("corp.example", 421)):
        assert server.get("/livez", headers={"host": host}).status_code == status
    checked = run("serve", "--allowed-hosts", "http://x", "--check-config")
    assert checked.returncode == 1 and b'--allowed-hosts: "http://x" is no host' in checked.stderr


FOREIGN = [{"origin": EVIL}, {"origin": EVIL, "sec-fetch-site": "cross-site"}, {"sec-fetch-site": "cross-site"},
           {"origin": "null"}, {"origin": "http://127.0.0.1:3000", "sec-fetch-site": "same-site"}]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_page_of_another_site_changes_nothing(start, headers):
    server = start("--models", MODELS / "grey", "--admin-port", "0")
    for client, path, body in ((server.client, "/v1/predict", PICTURE),
                               (server.admin, "/v1/predictors/grey/drift", b""),
                               (server.admin, "/v1/admin/log-level", b'{"level":"debug"}'),
                               (server.admin, "/v1/admin/predictors/grey/reload", b"")):
        answer = client.post(path, content=body, headers={**headers, "content-type": "text/plain"})
        assert answer.status_code == 403 and answer.json()["code"] == "foreign_page", path
    assert server.admin.get("/v1/admin/log-level").json() == {"level": "info"}
    own = {"origin": f"http://127.0.0.1:{server.port}", "sec-fetch-site": "same-origin"}
    assert server.post("/v1/predict", content=PICTURE, headers=own).status_code == 200


def test_pages_that_are_named_may_use_the_public_endpoints(start):
    page = "https://app.example"
    server = start("--models", MODELS / "grey", "--admin-on-public", "--cors-origin", page)
    asked = {"origin": page, "sec-fetch-site": "cross-site"}
    preflight = server.options("/v1/predict", headers={**asked, "access-control-request-method": "POST",
                                                       "access-control-request-headers": "authorization"})
    assert preflight.status_code == 204 and preflight.headers["access-control-allow-origin"] == page
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert "Authorization" in preflight.headers["access-control-allow-headers"]
    answer = server.post("/v1/predict", content=PICTURE, headers=asked)
    assert answer.status_code == 200 and answer.headers["access-control-allow-origin"] == page
    assert answer.headers["vary"] == "Origin"
    for path in ("/v1/admin/log-level", "/v1/predictors/grey/drift"):
        refused = server.options(path, headers=asked)
        assert "access-control-allow-origin" not in refused.headers
        assert server.post(path, content=b"{}", headers=asked).status_code == 403
    other = server.get("/v1/predictors", headers={"origin": EVIL})
    assert "access-control-allow-origin" not in other.headers
    checked = run("serve", "--cors-origin", "*", "--check-config")
    assert checked.returncode == 1 and b"--cors-origin" in checked.stderr


def test_answers_are_taken_for_what_they_are_and_shown_to_no_other_site(server):
    for answer in (server.get("/livez"), server.get("/nothing"), server.post("/v1/predict", content=b"x")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in answer.headers
    page = server.get("/").headers
    assert "frame-ancestors 'none'" in page["content-security-policy"] and page["referrer-policy"] == "no-referrer"


def test_the_log_names_who_was_refused_and_is_not_flooded(start):
    server = start("--models", MODELS / "grey")  # there is no access log
    count = 300
    for _ in range(count):
        server.get("/livez", headers={"host": "evil.example" + "x" * 2000})
    assert server.stop() == 0
    lines = [json.loads(line) for line in server.lines if "request refused" in line]
    assert 5 <= len(lines) < count
    assert all(line["client"].startswith("127.0.0.1:") and line["code"] == "host_not_allowed" for line in lines)
    assert all(len(line["reason"]) <= 256 for line in lines)
    assert sum(int(line["left_out"]) for line in lines) <= count - len(lines)


def test_without_descriptors_the_admin_listener_still_answers(start):
    server = start("--models", MODELS / "grey", "--admin-port", "0")
    # What is done for the first time may open files, and so may a sanitizer that looks at it.
    assert server.admin.get("/metrics").status_code == 200
    assert server.get("/livez", headers={"expect": "nothing"}).status_code == 417
    server.admin.close()
    server.client.close()
    used = len(os.listdir(f"/proc/{server.process.pid}/fd"))
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (used + 3, used + 3))
    crowd = [socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(30)]
    for _ in range(3):
        metrics = httpx.get(server.admin.base_url.join("/metrics"), timeout=20)
        assert metrics.status_code == 200
    assert 'credence_http_refused_total{code="503"}' in metrics.text
    line = await_line(server, "no file descriptor left")
    assert line["code"] == "too_many_connections" and line["client"].startswith("127.0.0.1:")
    for client in crowd:
        client.close()


def test_connections_are_fewer_than_the_descriptors(start):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 200), hard))
    try:
        server = start("--models", MODELS / "grey")  # raises its own limit as far as it may
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    limits = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    assert limits[0] > 200 or hard <= 200
    shown = [line for line in server.get("/metrics").text.splitlines()
             if line.startswith("credence_connections_limit ")]
    assert 0 < float(shown[0].split()[1]) < limits[0]
