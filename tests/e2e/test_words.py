"""The words and exits of the command line: typos, numbers, variables, writes that fail."""
import json
import os
import pty
import re
import signal
import subprocess
import time

import pytest

from conftest import BINARY, MODELS, encoded, picture, run

VERBS = ["serve", "predict", "inspect", "calibrate", "evaluate", "promote", "health", "data", "track",
         "data fetch", "data verify", "data show", "data make", "data make digits", "track push", "track log", "key",
         "key add", "key list", "key remove"]


def told(*arguments):
    done = run(*arguments)
    return done.returncode, done.stderr.decode().splitlines()[0]


@pytest.mark.parametrize("arguments, text", [
    (["predcit", "7.png"], 'credence: credence has no verb "predcit"; did you mean predict?'),
    (["data", "fecth", "mnist"], 'credence: credence data has no verb "fecth"; did you mean fetch?'),
    (["serve", "--prot", "80"], "credence: credence serve has no option --prot; did you mean --port?"),
    (["serve", "--prot=80"], "credence: credence serve has no option --prot; did you mean --port?"),
    (["predict", "--jsno"], "credence: credence predict has no option --jsno; did you mean --json?"),
    (["health", "x"], 'credence: "x" is one argument too many'),
    (["serve", "--port", "abc"], 'credence: --port: "abc" is not a number; 0 to 65535 is expected'),
    (["serve", "--port", "8x"], 'credence: --port: "8x" is not a number; 0 to 65535 is expected'),
    (["serve", "--port", "70000"], "credence: --port: 70000 is out of range; 0 to 65535 is expected"),
    (["serve", "--io-threads", "1.5"], 'credence: --io-threads: "1.5" is not a whole number; 0 to 256 is expected'),
    (["calibrate", "--model", "m", "--data", "d", "--seed", "x"], 'credence: --seed: "x" is not a number'),
])
def test_what_is_misspelt_gets_the_nearest_name(arguments, text):
    assert told(*arguments) == (2, text)


def test_nothing_at_all_lists_the_verbs():
    status, text = told()
    assert status == 2 and text.startswith("credence: credence needs a verb: serve, predict, ")


def test_a_wrong_value_says_where_it_stands(tmp_path, monkeypatch):
    config = tmp_path / "credence.toml"
    config.write_text("\n[serve]\nport = 99999\n")
    assert told("serve", "--config", config, "--check-config") == (
        2, f"credence: {config}:3: port: 99999 is out of range; 0 to 65535 is expected")
    monkeypatch.setenv("CREDENCE_PORT", "abc")
    assert told("serve", "--check-config") == (
        2, 'credence: CREDENCE_PORT: "abc" is not a number; 0 to 65535 is expected')


def test_a_flag_wins_over_a_variable_that_is_not_valid(monkeypatch):
    for name, value in (("CREDENCE_PORT", "abc"), ("CREDENCE_POLL_MS", "soon"), ("CREDENCE_LOG_LEVEL", "loud")):
        monkeypatch.setenv(name, value)
    printed = run("serve", "--port", "21024", "--poll-ms", "5", "--log-level", "debug", "--print-config")
    assert printed.returncode == 0 and b"port=21024" in printed.stdout


def test_the_variables_of_another_verb_are_not_looked_at(tmp_path, monkeypatch):
    monkeypatch.setenv("CREDENCE_PORT", "abc")
    (tmp_path / "x.png").write_bytes(encoded(picture()))
    assert run("predict", tmp_path / "x.png", "--model", MODELS / "grey").returncode == 0


@pytest.mark.parametrize("service", ["CREDENCE", "CREDENCE_HTTP", "CREDENCE_ADMIN"])
def test_variables_of_a_kubernetes_service_are_passed_over(start, monkeypatch, service):
    monkeypatch.setenv(f"{service}_PORT", "tcp://10.96.12.3:8080")
    monkeypatch.setenv(f"{service}_SERVICE_HOST", "10.96.12.3")
    monkeypatch.setenv(f"{service}_SERVICE_PORT", "8080")
    monkeypatch.setenv(f"{service}_PORT_8080_TCP_ADDR", "10.96.12.3")
    server = start("--models", MODELS / "grey")
    said = [line for line in server.lines if "Kubernetes" in line]
    assert len(said) == 1
    assert json.loads(said[0])["variables"].split(", ") == sorted(
        f"{service}_{end}" for end in ("PORT", "PORT_8080_TCP_ADDR", "SERVICE_HOST", "SERVICE_PORT"))
    assert run("health", "--address", "127.0.0.1", "--port", server.port).returncode == 0


def test_the_file_counts_where_a_variable_is_passed_over(tmp_path, monkeypatch):
    monkeypatch.setenv("CREDENCE_PORT", "tcp://10.96.12.3:8080")
    config = tmp_path / "credence.toml"
    config.write_text("[serve]\nport = 1111\n")
    assert b"port=1111" in run("serve", "--config", config, "--print-config").stdout


def test_unknown_variables_are_told_once_each(start, monkeypatch):
    monkeypatch.setenv("CREDENCE_PROT", "80")
    server = start("--models", MODELS / "grey")
    said = [json.loads(line) for line in server.lines if "CREDENCE_PROT" in line]
    assert [(s["level"], s["variable"], s["did_you_mean"]) for s in said] == [
        ("warning", "CREDENCE_PROT", "CREDENCE_PORT")]


def test_health_follows_the_configured_port(server, tmp_path, monkeypatch):
    config = tmp_path / "credence.toml"
    config.write_text(f'[serve]\naddress = "0.0.0.0"\nport = {server.port}\n')
    assert run("health", "--config", config).stdout == b"ok\n"
    monkeypatch.setenv("CREDENCE_PORT", str(server.port))
    assert run("health").stdout == b"ok\n"
    assert run("health", "--port", "1").stdout == b"no answer: http://127.0.0.1:1/livez\n"


@pytest.mark.parametrize("options, text", [
    (["--models", "/nowhere"], "/nowhere"),
    (["--models", MODELS / "unsupported_op"], "operations"),
    (["--models", MODELS / "grey", "--default", "other"], "other"),
    (["--address", "192.0.2.77"], "192.0.2.77"),
    (["--address", "localhost"], "not an IP address"),
    (["--admin-port", "0", "--admin-address", "x"], "not an IP address"),
    (["--access-log", "/nowhere/access.log"], "/nowhere/access.log"),
    (["--access-log", "/"], "it is a folder"),
    (["--labels", "/nowhere/labels.txt"], "/nowhere/labels.txt"),
])
def test_check_config_finds_what_a_start_would(options, text):
    if "--models" not in options:
        options = ["--models", MODELS / "grey", *options]
    done = run("serve", "--check-config", *options)
    assert done.returncode == 1 and text in done.stderr.decode(), done.stderr


def test_check_config_changes_nothing_and_may_run_beside_the_server(server, tmp_path):
    log = tmp_path / "access.log"
    done = run("serve", "--check-config", "--models", MODELS / "grey", "--port", server.port, "--address",
               "127.0.0.1", "--access-log", log)
    assert done.returncode == 0 and done.stdout == b"the configuration is valid\n", done.stderr
    assert not log.exists()


def test_json_names_the_file_in_each_line_also_of_failures(tmp_path):
    good, bad, missing = tmp_path / "good.png", tmp_path / "bad.png", tmp_path / "none.png"
    good.write_bytes(encoded(picture()))
    bad.write_bytes(encoded(picture())[:60])
    done = run("predict", good, bad, missing, tmp_path, good, "--model", MODELS / "grey", "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [line["file"] for line in lines] == [str(p) for p in (good, bad, missing, tmp_path, good)]
    assert [line.get("error", {}).get("code") for line in lines] == [
        None, "invalid_image", "not_found", "not_found", None]
    assert lines[0]["prediction"] == lines[4]["prediction"]
    assert [line.split(b": ")[1].decode() for line in done.stderr.splitlines()] == [
        str(p) for p in (bad, missing, tmp_path)]


def written_to(target, *arguments):
    return subprocess.run([BINARY, *map(str, arguments)], stdout=target, stderr=subprocess.PIPE, timeout=120)


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(encoded(picture()))
    return path


@pytest.mark.parametrize("value, coloured", [(None, True), ("", True), ("1", False)])
def test_a_terminal_gets_colours_unless_no_color_is_set(value, coloured, image, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    if value is not None:
        monkeypatch.setenv("NO_COLOR", value)
    here, there = pty.openpty()
    done = written_to(there, "predict", image, "--model", MODELS / "grey")
    said = os.read(here, 65536)
    os.close(there)
    os.close(here)
    assert done.returncode == 0, done.stderr
    assert b"unassessed" in said and (b"\x1b[" in said) == coloured


@pytest.mark.parametrize("verb", ["predict", "inspect", "serve", "help", "version"])
def test_a_write_that_fails_is_told(verb, image):
    arguments = {"predict": ["predict", image, "--json", "--model", MODELS / "grey"],
                 "inspect": ["inspect", MODELS / "grey"], "serve": ["serve", "--print-config"],
                 "help": ["serve", "--help"], "version": ["--version"]}[verb]
    with open("/dev/full", "wb") as full:
        done = written_to(full, *arguments)
    assert done.returncode == 1 and b"cannot write to standard output: No space left" in done.stderr
    reading, writing = os.pipe()
    os.close(reading)
    done = written_to(writing, *arguments)
    os.close(writing)
    assert done.returncode == 1 and b"cannot write to standard output: Broken pipe" in done.stderr
    done = subprocess.run(["sh", "-c", '"$0" "$@" >&-', BINARY, *map(str, arguments)], stderr=subprocess.PIPE,
                          timeout=120)
    assert done.returncode == 1 and b"cannot write to standard output: Bad file descriptor" in done.stderr


def test_a_reader_that_has_had_enough_is_no_error(image):
    done = subprocess.run(["sh", "-c", '"$0" predict "$@" | head -1', BINARY, *[str(image)] * 50, "--json",
                           "--model", str(MODELS / "grey")], capture_output=True, timeout=120)
    assert done.stdout.count(b"\n") == 1 and done.stderr == b""
    done = subprocess.run(["sh", "-c", '"$0" serve --help | head -1', BINARY], capture_output=True, timeout=60)
    assert done.stdout.count(b"\n") == 1 and done.stderr == b""


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_help_fits_a_hundred_columns(verb):
    done = run(*verb.split(), "--help")
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.decode().splitlines() if len(line) > 100] == []


def wait_for(condition):
    for _ in range(200):
        if condition():
            return True
        time.sleep(0.05)
    return False


def lines_of(log):
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_the_access_log_can_leave_out_probes_and_scrapes(start, tmp_path):
    log = tmp_path / "access.log"
    server = start("--access-log-quiet", access_log=log)
    for path in ("/livez", "/healthz", "/readyz", "/metrics", "/monitoring/prometheus/metrics", "/v2/health/live",
                 "/v2/health/ready", "/v2/models/digits/ready", "/v1/predictors/digits/ready"):
        assert server.get(path).status_code == 200
    assert server.get("/v1/predictors/none/ready").status_code == 404
    assert server.get("/v1/predictors").status_code == 200
    answer = server.post("/v1/predict", content=encoded(picture())).json()
    assert server.stop() == 0
    lines = lines_of(log)
    assert [line["path"] for line in lines] == ["/v1/predictors/none/ready", "/v1/predictors", "/v1/predict"]
    assert {k: lines[-1][k] for k in ("label", "verdict", "confidence")} == {
        k: answer[k] for k in ("label", "verdict", "confidence")}


def test_a_proxy_that_is_trusted_says_who_asks(start, tmp_path):
    log = tmp_path / "access.log"
    server = start("--trusted-proxies", "127.0.0.0/8,10.0.0.0/8", "--rate-per-address", "1", access_log=log)
    asked = ["203.0.113.7", "1.1.1.1, 203.0.113.7", "203.0.113.8, 10.1.2.3", "2001:db8::1", "unknown"]
    statuses = [server.get("/v1/predictors", headers={"x-forwarded-for": who}).status_code for who in asked]
    assert statuses == [200, 429, 200, 200, 200]
    assert server.stop() == 0
    clients = [line["client"] for line in lines_of(log)]
    assert clients[:4] == ["203.0.113.7", "203.0.113.7", "203.0.113.8", "2001:db8::1"]
    assert clients[4].startswith("127.0.0.1:")


def test_without_trusted_proxies_nobody_is_believed(start, tmp_path):
    log = tmp_path / "access.log"
    server = start(access_log=log)
    server.get("/v1/predictors", headers={"x-forwarded-for": "203.0.113.7"})
    assert server.stop() == 0
    assert lines_of(log)[0]["client"].startswith("127.0.0.1:")


def test_what_is_no_network_is_refused():
    status, text = told("serve", "--trusted-proxies", "10.0.0.0/8,10.0.0.0/33", "--check-config")
    assert status == 1 and '--trusted-proxies: "10.0.0.0/33" is no address and no network such as 10.0.0.0/8' in text


def test_the_logs_have_numbers_and_one_form_of_time(start, tmp_path):
    log = tmp_path / "access.log"
    server = start(access_log=log)
    server.get("/v1/predictors")
    assert server.stop() == 0
    own = [json.loads(line) for line in server.lines]
    for line in own + lines_of(log):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
    serves = next(line for line in own if line["message"] == "version serves")
    assert serves["version"] == 1 and isinstance(serves["load_ms"], int) and isinstance(serves["run_us"], int)
    assert serves["predictor"] == "digits"


def test_the_access_log_is_opened_anew_when_it_was_moved(start, tmp_path):
    log, moved = tmp_path / "access.log", tmp_path / "access.log.1"
    server = start("--models", MODELS / "grey", access_log=log)
    server.get("/livez", headers={"x-request-id": "first"})
    assert wait_for(lambda: "first" in log.read_text())
    log.rename(moved)
    server.process.send_signal(signal.SIGHUP)
    assert wait_for(log.exists)
    server.get("/livez", headers={"x-request-id": "second"})
    assert wait_for(lambda: "second" in log.read_text())
    log.rename(tmp_path / "access.log.2")
    assert wait_for(log.exists)  # without a signal
    assert "second" not in moved.read_text() and server.process.poll() is None
