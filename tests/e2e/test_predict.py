"""The main job: any picture in, an answer out."""
import base64
import io

import numpy as np
import pytest
from PIL import Image

from conftest import encoded, picture


def test_an_answer_has_every_field(server):
    answer = server.post("/v1/predict", content=encoded(picture()))
    assert answer.status_code == 200
    body = answer.json()
    assert body["predictorName"] == "grey" and body["predictorVersion"] == 3
    assert body["verdict"] == "unassessed" and body["confidence"] is None
    assert len(body["prediction"]) == len(body["uncertainty"]) >= 2
    assert sum(body["prediction"]) == pytest.approx(1, abs=1e-5)
    assert body["label"] == str(int(np.argmax(body["prediction"])))
    assert body["adaptations"][0]["step"] == "decode"


def test_multipart_raw_base64_and_numbers_agree(server):
    array = picture()
    png = encoded(array)
    answers = [
        server.post("/v1/predict", files={"file": ("7.png", png, "image/png")}),
        server.post("/v1/predict", content=png, headers={"content-type": "image/png"}),
        server.post("/v1/predict", json={"image": base64.b64encode(png).decode()}),
        server.post("/v1/predict", json={"image": array.tolist()}),
        server.post("/v1/predict", json={"image": (array / 255).tolist()}),
        server.post("/v1/predict", json={"image": array[None, :, :, None].tolist()}),
        server.post("/v1/predict", json={"image": array.flatten().tolist()}),
    ]
    numbers = [a.json()["prediction"] for a in answers]
    assert all(n == numbers[0] for n in numbers)


@pytest.mark.parametrize("format", ["png", "jpeg", "webp", "gif", "bmp", "ppm"])
@pytest.mark.parametrize("size", [(28, 28, 3), (1, 50, 3), (333, 500, 3), (240, 320, 1)])
def test_any_format_and_size(server, format, size):
    answer = server.post("/v1/predict", params={"predictor": "rgb_uint8"}, content=encoded(picture(*size), format))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["adaptations"][0]["width"] == size[1] and body["adaptations"][0]["height"] == size[0]
    assert body["adaptations"][0]["format"] == ("pnm" if format == "ppm" else format)


def test_several_files_give_a_list_in_order(server):
    arrays = [picture(seed=i) for i in range(5)]
    files = [("file", (f"{i}.png", encoded(a), "image/png")) for i, a in enumerate(arrays)]
    several = server.post("/v1/predict", files=files).json()["predictions"]
    single = [server.post("/v1/predict", content=encoded(a)).json() for a in arrays]
    for one, of_several in zip(single, several):
        assert of_several["prediction"] == pytest.approx(one["prediction"], abs=1e-5)


def test_a_broken_picture_among_several_does_not_spoil_the_others(server):
    files = [("file", ("a.png", encoded(picture()), "image/png")), ("file", ("b.png", b"nothing", "image/png"))]
    answers = server.post("/v1/predict", files=files).json()["predictions"]
    assert answers[0]["verdict"] == "unassessed"
    assert answers[1]["error"]["code"] == "unsupported_format"


def test_view_is_what_the_model_saw(server):
    wanted = server.get("/v1/predictor").json()["input"]
    array = picture(wanted["height"], wanted["width"])
    body = server.post("/v1/predict", params={"view": "true"}, content=encoded(array)).json()
    view = np.asarray(Image.open(io.BytesIO(base64.b64decode(body["view"]))))
    assert np.array_equal(view, array)


def test_a_stochastic_model_answers_with_a_variance(server):
    body = server.post("/v1/predict", params={"predictor": "dropout"}, content=encoded(picture())).json()
    p = np.array(body["prediction"])
    assert np.all(np.array(body["uncertainty"]) <= p * (1 - p) + 1e-6)


def test_the_digit_services_contract(server):
    array = picture()
    for request in ({"json": {"image": array.tolist()}}, {"content": encoded(array)}):
        body = server.post("/predict", **request).json()
        assert isinstance(body["predicted_digit"], int)
        assert 0 <= body["predicted_probability"] <= 1
        assert body["verdict"] == "unassessed"


@pytest.mark.parametrize("content, status, code", [
    (b"", 400, "invalid_argument"),
    (b"hello", 415, "unsupported_format"),
    (b"{", 400, "invalid_argument"),
    (b'{"image": [["a"]]}', 400, "invalid_argument"),
    (encoded(picture())[:100], 422, "invalid_image"),
    (b"P5 90000 40 255\n", 413, "too_large"),
])
def test_bad_input_gets_a_clear_error(server, content, status, code):
    answer = server.post("/v1/predict", content=content)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["code"] == code and body["status"] == status and body["detail"]


def test_an_error_states_limit_and_value(server):
    detail = server.post("/v1/predict", content=b"P5 90000 40 255\n").json()["detail"]
    assert "90000" in detail and "30000" in detail


def test_numbers_equal_the_picture_bit_for_bit_whatever_the_batch(server):
    array = picture(seed=3)
    alone = server.post("/v1/predict", content=encoded(array)).json()["prediction"]
    files = [("file", ("x.png", encoded(array), "image/png"))] * 7
    for one in server.post("/v1/predict", files=files).json()["predictions"]:
        assert one["prediction"] == pytest.approx(alone, abs=1e-5)
