#!/usr/bin/env python3
"""Asks the server as its protocols' own clients do: TensorFlow Serving's, KServe's SDK, Triton's.

usage: ./dev conformance protocols [--binary FILE] [--kserve PYTHON] [--triton PYTHON]

Keras exports a network; the server gets it by a model configuration file with policies and labels, as
deployments have it, under the name tensorflow_model_server. Then
  - tensorflow-serving-api: Predict with tf.make_tensor_proto, which is compared with TensorFlow's own
    answer; metadata, status, labels, a reload;
  - the curl lines of TensorFlow Serving's and OpenVINO Model Server's documentation, and what TensorFlow
    Serving's monitoring configuration asks for;
  - KServe's InferenceRESTClient and InferenceGRPCClient, and Triton's client, each in a process of its
    own: their message types have the same names.
Exit status 1 if anything differs.
"""
import argparse
import base64
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import grpc
import numpy as np
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_serving.apis import (get_model_metadata_pb2, get_model_status_pb2, model_management_pb2,
                                     model_service_pb2_grpc, predict_pb2, prediction_service_pb2_grpc)
from tensorflow_serving.config import model_server_config_pb2

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TOLERANCE = 1e-5
SIDE = 28

# As public deployments write it.
CONFIG = """
model_config_list: {{
  config: {{
    name: "mnist",
    base_path: "{base}/mnist/",
    model_platform: "tensorflow",
    model_version_policy: {{ specific {{ versions: 1, versions: 2 }} }},
    version_labels {{ key: 'stable' value: 1 }}
    version_labels {{ key: 'canary' value: 2 }}
  }},
  config: {{ name: "half_plus_two", base_path: "{base}/half_plus_two", model_platform: "tensorflow" }}
}}
"""


MONITORING = 'prometheus_config { enable: true, path: "/monitoring/prometheus/metrics" }'


class HalfPlusTwo(tf.Module):
    """The model of TensorFlow Serving's documentation."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
    def __call__(self, x):
        return {"y": x / 2 + 2}


def network(seed):
    tf.keras.backend.clear_session()  # so that both have the same names
    tf.keras.utils.set_random_seed(seed)
    layers = tf.keras.layers
    return tf.keras.Sequential([
        layers.Input((SIDE, SIDE, 1), name="image"), layers.Rescaling(1 / 255), layers.Conv2D(8, 3, activation="relu"),
        layers.MaxPooling2D(), layers.Flatten(), layers.Dropout(0.5), layers.Dense(10, activation="softmax")])


def free_port():
    """Of TensorFlow Serving's flags 0 means no gRPC."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """The binary under TensorFlow Serving's name."""

    def __init__(self, binary, folder, config):
        monitoring = folder / "monitoring.config"
        monitoring.write_text(MONITORING)
        link = folder / "tensorflow_model_server"
        link.symlink_to(binary)
        self.process = subprocess.Popen(
            [link, f"--port={free_port()}", "--rest_api_port=0", f"--model_config_file={config}",
             f"--monitoring_config_file={monitoring}", "--model_config_file_poll_wait_seconds=60",
             "--enable_batching=true", "--allow_version_labels_for_unavailable_models"],
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
            env=os.environ | {"CREDENCE_ADDRESS": "127.0.0.1", "CREDENCE_LOG_FORMAT": "json",
                              "CREDENCE_ACCESS_LOG": "off"})
        for line in self.process.stderr:
            if match := re.search(r'"message":"gRPC","address":"[^"]*:(\d+)"', line):
                self.grpc = int(match.group(1))
            if match := re.search(r'"message":"ready","url":"[^"]*:(\d+)"', line):
                self.rest = int(match.group(1))
                return
        raise RuntimeError("the server ended")


def check(what, holds, seen=""):
    print(f"{'ok ' if holds else 'BAD'} {what}{'' if holds else f': {seen}'}", flush=True)
    return bool(holds)


def refusal(call):
    try:
        call()
    except grpc.RpcError as error:
        return error.code().name, error.details()
    return "OK", ""


def by_tensorflow_serving(server, networks, base):
    """Whether all holds that a client of tensorflow-serving-api expects."""
    channel = grpc.insecure_channel(f"127.0.0.1:{server.grpc}")
    prediction = prediction_service_pb2_grpc.PredictionServiceStub(channel)
    models = model_service_pb2_grpc.ModelServiceStub(channel)

    def predict(images, **spec):
        request = predict_pb2.PredictRequest()
        request.model_spec.name = "mnist"
        request.model_spec.signature_name = "serving_default"
        for key, value in spec.items():
            if key == "version":
                request.model_spec.version.value = value
            else:
                setattr(request.model_spec, key, value)
        request.inputs[name].CopyFrom(tf.make_tensor_proto(images, dtype=tf.float32))
        return prediction.Predict(request, 30)

    request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
    request.model_spec.name = "mnist"
    metadata = prediction.GetModelMetadata(request, 30)
    signatures = get_model_metadata_pb2.SignatureDefMap()
    unpacked = metadata.metadata["signature_def"].Unpack(signatures)
    (name,) = signatures.signature_def["serving_default"].inputs
    (output,) = signatures.signature_def["serving_default"].outputs
    good = check("GetModelMetadata unpacks to the signatures", unpacked and metadata.model_spec.version.value == 1)

    images = np.random.default_rng(0).integers(0, 256, (5, SIDE, SIDE, 1)).astype(np.float32)
    for spec, version in (({}, 1), ({"version": 2}, 2), ({"version_label": "stable"}, 1),
                          ({"version_label": "canary"}, 2)):
        answer = predict(images, **spec)
        expected = networks[version](images).numpy()
        got = np.array(answer.outputs[output].float_val).reshape(5, 10)
        good &= check(f"Predict {spec or 'stable'}: float_val is TensorFlow's",
                      np.abs(got - expected).max() < TOLERANCE and answer.model_spec.version.value == version,
                      np.abs(got - expected).max())
        good &= check("make_ndarray reads it",
                      np.array_equal(tf.make_ndarray(answer.outputs[output]), got.astype(np.float32)))
    constant = predict_pb2.PredictRequest()
    constant.model_spec.name = "mnist"
    constant.inputs[name].CopyFrom(tf.make_tensor_proto(7.0, shape=[2, SIDE, SIDE, 1]))
    got = tf.make_ndarray(prediction.Predict(constant, 30).outputs[output])
    good &= check("a constant's one value is repeated",
                  np.abs(got - networks[1](np.full((2, SIDE, SIDE, 1), 7, np.float32)).numpy()).max() < TOLERANCE)
    good &= check("an unknown model is NOT_FOUND with the word Servable",
                  refusal(lambda: prediction.Predict(predict_pb2.PredictRequest(model_spec={"name": "nope"}), 30))
                  == ("NOT_FOUND", "Servable not found for request: Latest(nope)"))

    status = models.GetModelStatus(get_model_status_pb2.GetModelStatusRequest(model_spec={"name": "mnist"}), 30)
    good &= check("GetModelStatus lists both versions, the newest first",
                  [(v.version, v.state) for v in status.model_version_status] == [(2, 30), (1, 30)], status)
    config = text_format.Parse(CONFIG.format(base=base), model_server_config_pb2.ModelServerConfig())
    config.model_config_list.config[0].version_labels["stable"] = 2
    reloaded = models.HandleReloadConfigRequest(model_management_pb2.ReloadConfigRequest(config=config), 60)
    good &= check("a reload moves the label", reloaded.status.error_code == 0
                  and predict(images, version_label="stable").model_spec.version.value == 2, reloaded)
    return good


def ask(*arguments, stdin=None):
    done = subprocess.run(["curl", "-sS", "--noproxy", "*", *arguments], capture_output=True, timeout=60, input=stdin)
    return done.stdout


def curl(*arguments, stdin=None):
    return json.loads(ask(*arguments, stdin=stdin))


def by_openvino(server, images, expected):
    """The lines of OpenVINO Model Server's documentation: a picture's file in the four forms, and as it is."""
    png = tf.io.encode_png(tf.constant(images[0].astype(np.uint8))).numpy()
    file = {"b64": base64.b64encode(png).decode()}
    url = f"http://localhost:{server.rest}"
    (model,) = curl(f"{url}/v2/models/mnist")["inputs"]
    good = True
    for body, key in (({"instances": [file]}, "predictions"), ({"instances": [{model["name"]: file}]}, "predictions"),
                      ({"inputs": file}, "outputs"), ({"inputs": {model["name"]: file}}, "outputs")):
        answer = curl("-d", "@-", f"{url}/v1/models/mnist/versions/2:predict", stdin=json.dumps(body).encode())
        got = np.array(answer.get(key)).reshape(-1)
        good &= check(f"curl: a picture's file as {json.dumps(body)[:30]}…",
                      got.shape == (10,) and np.abs(got - expected[0]).max() < TOLERANCE, answer)
    answer = ask("--data-binary", "@-", "-H", "Inference-Header-Content-Length: 0",
                 f"{url}/v2/models/mnist/versions/2/infer", stdin=png)
    got = np.frombuffer(answer[-expected[0].nbytes:], np.float32)  # the answer is binary, too
    return good & check("curl: a picture's file as it is", np.abs(got - expected[0]).max() < TOLERANCE, answer)


def by_prometheus(server):
    """What a dashboard of TensorFlow Serving reads."""
    lines = ask(f"http://localhost:{server.rest}/monitoring/prometheus/metrics").decode().splitlines()
    good = check("metrics: request_count", any(
        line.startswith(':tensorflow:serving:request_count{model_name="mnist",status="OK"} ') for line in lines))
    for entrypoint in ("REST", "GRPC"):
        bucket = (":tensorflow:serving:request_latency_bucket"
                  f'{{API="Predict",entrypoint="{entrypoint}",model_name="mnist",le="10"}} ')
        good &= check(f"metrics: request_latency of {entrypoint}", any(line.startswith(bucket) for line in lines))
    return good


def by_curl(server):
    """The lines of TensorFlow Serving's documentation, with another port."""
    url = f"http://localhost:{server.rest}/v1/models/half_plus_two"
    good = check("curl: row format",
                 curl("-d", '{"instances": [1.0, 2.0, 5.0]}', "-X", "POST", url + ":predict")
                 == {"predictions": [2.5, 3.0, 4.5]})
    good &= check("curl: column format", curl("-d", '{"inputs": [1.0, 2.0, 5.0]}', "-X", "POST", url + ":predict")
                  == {"outputs": [2.5, 3.0, 4.5]})
    good &= check("curl: status", curl(url) == {"model_version_status": [
        {"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}]}, curl(url))
    return good & check("curl: metadata", curl(url + "/metadata")["model_spec"]
                        == {"name": "half_plus_two", "signature_name": "", "version": "1"})


def elsewhere(python, script, server, images, expected, folder):
    """Whether the clients of `script` get the numbers that are expected."""
    np.savez(folder / "case.npz", images=images, expected=expected)
    done = subprocess.run([python, HERE / script, str(server.rest), str(server.grpc), folder / "case.npz"], timeout=300)
    return check(f"{script} ({python})", done.returncode == 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=ROOT / "build/train/src/cli/credence", type=pathlib.Path)
    parser.add_argument("--kserve", default=ROOT / "build/venv-kserve/bin/python")
    parser.add_argument("--triton", default=ROOT / "build/venv-test/bin/python")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        networks = {version: network(version) for version in (1, 2)}
        for version, model in networks.items():
            model.export(folder / "mnist" / str(version), verbose=False)
        tf.saved_model.save(HalfPlusTwo(), str(folder / "half_plus_two" / "1"))
        config = folder / "models.config"
        config.write_text(CONFIG.format(base=folder))
        images = np.random.default_rng(1).integers(0, 256, (1, SIDE, SIDE, 1)).astype(np.float32)
        expected = networks[2](images).numpy()
        server = Server(arguments.binary.resolve(), folder, config)
        try:
            good = by_tensorflow_serving(server, networks, folder) & by_curl(server)
            good &= by_openvino(server, images, expected) & by_prometheus(server)
            good &= elsewhere(arguments.kserve, "kserve_client.py", server, images, expected, folder)
            good &= elsewhere(arguments.triton, "triton_client.py", server, images, expected, folder)
        finally:
            server.process.terminate()
            server.process.communicate(timeout=60)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
