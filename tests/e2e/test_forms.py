"""The forms that pictures arrive in: arrays of other shapes, batches, media types, methods, texts."""
import base64
import json
import shutil
import subprocess

import numpy as np
import pytest

from conftest import MODELS, encoded, picture, run


def size_of(server, predictor):
    wanted = server.get(f"/v1/predictors/{predictor}").json()["input"]
    return wanted["height"], wanted["width"]


def shapes_of(height, width):
    """The shapes that clients flatten and turn height x width numbers to."""
    return [(height * width, 1), (2 * height, width // 2), (height // 2, 2 * width), (1, height * width, 1),
            (height, 1, width), (2, height // 2, width)]


@pytest.mark.parametrize("predictor", ["grey", "rgb_uint8"])
def test_numbers_in_another_shape_are_reshaped_by_predict_and_refused_elsewhere(server, predictor):
    height, width = size_of(server, predictor)
    array = picture(height, width, seed=11)
    ask = {"params": {"predictor": predictor}}
    expected = server.post("/predict", json={"image": array.tolist()}, **ask).json()
    for shape in shapes_of(height, width):
        body = {"image": array.reshape(shape).tolist()}
        digit = server.post("/predict", json=body, **ask)
        assert digit.status_code == 200, digit.text
        assert digit.json()["predicted_probability"] == pytest.approx(expected["predicted_probability"], abs=1e-6)
        assert {"step": "reshape", "shape": list(shape)} in digit.json()["adaptations"]
        native = server.post("/v1/predict", json=body, **ask)
        assert native.status_code == 400, native.text
        got = "x".join(map(str, shape))
        assert f"expected numbers of shape {height}x{width}x1, got {got}" in native.json()["detail"]


@pytest.mark.parametrize("path", ["/predict", "/v1/predict"])
def test_a_batch_where_one_picture_is_expected_is_told_so(server, path):
    height, width = size_of(server, "grey")
    for shape in ((5, height * width), (5, height, width), (5, height, width, 1)):
        batch = np.zeros(shape).tolist()
        for body in (batch, {"image": batch}):
            answer = server.post(path, json=body)
            assert answer.status_code == 400
            assert "are 5 pictures" in answer.json()["detail"] and '"images"' in answer.json()["detail"]


def test_images_takes_a_batch_of_arrays(server):
    height, width = size_of(server, "grey")
    arrays = [picture(height, width, seed=i) for i in range(4)]
    single = [server.post("/v1/predict", json={"image": a.tolist()}).json()["prediction"] for a in arrays]
    for shape in ((4, height * width), (4, height, width), (4, height, width, 1)):
        batch = np.stack(arrays).reshape(shape).tolist()
        answers = server.post("/v1/predict", json={"images": batch}).json()["predictions"]
        for one, of_several in zip(single, answers):
            assert of_several["prediction"] == pytest.approx(one, abs=1e-5)


def test_uneven_lists_are_refused_with_the_place(server):
    for text, place in (("[[1,2],[[3],[4]]]", "[1][0] is a list"), ("[[1,2],[3]]", "[1] has 1 entry"),
                        ("[[1,2],3]", "[1] is a number"), ('[[1,"2"]]', "[0][1] is neither")):
        for path in ("/predict", "/v1/predict"):
            answer = server.post(path, content=f'{{"image": {text}}}')
            assert answer.status_code == 400 and f'"image"{place}' in answer.json()["detail"]


def test_text_forms_agree(server):
    array = picture(seed=2)
    png = encoded(array)
    plain, for_urls = base64.b64encode(png).decode(), base64.urlsafe_b64encode(png).decode()
    assert plain != for_urls
    expected = server.post("/v1/predict", content=png).json()["prediction"]
    for text in (plain, plain.rstrip("="), for_urls, for_urls.rstrip("="), "DATA:image/png;BASE64," + plain):
        body = json.dumps({"image": text}).encode()
        for content in (body, b"\xef\xbb\xbf" + body):
            answer = server.post("/v1/predict", content=content)
            assert answer.status_code == 200, answer.text
            assert answer.json()["prediction"] == expected
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        refused = server.post("/v1/predict", content=body.decode().encode(encoding))
        assert refused.status_code == 400 and "UTF-16" in refused.json()["detail"]


@pytest.mark.parametrize("path", ["/v1/predict", "/predict"])
def test_what_curl_sends_by_default_is_taken(server, path, tmp_path):
    file = tmp_path / "7.png"
    file.write_bytes(encoded(picture(seed=4)))
    url = f"http://127.0.0.1:{server.port}{path}"
    expected = server.post(path, content=file.read_bytes()).json()

    def curl(*arguments):
        done = subprocess.run(["curl", "-sS", *map(str, arguments), url], capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    same = [curl("--data-binary", f"@{file}"), curl("-T", file), curl("-F", f"file=@{file}"),
            curl("-H", "Content-Type: MULTIPART/Form-Data; BOUNDARY=X", "--data-binary",
                 f"@{multipart(tmp_path, file)}")]
    for answer in same:
        assert answer == expected
    stripped = curl("-d", f"@{file}")
    assert stripped["status"] == 400 and "--data-binary" in stripped["detail"]


def multipart(folder, file):
    path = folder / "multipart"
    head = b'--X\r\ncontent-disposition: FORM-DATA; NAME="file"\r\n\r\n'
    path.write_bytes(head + file.read_bytes() + b"\r\n--X--\r\n")
    return path


def test_unknown_query_parameters_are_told(server):
    refused = server.post("/v1/predict?verison=1", content=encoded(picture()))
    assert refused.status_code == 400 and "did you mean version?" in refused.json()["detail"]
    assert server.get("/livez?probe=1").status_code == 200
    assert server.get("/metrics?name[]=x").status_code == 200


def test_names_with_blanks_and_signs_are_percent_decoded(start, tmp_path):
    shutil.copytree(MODELS / "grey", tmp_path / "my digits+é" / "1")
    server = start("--models", tmp_path)
    for path in ("/v1/predictors/my%20digits+%C3%A9", "/v1/predictors/my%20digits%2B%c3%a9/ready"):
        answer = server.get(path)
        assert answer.status_code == 200 and answer.json()["name"] == "my digits+é"


def test_ipv6_with_and_without_brackets(start):
    for address in ("::1", "[::1]"):
        server = start("--models", MODELS / "grey", "--admin-port", "0", "--admin-address", address)
        port = str(server.admin.base_url.port)
        assert server.admin.post("/v1/predict", content=encoded(picture())).status_code == 200
        for asked in ("::1", "[::1]", "0:0:0:0:0:0:0:1", "::"):
            assert run("health", "--address", asked, "--port", port).stdout == b"ok\n"
