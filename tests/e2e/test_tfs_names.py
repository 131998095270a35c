"""tensorflow_model_server's name, flags and files."""
import os
import re
import shutil
import subprocess

import httpx
import pytest

from conftest import BINARY, MODELS


class TfsServer:
    """The binary under TensorFlow Serving's name; `http` asks it."""

    def __init__(self, link, arguments, **variables):
        self.process = subprocess.Popen(
            [str(link), *map(str, arguments)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
            env=os.environ | {"CREDENCE_GRPC_PORT": "", "CREDENCE_LOG_FORMAT": "json",
                              "CREDENCE_ADDRESS": "127.0.0.1"} | variables)
        self.lines = []
        for line in self.process.stderr:
            self.lines.append(line)
            if match := re.search(r'"message":"ready","url":"([^"]+)"', line):
                self.http = httpx.Client(base_url=match.group(1), timeout=60)
                return
        raise AssertionError("".join(self.lines))

    def stop(self):
        self.process.terminate()
        self.process.communicate(timeout=60)


@pytest.fixture
def tfs(tmp_path):
    servers = []
    link = tmp_path / "tensorflow_model_server"
    link.symlink_to(BINARY)

    def start(*arguments, **variables):
        servers.append(TfsServer(link, arguments, **variables))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def base(tmp_path):
    """Two versions of a model, and its folder has another name than the model."""
    for version in ("1", "00000002"):
        shutil.copytree(MODELS / "grey", tmp_path / "base" / version)
    return tmp_path / "base"


def states(server, path):
    return {int(v["version"]): v["state"] for v in server.http.get(path).json()["model_version_status"]}


def test_flags_of_its_image(tfs, base):
    server = tfs("--port=0", "--rest_api_port=0", "--model_name=digits", f"--model_base_path={base}",
                 "--enable_batching", "--tensorflow_session_parallelism=2", "--host=0.0.0.0")
    assert states(server, "/v1/models/digits")[2] == "AVAILABLE"
    said = "".join(server.lines)
    assert "these flags have no effect here: --tensorflow_session_parallelism" in said
    assert "unknown argument: --host" in said


def test_a_configuration_file_with_policies_and_labels(tfs, base, tmp_path):
    config = tmp_path / "models.config"
    config.write_text(f"""model_config_list: {{
      config {{ name: 'a', base_path: "{base}" model_platform: "tensorflow"
        model_version_policy {{ specific {{ versions: 1 versions: 2 }} }}
        version_labels {{ key: 'stable' value: 1 }} version_labels {{ key: 'canary' value: 2 }} }}
      config {{ name: 'b' base_path: "{base}" }}
    }}""")
    server = tfs("--port=0", "--rest_api_port=0", f"--model_config_file={config}",
                 "--model_name=x", "--model_base_path=/models/x")
    assert states(server, "/v1/models/a") == {1: "AVAILABLE", 2: "AVAILABLE"}
    assert states(server, "/v1/models/b")[2] == "AVAILABLE"
    assert states(server, "/v1/models/a/labels/stable") == {1: "AVAILABLE"}


def run(*arguments):
    return subprocess.run([BINARY, "tfs-serve", *map(str, arguments)], capture_output=True, text=True, timeout=120)


def test_what_stops_the_start(tmp_path, base):
    bad = tmp_path / "bad.config"
    bad.write_text("model_config_list {\n  confg {}\n}")
    for arguments, words in [
            (["--model_base_path=/m", "--ssl_config_file=/etc/ssl.cfg"], "--ssl_config_file=/etc/ssl.cfg is not read"),
            ([f"--model_config_file={bad}"],
             "Error parsing text-format tensorflow.serving.ModelServerConfig: 2:9: "),
            (["--port=eight", f"--model_base_path={base}"], "--port=eight is not a whole number")]:
        done = run(*arguments)
        assert done.returncode == 1 and words in done.stderr, done


def test_triton_flags_are_told_of():
    done = subprocess.run([BINARY, "serve", "--model-repository", "/models"], capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == 2
    assert "--model-repository; it is Triton's: --models names the folder" in done.stderr
