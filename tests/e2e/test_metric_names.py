"""Metrics under the names of TensorFlow Serving and Triton: read by Prometheus, with the labels of their dashboards."""
import re
import subprocess
from base64 import b64encode

import numpy as np
import requests
import tritonclient.grpc as triton_grpc

from conftest import MODELS, encoded, picture
from test_grpc import Services, tensor
from test_tfs_names import base, tfs  # noqa: F401 - fixtures

TFS = ":tensorflow:serving:"


def scrape(server, path="/metrics"):
    """{name: {labels: value}}, read from what Prometheus's own parser has accepted."""
    text = requests.get(f"http://127.0.0.1:{server.port}{path}", timeout=60).text
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    assert "error while linting" not in checked.stderr and checked.returncode in (0, 3), checked  # 3: advice on names
    read = {}
    for name, labels, value in re.findall(r"^([a-z_:]+)(?:\{(.*)\})? (\S+)$", text, re.MULTILINE):
        pairs = frozenset(re.findall(r'(\w+)="([^"]*)"', labels))
        read.setdefault(name, {})[pairs] = float(value)
    return read


def of(**labels):
    return frozenset(labels.items())


def ask(server):
    """A good request by each door, and requests that are the client's fault."""
    url, path = f"http://127.0.0.1:{server.port}", "/v1/models/grey:predict"
    (told,) = requests.get(f"{url}/v2/models/grey", timeout=60).json()["inputs"]
    rows = np.zeros([1] + told["shape"][1:], np.float32)
    assert requests.post(url + path, json={"instances": rows.tolist()}, timeout=60).ok
    assert requests.post(f"{url}/v1/predict", data=encoded(picture()), timeout=60).ok
    assert requests.post(url + path, json={"instances": [1]}, timeout=60).status_code == 400
    assert requests.post(f"{url}/v1/models/nope:predict", json={"instances": [1]}, timeout=60).status_code == 404
    address = f"127.0.0.1:{server.grpc_port}"
    services = Services(address)
    request = services.new("tensorflow.serving.PredictRequest", inputs={told["name"]: tensor(services, rows)})
    request.model_spec.name = "grey"
    services.call("tensorflow.serving.PredictionService", "Predict", request)
    with triton_grpc.InferenceServerClient(address) as client:
        sent = triton_grpc.InferInput(told["name"], list(rows.shape), "FP32")
        sent.set_data_from_numpy(rows)
        client.infer("grey", [sent])


def test_both(start):
    server = start("--models", MODELS / "grey", "--grpc-port", "any", "--metric-names", "tfs,triton")
    ask(server)
    read = scrape(server)
    assert read[TFS + "request_count"] == {of(model_name="grey", status="OK"): 4,
                                           of(model_name="grey", status="INVALID_ARGUMENT"): 1}
    counts = read[TFS + "request_latency_count"]
    assert counts == {of(model_name="grey", API="Predict", entrypoint="REST"): 2,
                      of(model_name="grey", API="Predict", entrypoint="GRPC"): 2}
    buckets = [dict(labels)["le"] for labels in read[TFS + "request_latency_bucket"]
               if ("entrypoint", "REST") in labels]
    assert len(buckets) == 34 and {"10", "18", "+Inf"} <= set(buckets)
    labels = of(model="grey", version="1")
    for counter in ("request_success", "count", "exec_count"):
        assert read[f"nv_inference_{counter}"] == {labels: 4}, counter
    assert read["nv_inference_request_failure"] == {labels | of(reason="OTHER"): 1}
    parts = sum(read[f"nv_inference_{part}_duration_us"][labels]
                for part in ("queue", "compute_input", "compute_infer", "compute_output"))
    assert 0 < parts <= read["nv_inference_request_duration_us"][labels]
    ours = [dict(labels) for labels in read["credence_requests_total"]]
    assert {"400": "grey", "404": ""} == {one["code"]: one["predictor"] for one in ours if one["code"] >= "400"}


def test_none_unless_asked_for(start):
    server = start("--models", MODELS / "grey", "--grpc-port", "any")
    ask(server)
    assert not [name for name in scrape(server) if name.startswith((":", "nv_"))]


def test_the_monitoring_file_of_tensorflow_serving(tfs, base, tmp_path):  # noqa: F811
    file = tmp_path / "monitoring.config"
    file.write_text('prometheus_config { enable: true, path: "/metrics/of/tensorflow" }')
    server = tfs("--port=0", "--rest_api_port=0", "--model_name=digits", f"--model_base_path={base}",
                 f"--monitoring_config_file={file}")
    server.port = server.http.base_url.port
    body = {"instances": [{"b64": b64encode(encoded(picture())).decode()}]}
    assert server.http.post("/v1/models/digits:predict", json=body).status_code == 200
    for path in ("/metrics/of/tensorflow", "/monitoring/prometheus/metrics"):
        read = scrape(server, path)
        assert read[TFS + "request_count"] == {of(model_name="digits", status="OK"): 1}
        assert not [name for name in read if name.startswith("nv_")]
