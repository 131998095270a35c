"""A client that a generator makes of /openapi.json works as it stands."""
import importlib
import io
import os
import subprocess
import sys

import pytest

from conftest import encoded, picture


@pytest.fixture(scope="module")
def generated(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("generated")
    (folder / "openapi.json").write_text(server.get("/openapi.json").text)
    (folder / "config.yaml").write_text("post_hooks: []\n")
    done = subprocess.run([sys.executable, "-m", "openapi_python_client", "generate", "--path", "openapi.json",
                           "--config", "config.yaml",
                           "--meta", "none", "--output-path", "generated_credence", "--fail-on-warning"],
                          cwd=folder, capture_output=True, text=True, timeout=300,
                          env={**os.environ, "PYTHONIOENCODING": "utf-8"})
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    yield importlib.import_module("generated_credence")
    sys.path.remove(str(folder))


def test_it_posts_a_picture(server, generated):
    api = importlib.import_module("generated_credence.api.default.predict")
    types = importlib.import_module("generated_credence.types")
    client = generated.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=60)
    file = encoded(picture(seed=9))
    raw = api.sync(client=client, body=types.File(payload=io.BytesIO(file)))
    form = importlib.import_module("generated_credence.models.predict_files_body").PredictFilesBody(
        file=types.File(payload=io.BytesIO(file), file_name="7.png", mime_type="image/png"))
    assert api.sync(client=client, body=form).label == raw.label
    assert raw.label == server.post("/v1/predict", content=file).json()["label"]


def test_it_asks_tensor_flow_servings_door(server, generated):
    api = importlib.import_module("generated_credence.api.default.tfs_status")
    client = generated.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=60)
    assert api.sync(client=client, name="grey").model_version_status[0].state == "AVAILABLE"
