"""Triton's client asks a server as its examples simple_http_infer and image_client do; see protocols.py.

usage: triton_client.py REST_PORT GRPC_PORT CASE.npz
"""
import queue
import sys

import numpy as np
import tritonclient.grpc as grpc
import tritonclient.grpc.model_config_pb2 as mc
import tritonclient.http as http
from tritonclient.utils import InferenceServerException, triton_to_np_dtype

TOLERANCE = 1e-5
NAME = "mnist"


def simple_infer(module, url, images, expected, **options):
    """Inputs and outputs by name, with and without binary data, a wrong name, statistics."""
    client = module.InferenceServerClient(url=url, **options)
    metadata = client.get_model_metadata(NAME)
    metadata = metadata if isinstance(metadata, dict) else {
        "inputs": [{"name": one.name} for one in metadata.inputs],
        "outputs": [{"name": one.name} for one in metadata.outputs]}
    name, output = metadata["inputs"][0]["name"], metadata["outputs"][0]["name"]
    sent = module.InferInput(name, list(images.shape), "FP32")
    sent.set_data_from_numpy(images)
    wanted = module.InferRequestedOutput(output)
    for compression in (None, "gzip", "deflate"):
        key = "compression_algorithm" if module is grpc else "request_compression_algorithm"
        result = client.infer(NAME, [sent], outputs=[wanted], request_id="1", **{key: compression})
        got = result.as_numpy(output)
        assert np.abs(got - expected).max() < TOLERANCE, (module.__name__, compression, got)
    try:
        client.infer("nope", [sent])
        raise AssertionError("an unknown model answers")
    except InferenceServerException as error:
        assert "Request for unknown model" in str(error), error
    statistics = client.get_inference_statistics(model_name=NAME)
    assert statistics is not None
    return name, output


def parse_model(client):
    """What image_client reads of a model before it sends pictures."""
    metadata, config = client.get_model_metadata(NAME), client.get_model_config(NAME).config
    (spec,), (told,) = metadata.inputs, config.input
    assert spec.datatype == "FP32" and metadata.outputs[0].datatype == "FP32"
    assert config.max_batch_size > 0 and len(spec.shape) == len(told.dims) + 1
    assert told.format == mc.ModelInput.FORMAT_NHWC
    return spec.name, metadata.outputs[0].name, triton_to_np_dtype(spec.datatype)


def image_client(url, images, expected):
    """The three best classes of a picture, at once, later and by a stream."""
    client = grpc.InferenceServerClient(url=url)
    name, output, dtype = parse_model(client)
    sent = grpc.InferInput(name, list(images.shape), "FP32")
    sent.set_data_from_numpy(images.astype(dtype))
    wanted = grpc.InferRequestedOutput(output, class_count=3)
    best = np.argsort(-expected[0])[:3]

    def check(result):
        (row,) = result.as_numpy(output)
        for element, index in zip(row, best):
            value, place, label = "".join(chr(byte) for byte in element).split(":")
            assert int(place) == index and abs(float(value) - expected[0][index]) < 1e-4 and label
    check(client.infer(NAME, [sent], outputs=[wanted]))
    answers = queue.Queue()
    client.async_infer(NAME, [sent], lambda result, error: answers.put((result, error)), outputs=[wanted])
    client.start_stream(lambda result, error: answers.put((result, error)))
    for number in range(3):
        client.async_stream_infer(NAME, [sent], outputs=[wanted], request_id=str(number))
    for _ in range(4):
        result, error = answers.get(timeout=60)
        assert error is None, error
        check(result)
    client.stop_stream()


def main(rest_port, grpc_port, case):
    case = np.load(case)
    images, expected = case["images"], case["expected"]
    simple_infer(http, f"127.0.0.1:{rest_port}", images, expected, network_timeout=60, connection_timeout=60)
    simple_infer(grpc, f"127.0.0.1:{grpc_port}", images, expected)
    image_client(f"127.0.0.1:{grpc_port}", images, expected)


if __name__ == "__main__":
    main(*sys.argv[1:])
