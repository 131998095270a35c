"""gRPC: KServe's V2 and TensorFlow Serving's services, health and reflection, asked by real clients."""
import asyncio
import queue
import time

import grpc
import numpy as np
import pytest
import tritonclient.grpc as triton
import tritonclient.grpc.aio as triton_aio
from google.protobuf import descriptor_pool, message_factory
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from tritonclient.utils import InferenceServerException

from conftest import encoded, picture

OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


@pytest.fixture(scope="module")
def rpc(models, tmp_path_factory):
    from conftest import Server
    server = Server("--models", models, "--default", "grey", "--grpc-port", "any",
                    access_log=tmp_path_factory.mktemp("log") / "access.log")
    server.address = f"127.0.0.1:{server.grpc_port}"
    yield server
    assert server.stop() == 0, "".join(server.lines)
    assert "libprotobuf" not in "".join(server.lines)  # whatever was sent, nothing but our log is written


@pytest.fixture(scope="module")
def client(rpc):
    with triton.InferenceServerClient(rpc.address) as client:
        yield client


class Services:
    """The schemas as the server tells them, and calls by them: no generated code."""

    def __init__(self, address):
        self.channel = grpc.insecure_channel(address, OPTIONS)
        self.pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(self.channel))

    def new(self, name, **fields):
        return message_factory.GetMessageClass(self.pool.FindMessageTypeByName(name))(**fields)

    def call(self, service, method, request, **options):
        described = self.pool.FindServiceByName(service).FindMethodByName(method)
        answer = message_factory.GetMessageClass(described.output_type)
        return self.channel.unary_unary(f"/{service}/{method}", type(request).SerializeToString,
                                        answer.FromString)(request, **({"timeout": 60} | options))


@pytest.fixture(scope="module")
def services(rpc):
    return Services(rpc.address)


def tensor(services, array, typed=False):
    """A TensorProto as tf.make_tensor_proto makes it: its bytes, or typed values."""
    numbers = {"float32": 1, "float64": 2, "int32": 3, "uint8": 4, "int64": 9}
    proto = services.new("tensorflow.TensorProto", dtype=numbers[array.dtype.name])
    for side in array.shape:
        proto.tensor_shape.dim.add(size=side)
    if typed:
        proto.float_val.extend(array.ravel().tolist())
    else:
        proto.tensor_content = array.tobytes()
    return proto


def predict(services, inputs, model="grey", **options):
    request = services.new("tensorflow.serving.PredictRequest")
    request.model_spec.name = model
    for name, proto in inputs.items():
        request.inputs[name].CopyFrom(proto)
    for key, value in options.items():
        if key == "output_filter":
            request.output_filter.extend(value)
        elif key == "version":
            request.model_spec.version.value = value
        else:
            setattr(request.model_spec, key, value)
    return services.call("tensorflow.serving.PredictionService", "Predict", request)


def refused(call, *arguments, **options):
    with pytest.raises(grpc.RpcError) as error:
        call(*arguments, **options)
    return error.value.code().name, error.value.details()


@pytest.fixture(scope="module")
def grey(client):
    """Names, an input in the model's own range, and what it answers to that."""
    metadata = client.get_model_metadata("grey")
    name, output = metadata.inputs[0].name, metadata.outputs[0].name
    shape = list(metadata.inputs[0].shape)[1:]
    array = (picture(*shape[:2]).astype(np.float32) / 255).reshape([1] + shape)
    return name, output, array


def ask(client, name, array, outputs=None, datatype="FP32", **options):
    sent = triton.InferInput(name, list(array.shape), datatype)
    sent.set_data_from_numpy(array)
    return client.infer(options.pop("model", "grey"), [sent], outputs=outputs, **options)


def test_server_and_models_tell_of_themselves(client):
    assert client.is_server_live() and client.is_server_ready()
    assert client.is_model_ready("grey") and client.is_model_ready("grey", "3")
    assert not client.is_model_ready("grey", "9") and not client.is_model_ready("nope")
    server = client.get_server_metadata()
    assert server.name == "credence" and "binary_tensor_data" in server.extensions
    model = client.get_model_metadata("grey")
    assert list(model.versions) == ["3"] and model.platform == "tensorflow_savedmodel"
    assert model.inputs[0].datatype == "FP32" and model.inputs[0].shape[0] == -1
    config = client.get_model_config("grey").config
    assert config.max_batch_size > 0 and config.input[0].data_type == 11
    assert list(config.input[0].dims) == list(model.inputs[0].shape)[1:]


def test_statistics_count_pictures(client, grey):
    def counts():
        stats = client.get_inference_statistics("grey").model_stats[0]
        return stats.inference_count, stats.inference_stats.success.count
    before = counts()
    ask(client, grey[0], np.concatenate([grey[2]] * 4))
    assert counts() == (before[0] + 4, before[1] + 1)


def test_repository_index_lists_versions(client):
    index = {(m.name, m.version): m.state for m in client.get_model_repository_index().models}
    assert index[("grey", "3")] == "READY" and len(index) == 3


def test_raw_and_typed_contents_answer_alike(rpc, client, grey, services):
    name, output, array = grey
    raw = ask(client, name, array, request_id="seven")
    assert raw.get_response().id == "seven" and raw.get_response().model_version == "3"
    request = services.new("inference.ModelInferRequest", model_name="grey")
    request.inputs.add(name=name, datatype="FP32", shape=array.shape).contents.fp32_contents.extend(
        array.ravel().tolist())
    typed = services.call("inference.GRPCInferenceService", "ModelInfer", request)
    assert not typed.outputs[0].HasField("contents")
    assert typed.raw_output_contents[0] == raw.as_numpy(output).tobytes()


def test_the_verdict_stands_in_the_parameters_and_as_outputs(client, grey):
    name, _, array = grey
    answer = ask(client, name, array)
    assert answer.get_response().parameters["verdict"].string_param == "unassessed"
    wanted = [triton.InferRequestedOutput("credence_verdict"), triton.InferRequestedOutput("credence_confidence")]
    answer = ask(client, name, np.concatenate([array, array]), wanted)
    assert answer.as_numpy("credence_verdict").tolist() == [b"unassessed"] * 2
    assert np.isnan(answer.as_numpy("credence_confidence")).all()


def test_classification_tells_value_index_and_label(client, grey):
    name, output, array = grey
    scores = ask(client, name, array).as_numpy(output)[0]
    best = int(scores.argmax())
    answer = ask(client, name, array, [triton.InferRequestedOutput(output, class_count=2)])
    texts = answer.as_numpy(output)
    assert texts.shape == (1, 2)
    value, index, label = texts[0][0].decode().split(":")
    assert int(index) == best and label and abs(float(value) - scores[best]) < 1e-5


def test_an_encoded_picture_is_decoded(rpc, client, grey):
    name, output, _ = grey
    png = encoded(picture())
    sent = triton.InferInput(name, [1], "BYTES")
    sent.set_data_from_numpy(np.array([png], dtype=object))
    by_grpc = client.infer("grey", [sent]).as_numpy(output)
    native = rpc.post("/v1/predict?predictor=grey&outputs=true", content=png).json()["outputs"][output]
    assert by_grpc.tobytes() == np.array(native, np.float32).tobytes()


@pytest.mark.parametrize("change, code, words", [
    ({"model": "nope"}, "NOT_FOUND", "Request for unknown model: 'nope' is not found"),
    ({"model_version": "9"}, "NOT_FOUND", "'grey' version 9 is not found"),
    ({"model_version": "x"}, "INVALID_ARGUMENT", "version is a number"),
])
def test_unknown_models_are_named(client, grey, change, code, words):
    with pytest.raises(InferenceServerException) as error:
        ask(client, grey[0], grey[2], **change)
    assert error.value.status() == "StatusCode." + code and words in error.value.message()


def test_inputs_that_do_not_fit_are_refused(client, grey):
    name, output, array = grey
    for bad_name, bad, datatype, words in [
            ("other", array, "FP32", "unexpected inference input 'other'"),
            (name, array.reshape(-1)[:-1].reshape(1, -1), "FP32", "unexpected shape for input"),
            (name, np.full(array.shape, 1 << 40, np.int64), "INT64", "")]:
        try:
            ask(client, bad_name, bad, datatype=datatype)
            assert not words
        except InferenceServerException as error:
            assert error.status() == "StatusCode.INVALID_ARGUMENT" and words in error.message()
    with pytest.raises(InferenceServerException, match="unexpected inference output 'x'"):
        ask(client, name, array, [triton.InferRequestedOutput("x")])


def test_raw_contents_beside_typed_ones_are_refused(services, grey):
    name, _, array = grey
    request = services.new("inference.ModelInferRequest", model_name="grey")
    request.inputs.add(name=name, datatype="FP32", shape=array.shape).contents.fp32_contents.append(1)
    request.raw_input_contents.append(array.tobytes())
    code, words = refused(services.call, "inference.GRPCInferenceService", "ModelInfer", request)
    assert code == "INVALID_ARGUMENT"
    assert f"contents field must not be specified when using raw_input_contents for '{name}' for model 'grey'" in words


def test_a_stream_answers_in_order_and_survives_an_error(rpc, grey):
    name, output, array = grey
    answers = queue.Queue()
    with triton.InferenceServerClient(rpc.address) as client:
        client.start_stream(callback=lambda result, error: answers.put((result, error)))
        for i in range(20):
            sent = triton.InferInput(name, list(array.shape), "FP32")
            sent.set_data_from_numpy(array)
            client.async_stream_infer("nope" if i == 7 else "grey", [sent], request_id=str(i))
        got = [answers.get(timeout=60) for _ in range(20)]
        client.stop_stream()
    for i, (result, error) in enumerate(got):
        if i == 7:
            assert "unknown model" in error.message()
        else:
            assert error is None and result.get_response().id == str(i)
            assert result.get_response().parameters["triton_final_response"].bool_param


def test_many_at_once_by_the_asynchronous_client(rpc, grey):
    name, output, array = grey

    async def run():
        async with triton_aio.InferenceServerClient(rpc.address) as client:
            sent = triton_aio.InferInput(name, list(array.shape), "FP32")
            sent.set_data_from_numpy(array)
            return await asyncio.gather(*(client.infer("grey", [sent]) for _ in range(200)))
    answers = {a.as_numpy(output).tobytes() for a in asyncio.run(run())}
    assert len(answers) == 1


def test_predict_answers_in_typed_fields(services, client, grey):
    name, output, array = grey
    expected = ask(client, name, array).as_numpy(output)
    for typed in (False, True):
        answer = predict(services, {name: tensor(services, array, typed)})
        assert np.array(answer.outputs[output].float_val, np.float32).tobytes() == expected.tobytes()
        assert not answer.outputs[output].tensor_content
        assert [d.size for d in answer.outputs[output].tensor_shape.dim] == list(expected.shape)
        spec = answer.model_spec
        assert (spec.name, spec.version.value, spec.signature_name) == ("grey", 3, "serving_default")


def test_the_last_value_is_repeated(services, grey):
    name, output, array = grey
    constant = tensor(services, np.full(array.shape, 0.5, np.float32))
    short = services.new("tensorflow.TensorProto")
    short.CopyFrom(constant)
    short.tensor_content = b""
    short.float_val.append(0.5)
    assert predict(services, {name: short}) == predict(services, {name: constant})


def test_doubles_become_floats(services, grey):
    name, _, array = grey
    assert (predict(services, {name: tensor(services, array.astype(np.float64))})
            == predict(services, {name: tensor(services, array)}))


def test_output_filter_gives_the_verdict(services, grey):
    name, output, array = grey
    answer = predict(services, {name: tensor(services, array)}, output_filter=["credence/verdict"])
    assert list(answer.outputs) == ["credence/verdict"]
    assert list(answer.outputs["credence/verdict"].string_val) == [b"unassessed"]


def test_tensorflow_servings_errors(services, grey):
    name, output, array = grey
    sent = {name: tensor(services, array)}
    big = tensor(services, array)
    big.tensor_shape.dim[0].size = 1 << 40
    big.tensor_content = b""
    wrong = tensor(services, array)
    wrong.tensor_content = wrong.tensor_content[:-1]
    for inputs, options, code, words in [
            (sent, {"model": ""}, "INVALID_ARGUMENT", "ModelSpec has no name specified."),
            (sent, {"model": "nope"}, "NOT_FOUND", "Servable not found for request: Latest(nope)"),
            (sent, {"version": 99}, "NOT_FOUND", "Servable not found for request: Specific(grey, 99)"),
            (sent, {"version_label": "x"}, "INVALID_ARGUMENT", "Unrecognized servable version label: x"),
            (sent, {"signature_name": "x"}, "FAILED_PRECONDITION", 'Serving signature key "x" not found.'),
            ({}, {}, "INVALID_ARGUMENT",
             f"input size does not match signature: 0!=1 len({{}}) != len({{{name}}}). Sent extra: {{}}. "
             f"Missing but required: {{{name}}}."),
            (sent, {"output_filter": ["x"]}, "INVALID_ARGUMENT",
             f"output tensor alias not found in signature: x Outputs expected to be in the set {{{output}}}."),
            (sent, {"output_filter": [output] * 2}, "INVALID_ARGUMENT", f"duplicate output tensor alias: {output}"),
            ({name: big}, {}, "INVALID_ARGUMENT", ""),
            ({name: wrong}, {}, "INVALID_ARGUMENT", f"tensor parsing error: {name}")]:
        got = refused(predict, services, inputs, **options)
        assert got[0] == code and words in got[1], got


def test_metadata_and_status(services, grey):
    request = services.new("tensorflow.serving.GetModelMetadataRequest", metadata_field=["signature_def"])
    request.model_spec.name = "grey"
    answer = services.call("tensorflow.serving.PredictionService", "GetModelMetadata", request)
    packed = answer.metadata["signature_def"]
    assert packed.type_url == "type.googleapis.com/tensorflow.serving.SignatureDefMap"
    signatures = services.new("tensorflow.serving.SignatureDefMap")
    signatures.ParseFromString(packed.value)
    served = signatures.signature_def["serving_default"]
    assert list(served.inputs) == [grey[0]] and served.method_name == "tensorflow/serving/predict"
    assert answer.model_spec.version.value == 3 and not answer.model_spec.signature_name
    status = services.new("tensorflow.serving.GetModelStatusRequest")
    status.model_spec.name = "grey"
    versions = services.call("tensorflow.serving.ModelService", "GetModelStatus", status).model_version_status
    assert [(v.version, v.state, v.status.error_code) for v in versions] == [(3, 30, 0)]
    status.model_spec.name = "nope"
    assert refused(services.call, "tensorflow.serving.ModelService", "GetModelStatus", status) == (
        "NOT_FOUND", "Could not find any versions of model nope")


def test_health_knows_the_services(rpc):
    stub = health_pb2_grpc.HealthStub(grpc.insecure_channel(rpc.address))
    for name in ("", "tensorflow.serving.PredictionService", "inference.GRPCInferenceService"):
        assert stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=60).status == 1
    assert refused(stub.Check, health_pb2.HealthCheckRequest(service="x"), timeout=60)[0] == "NOT_FOUND"
    watch = stub.Watch(health_pb2.HealthCheckRequest(service="x"), timeout=60)
    assert next(watch).status == 3
    watch.cancel()


def test_reflection_lists_all_services(services):
    listed = set(ProtoReflectionDescriptorDatabase(services.channel).get_services())
    assert {"tensorflow.serving.PredictionService", "tensorflow.serving.ModelService",
            "inference.GRPCInferenceService", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
            "grpc.reflection.v1alpha.ServerReflection"} == listed
    service = services.pool.FindServiceByName("inference.GRPCInferenceService")
    assert service.FindMethodByName("ModelStreamInfer").client_streaming


def test_messages_above_four_mebibytes_are_taken(client, grey):
    name, output, _ = grey
    large = encoded(picture(1300, 1300, 3), "ppm")
    assert len(large) > 5_000_000
    answer = ask(client, name, np.array([large], dtype=object), datatype="BYTES")
    assert answer.as_numpy(output).shape[0] == 1


def test_a_message_that_is_none_is_refused(rpc):
    channel = grpc.insecure_channel(rpc.address)
    for method in ("inference.GRPCInferenceService/ModelInfer", "tensorflow.serving.PredictionService/Predict"):
        raw = channel.unary_unary("/" + method)
        code, _ = refused(raw, b"\xff\xff\xff not a protobuf", timeout=60)
        assert code == "INVALID_ARGUMENT"
    assert refused(channel.unary_unary("/inference.GRPCInferenceService/TraceSetting"), b"",
                   timeout=60)[0] == "UNIMPLEMENTED"


def test_compressed_messages_are_taken(rpc, services, grey):
    name, _, array = grey
    request = services.new("inference.ModelInferRequest", model_name="grey")
    request.inputs.add(name=name, datatype="FP32", shape=array.shape)
    request.raw_input_contents.append(array.tobytes())
    plain = services.call("inference.GRPCInferenceService", "ModelInfer", request)
    packed = services.call("inference.GRPCInferenceService", "ModelInfer", request,
                           compression=grpc.Compression.Gzip)
    assert plain.raw_output_contents == packed.raw_output_contents


def test_one_tensor_many_doors(rpc, client, services, grey):
    """Bit-equal numbers by the native JSON, V2 by REST and gRPC, TensorFlow Serving by REST and gRPC."""
    name, output, array = grey
    v2 = ask(client, name, array).as_numpy(output)
    tfs = predict(services, {name: tensor(services, array)}).outputs[output].float_val
    rest_tfs = rpc.post("/v1/models/grey:predict", json={"inputs": array.tolist()}).json()["outputs"]
    rest_v2 = rpc.post("/v2/models/grey/infer", json={"inputs": [
        {"name": name, "shape": array.shape, "datatype": "FP32", "data": array.ravel().tolist()}]}).json()
    for other in (tfs, rest_tfs, rest_v2["outputs"][0]["data"]):
        assert np.array(other, np.float32).tobytes() == v2.tobytes()


def test_calls_are_counted_and_logged(rpc, client, grey):
    ask(client, grey[0], grey[2])
    with pytest.raises(InferenceServerException):
        ask(client, grey[0], grey[2], model="nope")
    metrics = rpc.get("/metrics").text
    line = ('credence_requests_total{code="%s",predictor="%s",'
            'route="/inference.GRPCInferenceService/ModelInfer",version="%s"}')
    assert line % ("200", "grey", "3") in metrics and line % ("404", "", "") in metrics
    path = '"path":"/inference.GRPCInferenceService/ModelInfer"'
    for _ in range(200):  # the log is written every 100 ms
        lines = [line for line in rpc.access_log.read_text().splitlines() if path in line]
        if any('"status":404' in line for line in lines) and any('"status":200' in line for line in lines):
            return
        time.sleep(0.05)
    raise AssertionError("\n".join(lines))
