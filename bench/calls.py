"""Calls by gRPC for the scenario of the protocols: a message is written once and sent again and again."""

from __future__ import annotations

import os
import re
import threading
import time
from contextlib import contextmanager

import grpc
import numpy as np
from google.protobuf import descriptor_pool, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from harness import LOAD_CPU, Broken, Server

PREDICT = "/tensorflow.serving.PredictionService/Predict"
INFER = "/inference.GRPCInferenceService/ModelInfer"
IN_FLIGHT = 64


@contextmanager
def channel_to(server: Server):
    """A channel to the server's gRPC port, with this process on the load's processor."""
    before = os.sched_getaffinity(0)
    if len(before) > 1:
        os.sched_setaffinity(0, {LOAD_CPU})
    try:
        with grpc.insecure_channel(f"127.0.0.1:{grpc_port(server)}") as channel:
            yield channel
    finally:
        os.sched_setaffinity(0, before)


def grpc_port(server: Server) -> int:
    """As its log says, which is written beside the serving."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if found := re.search(rb"gRPC.*?:(\d+)", server.log()):
            return int(found[1])
        time.sleep(0.01)
    raise Broken("the server has no gRPC")


def messages(channel: grpc.Channel, pixels: np.ndarray) -> dict[str, bytes]:
    """One picture as the request of each call, by the schemas that the server tells."""
    pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(channel))

    def new(name: str):
        return message_factory.GetMessageClass(pool.FindMessageTypeByName(name))()

    predict = new("tensorflow.serving.PredictRequest")
    predict.model_spec.name = "fake"
    tensor = predict.inputs["input"]
    tensor.dtype = 1
    for side in pixels.shape:
        tensor.tensor_shape.dim.add(size=side)
    tensor.tensor_content = pixels.tobytes()
    infer = new("inference.ModelInferRequest")
    infer.model_name = "fake"
    infer.inputs.add(name="input", datatype="FP32", shape=pixels.shape)
    infer.raw_input_contents.append(pixels.tobytes())
    return {PREDICT: predict.SerializeToString(), INFER: infer.SerializeToString()}


def closed_loop(channel: grpc.Channel, method: str, message: bytes, seconds: float) -> int:
    """Keeps IN_FLIGHT calls open; how many were answered well. Raises what the first bad one raised."""
    call = channel.unary_unary(method)
    free = threading.Semaphore(IN_FLIGHT)
    failures: list[grpc.RpcError] = []
    answered = 0

    def done(future) -> None:
        if future.exception() is not None:
            failures.append(future.exception())
        free.release()

    end = time.monotonic() + seconds
    while time.monotonic() < end and not failures:
        free.acquire()
        call.future(message, timeout=10).add_done_callback(done)
        answered += 1
    for _ in range(IN_FLIGHT):
        free.acquire()
    if failures:
        raise Broken(f"{method}: {failures[0]}")
    return answered


def steady_ms(channel: grpc.Channel, method: str, message: bytes, seconds: float) -> list[float]:
    """The time of each of 100 calls a second, evenly spaced, from when it was due."""
    call = channel.unary_unary(method)
    times: list[float] = []
    began = time.monotonic()
    futures = []
    for i in range(int(100 * seconds)):
        due = began + i / 100
        time.sleep(max(0.0, due - time.monotonic()))
        future = call.future(message, timeout=10)
        future.add_done_callback(lambda _, due=due: times.append((time.monotonic() - due) * 1000))
        futures.append(future)
    for future in futures:
        future.result()
    return times
