"""What an operator sees: health, metrics, logs, versions, configuration, signals."""
import json
import shutil
import subprocess
import threading
import time

import httpx
import pytest
from openapi_spec_validator import validate

from conftest import MODELS, ROOT, encoded, load, picture, run


def test_health_and_readiness(server):
    assert server.get("/livez").json() == {"status": "live"}
    assert server.get("/healthz").status_code == 200
    assert server.get("/readyz").json()["status"] == "ready"
    assert run("health", "--port", server.port, "--ready").returncode == 0
    assert run("health", "--port", "1").returncode == 1


def test_predictors_describe_themselves(server):
    body = server.get("/v1/predictors").json()
    assert {p["name"]: p["version"] for p in body["predictors"]} == {"dropout": 1, "grey": 3, "rgb_uint8": 1}
    assert body["default"] == "grey"
    assert server.get("/v1/predictor").json()["name"] == "grey"
    assert server.get("/v1/predictor", params={"predictor": "dropout"}).json()["name"] == "dropout"
    assert server.get("/v1/predictors/rgb_uint8").json()["input"]["type"] == "uint8"
    assert server.get("/v1/predictors/none").status_code == 404


def test_unknown_paths_and_methods(server):
    assert server.get("/v2/nothing").status_code == 404
    answer = server.get("/v1/predict")
    assert answer.status_code == 405 and answer.headers["allow"] == "POST, PUT, OPTIONS"


def test_metrics_pass_promtool(server):
    server.post("/v1/predict", content=encoded(picture()))
    text = server.get("/metrics").text
    for name in ("credence_requests_total", "credence_phase_duration_seconds", "credence_batch_size",
                 "credence_queue_depth", "credence_queue_limit", "credence_verdicts_total",
                 "credence_load_duration_seconds", "process_resident_memory_bytes", "credence_build_info"):
        assert f"# TYPE {name} " in text
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_answers_match_the_openapi_document(server):
    import jsonschema
    document = server.get("/openapi.json").json()
    validate(document)
    assert document["openapi"].startswith("3.1")

    def check(name, body):
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        jsonschema.Draft202012Validator(schema).validate(body)

    check("Prediction", server.post("/v1/predict", content=encoded(picture())).json())
    check("Digit", server.post("/predict", content=encoded(picture())).json())
    check("Predictor", server.get("/v1/predictor").json())
    check("Live", server.get("/v1/live").json())
    check("Problem", server.post("/v1/predict", content=b"x").json())


def test_access_log_is_a_json_line_a_request(server):
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    answer = server.post("/v1/predict", content=encoded(picture()),
                         headers={"x-request-id": "find-me", "traceparent": trace})
    assert answer.headers["x-request-id"] == "find-me"
    assert "infer;dur=" in answer.headers["server-timing"]
    for _ in range(100):
        lines = [json.loads(line) for line in server.access_log.read_text().splitlines()]
        mine = [line for line in lines if line.get("request_id") == "find-me"]
        if mine:
            break
        time.sleep(0.05)
    assert mine[0]["predictor"] == "grey" and mine[0]["version"] == 3
    assert mine[0]["traceparent"] == trace and mine[0]["verdict"] == "unassessed"
    assert set(mine[0]["phases_us"]) == {"queue", "decode", "adapt", "infer", "assess", "encode"}


def test_a_version_that_cannot_serve_is_refused_and_the_next_lower_one_serves(start, tmp_path):
    shutil.copytree(MODELS / "grey", tmp_path / "grey" / "1")
    shutil.copytree(MODELS / "unsupported_op", tmp_path / "grey" / "2")
    server = start("--models", tmp_path)
    assert server.get("/v1/predictor").json()["version"] == 1
    refused = [p for p in server.get("/v1/predictors").json()["predictors"] if p["state"] == "refused"]
    assert refused[0]["version"] == 2 and "operations" in refused[0]["reason"]
    answer = server.post("/v1/predict?version=2", content=encoded(picture()))
    assert answer.status_code == 503 and answer.headers["retry-after"]


def test_nothing_to_serve_ends_with_the_reason(start, tmp_path):
    shutil.copytree(MODELS / "unsupported_op", tmp_path / "unsupported_op")
    server = start("--models", tmp_path, wait=False)
    assert server.process.wait(60) == 1
    assert "operations" in server.process.stderr.read()


def test_a_taken_port_is_named(server):
    second = run("serve", "--models", MODELS / "grey", "--address", "127.0.0.1", "--port", server.port)
    assert second.returncode == 1 and str(server.port) in second.stderr.decode()


def test_configuration_flags_over_environment_over_file(tmp_path, monkeypatch):
    config = tmp_path / "credence.toml"
    config.write_text("[serve]\nport=1111\nio-threads=3\nqueue-max=77\n")
    monkeypatch.setenv("CREDENCE_PORT", "2222")
    printed = run("serve", "--config", config, "--io-threads", "4", "--print-config").stdout.decode()
    assert printed.startswith("[serve]")
    assert "port=2222" in printed and "io-threads=4" in printed and "queue-max=77" in printed
    assert run("serve", "--config", config, "--check-config").returncode == 0
    config.write_text(printed)  # what is printed can be read again
    assert run("serve", "--config", config, "--check-config").returncode == 0
    config.write_text("[serve]\nprot=1111\n")
    refused = run("serve", "--config", config, "--check-config")
    assert refused.returncode == 2
    assert f'{config}:2: serve has no option "prot"; did you mean port?' in refused.stderr.decode()
    assert run("serve", "--versions", "newest", "--check-config").returncode == 1


def test_sigterm_under_load_loses_no_accepted_request(start):
    server = start("--models", MODELS / "grey")
    png, lost, answered = encoded(picture()), [], []
    stop = threading.Event()

    def load_it():
        with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=30) as client:
            while not stop.is_set():
                try:
                    answered.append(client.post("/v1/predict", content=png).status_code)
                except httpx.ConnectError:
                    return  # not accepted any more
                except httpx.HTTPError as error:
                    lost.append(repr(error))
                    return

    threads = [threading.Thread(target=load_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    while len(answered) < 50:
        time.sleep(0.01)
    assert server.stop() == 0
    stop.set()
    for thread in threads:
        thread.join()
    assert lost == [] and set(answered) == {200}


def test_overload_is_a_fast_503_with_retry_after(start):
    server = start("--models", MODELS / "rgb_uint8", "--compute-queue-max", "1", "--pixels-max", "50000000")
    big = encoded(picture(4000, 4000, 3), "jpeg", quality=60)
    codes, headers = [], []

    def send():
        answer = httpx.post(f"http://127.0.0.1:{server.port}/v1/predict", content=big, timeout=60)
        codes.append(answer.status_code)
        headers.append(answer.headers.get("retry-after"))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(codes) == {200, 503}
    assert all(h == "1" for code, h in zip(codes, headers) if code == 503)


def test_predict_on_the_terminal_equals_the_server(server, tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(encoded(picture()))
    done = run("predict", path, "--model", MODELS / "grey", "--json")
    assert done.returncode == 0, done.stderr
    expected = server.post("/v1/predict", content=path.read_bytes()).json()["prediction"]
    assert load(done.stdout)["prediction"] == pytest.approx(expected, abs=1e-6)
    text = run("predict", path, "--model", MODELS / "grey", "--view").stdout.decode()
    assert "unassessed" in text and "picture: " in text
    missing = run("predict", tmp_path / "none.png", "--model", MODELS / "grey")
    assert missing.returncode == 1 and b"none.png" in missing.stderr


def test_inspect_shows_signature_and_contract(models):
    done = run("inspect", models)
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode()
    assert "signature serving_default" in text and "self-test passed" in text and "answers at random" in text
    refused = run("inspect", MODELS / "unsupported_op")
    assert refused.returncode == 1 and "refused" in refused.stdout.decode()


def test_every_verb_has_help_with_an_example():
    for verb in ("serve", "predict", "inspect", "health"):
        done = run(verb, "--help")
        assert done.returncode == 0 and f"credence {verb}" in done.stdout.decode()
    assert run("nonsense").returncode == 2
    assert run("--version").stdout.decode().startswith("credence ")
