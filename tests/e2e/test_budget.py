"""What requests may take together: memory and time. All inputs are made here."""
import base64
import io
import json
import re
import socket
import threading
import time

import pytest
from PIL import Image

from conftest import Server, encoded, picture
from test_ownership import Client, await_that, gauge, in_flight

MIB = 1 << 20
MEMORY = 64 * MIB
KEPT = 16 * MIB  # by the one compute thread, of what its last pictures took


def flat(side, format="png", mode="L", **options):
    """A small file of a large picture."""
    out = io.BytesIO()
    Image.new(mode, (side, side), 77).save(out, format, **options)
    return out.getvalue()


def form(files):
    parts = b"".join(b'--B\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + f + b"\r\n" for f in files)
    return parts + b"--B--\r\n"


def post_form(server, files):
    return server.post("/v1/predict", content=form(files), timeout=600,
                       headers={"content-type": "multipart/form-data; boundary=B"})


def used(server):
    return gauge(server, "credence_memory_used_bytes")


def refusals(server, use):
    text = server.get("/metrics").text
    return float(re.search(rf'^credence_memory_refusals{{use="{use}"}} (\S+)$', text, re.M).group(1))


@pytest.fixture(scope="module")
def small(models):
    """A server whose requests may hold 64 MiB together."""
    server = Server("--models", models, "--default", "grey", "--memory-max", MEMORY,
                    "--body-bytes-max", 32 * MIB)
    yield server
    assert server.stop() == 0, "".join(server.lines)


def test_the_limit_is_a_gauge(small):
    assert gauge(small, "credence_memory_limit_bytes") == MEMORY


@pytest.mark.parametrize("format, options, mode, side", [
    ("jpeg", {"progressive": True}, "CMYK", 3000),  # 4 channels of coefficients
    ("jpeg", {"progressive": True}, "RGB", 5000),
    ("webp", {"lossless": True}, "RGB", 4000),  # ARGB of the library's own
    ("png", {}, "RGB", 5000),
    ("bmp", {}, "RGB", 5000),
    ("gif", {}, "RGB", 5000)], ids=lambda value: str(value))
def test_a_picture_that_can_never_fit_is_refused(small, format, options, mode, side):
    before = refusals(small, "work")
    file = flat(side, format, mode, **options)
    if len(file) > 20 * MIB:  # a BMP holds its pixels; a row of them will do for the header
        file = file[:4096]
    answer = small.post("/v1/predict", content=file)
    assert answer.status_code == 413, answer.text
    assert answer.json()["code"] == "too_large"
    assert re.search(r"this picture needs \d+ bytes of memory; the limit is \d+ \(see --memory-max\)",
                     answer.json()["detail"])
    assert refusals(small, "work") == before + 1
    assert small.post("/v1/predict", content=encoded(picture())).status_code == 200


def test_the_same_kinds_are_answered_where_they_fit(small):
    for format, options in (("jpeg", {"progressive": True}), ("webp", {"lossless": True}), ("png", {})):
        answer = small.post("/v1/predict", content=flat(1500, format, "RGB", **options))
        assert answer.status_code == 200, answer.text


def test_a_turn_is_counted(small):
    """Upright it fits, turned it takes twice as much."""
    exif = Image.Exif()
    for orientation, status in ((1, 200), (6, 413)):
        exif[0x0112] = orientation
        answer = small.post("/v1/predict", content=flat(6500, "jpeg", "L", exif=exif))
        assert answer.status_code == status, answer.text


def test_json_that_cannot_be_parsed_within_the_memory_is_refused(small):
    numbers = b'{"image":[' + b",".join([b"[" + b",".join([b"0"] * 4000) + b"]"] * 1000) + b"]}"
    answer = small.post("/v1/predict", content=numbers)
    assert answer.status_code == 413 and "the request's JSON needs" in answer.json()["detail"]
    # As long, but one text: it takes little to parse.
    file = flat(1000) + bytes(5 * MIB)
    text = json.dumps({"image": base64.b64encode(file).decode()})
    assert len(text) > 6 * MIB and small.post("/v1/predict", content=text).status_code == 200


def test_large_json_and_forms_are_answered_as_small_ones_are(small):
    array = picture(300, 300)
    one = small.post("/v1/predict", json={"image": array.tolist()}).json()
    body = {"images": [array.tolist()] * 3}
    assert len(json.dumps(body)) > 256 * 1024
    many = small.post("/v1/predict", json=body).json()["predictions"]
    assert [m["prediction"] for m in many] == [one["prediction"]] * 3
    noise = encoded(picture(600, 600))
    assert len(noise) > 256 * 1024
    alone = small.post("/v1/predict", content=noise).json()
    listed = post_form(small, [noise, noise]).json()["predictions"]
    assert [p["prediction"] for p in listed] == [alone["prediction"]] * 2
    broken = small.post("/v1/predict", content=b'{"images": [[' + b"1," * 200_000 + b'"x"]]}')
    assert broken.status_code == 400 and '"images"[0][200000] is neither' in broken.json()["detail"]
    await_that(lambda: used(small) <= KEPT, "the memory to be given back")


def test_bodies_that_are_held_leave_memory_to_others(small):
    """Eight clients send all but the last byte of 16 MiB: two of them fit."""
    held = [Client(small.port) for _ in range(8)]
    head = f"POST /v1/predict HTTP/1.1\r\nHost: h\r\nContent-Length: {16 * MIB}\r\n\r\n".encode()
    before = refusals(small, "body")

    def send(client):
        try:
            client.send(head + bytes(16 * MIB - 1))
        except OSError:
            pass  # refused, and closed

    threads = [threading.Thread(target=send, args=(client,)) for client in held]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    await_that(lambda: refusals(small, "body") >= before + 6, "six to be refused")
    assert KEPT < used(small) <= MEMORY / 2
    assert small.post("/v1/predict", content=encoded(picture())).status_code == 200
    assert small.post("/v1/predict", content=flat(2000)).status_code == 200
    for client in held:
        client.leave(reset=True)
    await_that(lambda: used(small) <= KEPT, "the memory to be given back")


def test_a_body_that_can_never_fit_is_refused_at_its_head(start, models):
    server = start("--models", models, "--default", "grey", "--memory-max", 32 * MIB)
    assert any("larger ones are refused" in line for line in server.lines)
    client = Client(server.port)
    client.send(f"POST /v1/predict HTTP/1.1\r\nHost: h\r\nContent-Length: {20 * MIB}\r\n\r\n".encode())
    status, body, closes = client.read()
    assert status == 413 and closes
    assert "the body needs 20971520 bytes of memory; the limit is 16777216" in json.loads(body)["detail"]


def test_half_a_request_takes_no_memory_of_others(small):
    sockets, before = [], used(small)
    for _ in range(100):
        connection = socket.create_connection(("127.0.0.1", small.port))
        connection.sendall(b"POST /v1/predict HTTP/1.1\r\nHost: h\r\nX: " + b"y" * 2000)
        sockets.append(connection)
    await_that(lambda: gauge(small, "credence_connections_open") >= 100, "100 connections")
    assert used(small) == before
    for connection in sockets:
        connection.sendall(b"y" * 6000)  # a head over the first buffer is counted
    await_that(lambda: used(small) >= before + 100 * 8000, "their buffers to be counted")
    for connection in sockets:
        connection.close()
    await_that(lambda: used(small) == before, "the memory to be given back")


@pytest.fixture(scope="module")
def hurried(models):
    """A server of one compute thread on which a prediction may take 1 s."""
    server = Server("--models", models, "--default", "grey", deadline_ms=1000)
    yield server
    assert server.stop() == 0, "".join(server.lines)


def seconds(action):
    start = time.monotonic()
    result = action()
    return time.monotonic() - start, result


SLOW = flat(4000)  # 16 megapixels in a small file


def test_many_pictures_are_answered_until_the_deadline_and_one_more(hurried):
    one, _ = seconds(lambda: hurried.post("/v1/predict", content=SLOW))
    took, answer = seconds(lambda: post_form(hurried, [SLOW] * 64))
    assert took < 1 + 3 * one + 1
    if answer.status_code == 200:
        codes = [p.get("error", {}).get("code") for p in answer.json()["predictions"]]
        assert len(codes) == 64
        late = codes.index("deadline_exceeded")
        assert set(codes[late:]) == {"deadline_exceeded"}
    else:  # not even one of them was ready in time
        assert answer.json()["code"] == "deadline_exceeded" and one > 1


def served_seconds(server):
    """Of all predictions, from a request's last byte to its answer."""
    name = r'^credence_request_duration_seconds_sum{route="/v1/predict"} (\S+)$'
    found = re.search(name, server.get("/metrics").text, re.M)
    return float(found.group(1)) if found else 0.0  # none yet


def test_a_decode_is_cut_short_at_its_deadline(hurried):
    """One JPEG whose ten scans each walk over 49 megapixels: it is never answered 200 long after its second."""
    noise = Image.effect_noise((1000, 1000), 100)
    large = Image.new("L", (7000, 7000))
    for x in range(0, 7000, 1000):
        for y in range(0, 7000, 1000):
            large.paste(noise, (x, y))
    out = io.BytesIO()
    large.save(out, "jpeg", quality=70, progressive=True)
    assert len(out.getvalue()) < 32 * MIB, "the picture has become too large to send"
    before = served_seconds(hurried)
    answer = hurried.post("/v1/predict", content=out.getvalue())
    took = served_seconds(hurried) - before
    assert took > 0
    if answer.status_code == 200:
        assert took < 1.5
    else:
        assert answer.json()["code"] == "deadline_exceeded", answer.text


def test_others_have_their_turn_beside_a_request_of_many_pictures(start, models):
    server = start("--models", models, "--default", "grey", deadline_ms=600_000)
    results = []
    many = threading.Thread(target=lambda: results.append(post_form(server, [SLOW] * 12)))
    one, _ = seconds(lambda: server.post("/v1/predict", content=SLOW))
    many.start()
    await_that(lambda: in_flight(server) == 1, "the large request to run")
    between, answer = seconds(lambda: server.post("/v1/predict", content=SLOW))
    assert answer.status_code == 200 and not results
    assert between < 10 * one
    many.join()
    assert all("error" not in p for p in results[0].json()["predictions"])


@pytest.mark.parametrize("reset", [False, True])
def test_work_of_a_client_that_has_left_is_dropped(start, models, reset):
    server = start("--models", models, "--default", "grey", deadline_ms=600_000)
    one, _ = seconds(lambda: server.post("/v1/predict", content=SLOW))
    client = Client(server.port)
    body = form([SLOW] * 64)
    client.send(f"POST /v1/predict HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=B\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    await_that(lambda: in_flight(server) == 1, "the request to run")
    client.leave(reset)
    took, _ = seconds(lambda: await_that(lambda: in_flight(server) == 0, "its work to be dropped"))
    assert took < 32 * one
