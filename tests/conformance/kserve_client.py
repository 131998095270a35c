"""KServe's SDK asks a server; see protocols.py.

usage: kserve_client.py REST_PORT GRPC_PORT CASE.npz
"""
import asyncio
import json
import sys
import urllib.request

import numpy as np
from kserve import InferenceGRPCClient, InferenceRESTClient, InferInput, InferRequest, RESTConfig

TOLERANCE = 1e-5


async def main(rest_port, grpc_port, case):
    case = np.load(case)
    images, expected = case["images"], case["expected"]
    url = f"http://127.0.0.1:{rest_port}"
    rest = InferenceRESTClient(config=RESTConfig(protocol="v2", timeout=60))
    grpc = InferenceGRPCClient(url=f"127.0.0.1:{grpc_port}", timeout=60)
    assert await rest.is_server_live(url) and await rest.is_server_ready(url)
    assert await rest.is_model_ready(url, "mnist")
    assert await grpc.is_server_live() and await grpc.is_server_ready() and await grpc.is_model_ready("mnist")
    with urllib.request.urlopen(f"{url}/v2/models/mnist") as metadata:
        name = json.load(metadata)["inputs"][0]["name"]
    for binary in (False, True):
        sent = InferInput(name, list(images.shape), "FP32")
        sent.set_data_from_numpy(images, binary_data=binary)
        answer = await rest.infer(url, InferRequest(model_name="mnist", infer_inputs=[sent]), model_name="mnist")
        got = answer.outputs[0].as_numpy()
        assert np.abs(got.reshape(expected.shape) - expected).max() < TOLERANCE, ("REST", binary, got)
        answer = await grpc.infer(InferRequest(model_name="mnist", infer_inputs=[sent]))
        got = answer.outputs[0].as_numpy()
        assert np.abs(got.reshape(expected.shape) - expected).max() < TOLERANCE, ("gRPC", binary, got)
    v1 = InferenceRESTClient(config=RESTConfig(protocol="v1", timeout=60))
    answer = await v1.infer(url, {"instances": images.tolist()}, model_name="mnist")
    assert np.abs(np.array(answer["predictions"]) - expected).max() < TOLERANCE, answer
    await rest.close()
    await v1.close()
    await grpc.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
