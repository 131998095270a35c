"""Another model configuration while the server runs: by gRPC, and by the file."""
import json
import shutil

import grpc
import pytest

from conftest import MODELS
from test_grpc import Services


@pytest.fixture
def base(tmp_path):
    """Two versions of one model, and another model."""
    for name, version in (("digits", "1"), ("digits", "2"), ("signs", "1")):
        shutil.copytree(MODELS / "grey", tmp_path / name / version)
    return tmp_path


def text(base, *models, specific=(), labels=()):
    """A model configuration file; `specific` and `labels` are the first model's."""
    configs = []
    for number, name in enumerate(models):
        more = ""
        if number == 0 and specific:
            more += "model_version_policy { specific { " + " ".join(f"versions: {v}" for v in specific) + " } } "
        if number == 0:
            more += " ".join(f"version_labels {{ key: '{label}' value: {v} }}" for label, v in labels)
        configs.append(f"config {{ name: '{name}' base_path: '{base / name}' model_platform: 'tensorflow' {more} }}")
    return "model_config_list { " + " ".join(configs) + " }"


class Api:
    """ModelService of a server, by the schemas that it tells."""

    def __init__(self, server):
        self.services = Services(f"127.0.0.1:{server.grpc_port}")

    def reload(self, models, labels=None, versions=None, metric_names=()):
        """`models`: name -> base path; the others: name -> what it has."""
        request = self.services.new("tensorflow.serving.ReloadConfigRequest")
        request.metric_names.extend(metric_names)
        for name, base in models.items():
            config = request.config.model_config_list.config.add(name=name, base_path=str(base))
            config.model_platform = "tensorflow"
            if versions and name in versions:
                config.model_version_policy.specific.versions.extend(versions[name])
            for label, version in (labels or {}).get(name, {}).items():
                config.version_labels[label] = version
        while True:
            try:
                return self.services.call("tensorflow.serving.ModelService", "HandleReloadConfigRequest", request,
                                          timeout=300)
            except grpc.RpcError as error:  # a slow machine: asked again, it goes on waiting
                if error.code() != grpc.StatusCode.DEADLINE_EXCEEDED:
                    raise

    def refused(self, *arguments, **options):
        with pytest.raises(grpc.RpcError) as error:
            self.reload(*arguments, **options)
        return error.value.code().name, error.value.details()


def status(server, name):
    answer = server.get(f"/v1/models/{name}")
    if answer.status_code != 200:
        return answer.status_code
    return {int(one["version"]): one["state"] for one in answer.json()["model_version_status"]}


def test_a_call_replaces_what_is_served_and_answers_when_it_is(start, base):
    server = start("--model-source", f"digits={base / 'digits'}", "--grpc-port", "any", "--tfs-reload-api")
    api = Api(server)
    answer = api.reload({"digits": base / "digits", "signs": base / "signs"}, metric_names=["/tensorflow/x"])
    assert answer.status.error_code == 0 and [m.name for m in answer.metric] == ["/tensorflow/x"]
    assert status(server, "signs") == {1: "AVAILABLE"} and status(server, "digits")[2] == "AVAILABLE"
    api.reload({"signs": base / "signs"})
    assert status(server, "digits") == 404 and status(server, "signs") == {1: "AVAILABLE"}


def test_labels_move_without_losing_a_request(start, base):
    server = start("--model-source", f"digits={base / 'digits'}", "--versions", "all", "--grpc-port", "any",
                   "--tfs-reload-api")
    api = Api(server)
    models, both = {"digits": base / "digits"}, {"digits": [1, 2]}
    for stable in (1, 2, 1, 2):
        api.reload(models, labels={"digits": {"stable": stable}}, versions=both)
        assert server.get("/v1/models/digits/labels/stable").json()["model_version_status"][0]["version"] == str(stable)
    code, details = api.refused(models, labels={"digits": {"stable": 9}}, versions=both)
    assert code == "FAILED_PRECONDITION"
    assert details == ("Request to assign label to version 9 of model digits, which is not currently available "
                       "for inference")
    assert server.get("/v1/models/digits/labels/stable").json()["model_version_status"][0]["version"] == "2"


def test_what_cannot_be_served_is_told_of(start, base):
    (base / "broken" / "1").mkdir(parents=True)
    (base / "broken" / "1" / "saved_model.pb").write_bytes(b"nonsense")
    server = start("--model-source", f"digits={base / 'digits'}", "--grpc-port", "any", "--tfs-reload-api")
    api = Api(server)
    digits = {"digits": base / "digits"}
    code, details = api.refused(digits | {"nowhere": base / "nowhere", "broken": base / "broken"})
    assert code == "UNKNOWN" and details.startswith("2 model(s) did not become available: {")
    assert "nowhere due to error: " in details and "broken due to error: " in details
    assert status(server, "digits")[2] == "AVAILABLE"
    for models, words in [({}, "names no models"), ({"digits": "digits"}, "to have an absolute path or URI"),
                          ({"digits": "gs://bucket/digits"}, "is remote")]:
        code, details = api.refused(models)
        assert code == "INVALID_ARGUMENT" and words in details


def test_it_is_for_those_who_may(start, base):
    server = start("--model-source", f"digits={base / 'digits'}", "--grpc-port", "any")
    code, details = Api(server).refused({"signs": base / "signs"})
    assert code == "PERMISSION_DENIED" and "--tfs-reload-api" in details
    assert status(server, "signs") == 404


def await_line(server, words):
    for line in server.process.stderr:
        if words in line:
            return json.loads(line)
    raise AssertionError("the log ended")


def test_a_changed_file_is_read_and_a_broken_one_is_not_used(start, base):
    file = base / "models.config"
    file.write_text(text(base, "digits"))
    server = start("--model-config-file", file, "--model-config-poll-s", "1")
    assert status(server, "signs") == 404
    file.write_text(text(base, "digits", "signs", specific=[1, 2], labels=[("stable", 1)]))
    await_line(server, "new model configuration")
    while status(server, "signs") != {1: "AVAILABLE"} or status(server, "digits") != {1: "AVAILABLE", 2: "AVAILABLE"}:
        pass
    assert list(status(server, "digits/labels/stable")) == [1]
    file.write_text("model_config_list { confg {} }")
    line = await_line(server, "cannot be used")
    assert line["level"] == "error" and "Error parsing text-format" in line["reason"]
    assert status(server, "signs") == {1: "AVAILABLE"}
