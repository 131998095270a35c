"""credence data: fetch from real servers, verify, show, make."""
import gzip
import http.server
import json
import os
import pathlib
import re
import shlex
import shutil
import ssl
import struct
import subprocess
import tempfile
import threading

import numpy as np
import pytest
from PIL import Image

from conftest import BINARY, ROOT, SHARED, encoded, run

MNIST = SHARED / "data/mnist"
needs_mnist = pytest.mark.skipif(not MNIST.is_dir(), reason=f"{MNIST} is not there")


class FileServer:
    """Serves a dictionary of files by ranges, over HTTP or HTTPS.

    `hold` names a path whose first answer stops halfway until the client goes away.
    """

    def __init__(self, files, certificate=None, hold=None):
        outer = self
        self.requests, self.half_sent, self.hold = [], threading.Event(), hold

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                begin = int((re.match(r"bytes=(\d+)-", self.headers.get("Range", "")) or [0, 0])[1])
                outer.requests.append((self.path, begin))
                body = files.get(self.path)
                if body is None:
                    return self.send_error(404)
                self.send_response(206 if begin else 200)
                if begin:
                    self.send_header("Content-Range", f"bytes {begin}-{len(body) - 1}/{len(body)}")
                self.send_header("Content-Length", str(len(body) - begin))
                self.end_headers()
                if self.path == outer.hold:
                    outer.hold = None
                    self.wfile.write(body[begin:len(body) // 2])
                    self.wfile.flush()
                    outer.half_sent.set()
                    self.connection.recv(1)  # until the client closes
                else:
                    self.wfile.write(body[begin:])

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def serve():
    servers = []

    def serve(files, **options):
        servers.append(FileServer(files, **options))
        return servers[-1]

    yield serve
    for server in servers:
        server.server.shutdown()
        server.server.server_close()


@pytest.fixture(scope="module")
def mnist():
    return {f"/{file.name}": file.read_bytes() for file in MNIST.glob("*.gz")}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", "/CN=mirror", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", file, "-out", str(file) + ".crt"], check=True, capture_output=True)
    file.write_text(file.read_text() + open(str(file) + ".crt").read())
    return file


def fails(*arguments, environment=None):
    done = subprocess.run([BINARY, "data", *map(str, arguments)], capture_output=True, text=True, timeout=120,
                          env={**os.environ, **(environment or {})})
    assert done.returncode == 1, done.stdout
    assert "\r" not in done.stderr  # no progress in a pipe
    return done.stderr


@needs_mnist
def test_fetch_over_https_then_nothing_is_left_to_fetch(serve, mnist, certificate, tmp_path):
    server = serve(mnist, certificate=certificate)
    command = [BINARY, "data", "fetch", "mnist", "--out", tmp_path / "m", "--url", server.url]
    environment = {**os.environ, "CURL_CA_BUNDLE": str(certificate)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("fetched") == 4
    assert {f"/{f.name}": f.read_bytes() for f in (tmp_path / "m").iterdir()} == mnist
    again = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert again.stdout.count("  right ") == 4
    assert len(server.requests) == 4
    assert run("data", "verify", tmp_path / "m", "--as", "mnist").returncode == 0


def test_an_unknown_certificate_is_refused(serve, certificate, tmp_path):
    server = serve({}, certificate=certificate)
    message = fails("fetch", "mnist", "--out", tmp_path, "--url", server.url,
                    environment={"CURL_CA_BUNDLE": ""})
    assert "certificate" in message
    assert server.requests == []


def test_a_killed_fetch_goes_on_where_it_ended_and_the_checksum_counts(serve, tmp_path):
    name = "train-images-idx3-ubyte.gz"
    body = np.random.default_rng(1).bytes(9_912_422)  # as long as the real file, and not it
    server = serve({f"/{name}": body}, hold=f"/{name}")
    command = [BINARY, "data", "fetch", "mnist", "--out", tmp_path, "--url", server.url]
    client = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert server.half_sent.wait(60)
    part = tmp_path / f"{name}.part"
    while not part.exists() or part.stat().st_size < 1_000_000:
        assert client.poll() is None
    client.kill()
    client.wait()
    kept = part.stat().st_size
    assert part.read_bytes() == body[:kept]
    message = fails("fetch", "mnist", "--out", tmp_path, "--url", server.url)
    assert server.requests == [(f"/{name}", 0), (f"/{name}", kept)]
    assert "SHA-256 is" in message and "expected 440fcabf73cc546fa21475e81ea370265605f56be210a402" in message
    assert list(tmp_path.iterdir()) == []  # nothing under its name, nothing to go on from


def test_fetch_says_what_it_asked_for(serve, tmp_path):
    server = serve({})
    message = fails("fetch", "mnist", "--out", tmp_path, "--url", server.url)
    assert f"{server.url}/train-images-idx3-ubyte.gz" in message and "404" in message
    assert "known are: mnist, fashion-mnist" in fails("fetch", "cifar", "--out", tmp_path)
    assert "neither https:// nor http://" in fails("fetch", "mnist", "--out", tmp_path, "--url", "ftp://x")


def test_usage_errors_are_2_and_help_has_examples():
    assert run("data").returncode == 2
    assert run("data", "fetch").returncode == 2
    for verb in (["fetch"], ["verify"], ["show"], ["make"], ["make", "digits"]):
        done = run("data", *verb, "--help")
        assert done.returncode == 0
        assert f"credence data {' '.join(verb)}".encode() in done.stdout


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("digits")
    assert run("data", "make", "digits", "--count", 200, "--seed", 3, "--out", folder).returncode == 0
    return folder


def test_commands_of_the_page_on_data_succeed(digits, tmp_path):
    (tmp_path / "mnist").symlink_to(digits)
    lines = (ROOT / "docs/data.md").read_text().splitlines()
    commands = [line for line in lines if re.match("credence data (verify|show|make)", line)]
    assert len(commands) == 4
    for command in commands:
        done = subprocess.run([BINARY, *shlex.split(command)[1:]], cwd=tmp_path, capture_output=True, timeout=120)
        assert done.returncode == 0, f"{command}: {done.stderr.decode()}"


def read_idx(file):
    data = gzip.decompress(file.read_bytes())
    dims = struct.unpack_from(f">{data[3]}I", data, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(dims)


def test_show_counts_what_numpy_counts(digits):
    lines = run("data", "show", digits, "--json").stdout.splitlines()
    shown = {split["split"]: split for split in map(json.loads, lines)}
    assert set(shown) == {"t10k", "train"}
    for split, rows in (("train", 200), ("t10k", 40)):
        images = read_idx(digits / f"{split}-images-idx3-ubyte.gz")
        labels = read_idx(digits / f"{split}-labels-idx1-ubyte.gz")
        assert shown[split]["rows"] == rows == len(images)
        assert [c["rows"] for c in shown[split]["classes"]] == np.bincount(labels, minlength=10).tolist()
        assert shown[split]["width"] == [28, 28] and shown[split]["levels"] == [0, 255]
        assert shown[split]["levelMean"] == pytest.approx(images.mean(), abs=1e-9)
        assert shown[split]["levelSd"] == pytest.approx(images.std(), abs=1e-9)


def test_the_same_seed_gives_the_same_digits_and_folders_hold_the_same(digits, tmp_path):
    for name, arguments in (("again", []), ("other", ["--seed", 4]), ("pngs", ["--format", "folders"])):
        arguments = ["--count", 200, "--seed", 3, *arguments] if name != "other" else ["--count", 200, *arguments]
        assert run("data", "make", "digits", *arguments, "--out", tmp_path / name).returncode == 0
    file = "train-images-idx3-ubyte.gz"
    assert (read_idx(tmp_path / "again" / file) == read_idx(digits / file)).all()
    assert (read_idx(tmp_path / "other" / file) != read_idx(digits / file)).any()
    images, labels = (read_idx(digits / f"train-{what}-ubyte.gz") for what in ("images-idx3", "labels-idx1"))
    for row in (0, 199):
        png = Image.open(tmp_path / "pngs/train" / str(labels[row]) / f"{row:06}.png")
        assert (np.asarray(png) == images[row]).all()


def test_the_sheet_shows_a_line_a_class(digits, tmp_path):
    sheet = tmp_path / "sheet.png"
    done = run("data", "show", digits, "--split", "train", "--sheet", sheet, "--columns", 4)
    assert done.returncode == 0, done.stderr
    array = np.asarray(Image.open(sheet))
    assert array.shape == (10 * 42, 4 * 42, 3)
    labels, images = (read_idx(digits / f"train-{what}-ubyte.gz") for what in ("labels-idx1", "images-idx3"))
    for digit in range(10):
        first = images[np.flatnonzero(labels == digit)[0]]
        drawn = array[digit * 42 + 1:digit * 42 + 41, 1:41, 0]
        nearest = np.arange(40) * 28 // 40
        assert (drawn == first[np.ix_(nearest, nearest)]).all()
    assert "choose by --split one of: t10k, train" in fails("show", digits, "--sheet", sheet)


def idx(dims, values):
    return struct.pack(f">BBBB{len(dims)}I", 0, 0, 8, len(dims), *dims) + bytes(values)


@pytest.mark.parametrize("images, labels, expected", [
    (idx([3, 2, 2], range(11)), idx([3], [0, 1, 2]), "images.idx3: offset 27: the file ends"),
    (idx([3, 2, 2], range(12)), idx([2], [0, 1]), "labels.idx1: offset 4: 2 labels; expected 3"),
    (b"\x89PNG" + bytes(40), idx([3], [0, 1, 2]), "images.idx3: offset 0: bad magic number"),
    (idx([3, 2, 2], range(12)), idx([3], [0, 1, 9]), "labels.idx1: row 2: label 9; expected 0 to 2"),
    (gzip.compress(idx([3, 2, 2], range(12)))[:-12], idx([3], [0, 1, 2]),
     "(unpacked): the gzip stream is cut short"),
])
def test_errors_name_file_offset_and_expectation(tmp_path, images, labels, expected):
    (tmp_path / "images.idx3").write_bytes(images)
    (tmp_path / "labels.idx1").write_bytes(labels)
    (tmp_path / "classes.txt").write_text("a\nb\nc\n")
    done = run("data", "verify", tmp_path)
    assert done.returncode == 1
    assert expected in (done.stdout + done.stderr).decode()


def test_an_unreadable_picture_is_named_and_the_others_are_read(tmp_path):
    for label in "ab":
        (tmp_path / label).mkdir()
        for i in range(3):
            (tmp_path / label / f"{i}.png").write_bytes(encoded(np.full((5, 7), 40 * i, np.uint8)))
    (tmp_path / "b/1.png").write_bytes((tmp_path / "b/1.png").read_bytes()[:50])
    done = run("data", "verify", tmp_path)
    assert done.returncode == 1
    assert b"5 of 6 pictures can be read" in done.stdout and b"b/1.png" in done.stdout
    assert b"b/1.png" in run("data", "show", tmp_path).stdout


@needs_mnist
def test_verify_finds_a_changed_byte_of_a_known_set(tmp_path):
    for file in MNIST.glob("t10k*"):
        shutil.copy(file, tmp_path)
    assert run("data", "verify", tmp_path).returncode == 0  # what is there is right
    assert "missing" in run("data", "verify", tmp_path, "--as", "mnist").stdout.decode()
    images = tmp_path / "t10k-images-idx3-ubyte.gz"
    data = bytearray(gzip.decompress(images.read_bytes()))
    data[5000] ^= 1
    images.write_bytes(gzip.compress(data))
    done = run("data", "verify", tmp_path)
    assert done.returncode == 1
    assert b"wrong    t10k-images-idx3-ubyte.gz" in done.stdout
    assert b"10000 of 10000 pictures can be read" in done.stdout


def test_a_set_larger_than_memory_streams(tmp_path):
    """Peak memory does not grow with the set: 200 MB of pictures against a few."""
    def peak(rows):
        folder = tmp_path / str(rows)
        folder.mkdir()
        with (folder / "images.idx3").open("wb") as file:
            file.write(idx([rows, 256, 256], []))
            file.truncate(16 + rows * 65536)
        (folder / "labels.idx1").write_bytes(idx([rows], bytes(rows)))
        process = subprocess.Popen([BINARY, "data", "show", folder], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        assert status == 0
        return usage.ru_maxrss * 1024

    assert peak(3200) - peak(32) < 20e6


def write_set(folder, files):
    """A small picture under each of the names, every one another."""
    for number, name in enumerate(files):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(encoded(np.full((5, 7), number, np.uint8)))
    return folder


def test_show_says_how_a_set_is_understood_and_layout_decides(tmp_path):
    folder = write_set(tmp_path, [f"{a}/{b}/1.png" for a in ("one", "two") for b in ("x", "y", "z")])
    message = fails("show", folder)
    assert "one: holds no pictures itself, only folders" in message and "--layout splits" in message
    shown = run("data", "show", folder, "--layout", "splits").stdout.decode()
    assert shown.count("layout   splits one, two, in each a folder a class") == 2
    shown = json.loads(run("data", "show", folder, "--layout", "classes", "--json").stdout)
    assert [c["name"] for c in shown["classes"]] == ["one", "two"]
    assert run("data", "show", folder, "--layout", "piles").returncode == 2


def test_a_class_whose_pictures_cannot_be_read_is_listed_and_verify_fails(tmp_path):
    folder = write_set(tmp_path, ["bee/1.png", "cow/1.png"])
    (folder / "ant").mkdir()
    (folder / "ant/1.heic").write_bytes(bytes(4) + b"ftypheic" + bytes(20))
    (folder / "dog").mkdir()
    shown = json.loads(run("data", "show", folder, "--json").stdout)
    assert [(c["name"], c["rows"], c["unreadable"]) for c in shown["classes"]] == [
        ("ant", 1, 1), ("bee", 1, 0), ("cow", 1, 0), ("dog", 0, 0)]
    assert "ant/1.heic" in shown["errors"][0] and "dog: holds no pictures" in shown["notes"][0]
    done = run("data", "verify", folder)
    assert done.returncode == 1
    assert b"class ant: none of its 1 pictures can be read" in done.stdout
    assert b"class dog: no pictures" in done.stdout


def test_pixels_in_a_csv_are_the_pictures_of_idx_files(digits, tmp_path):
    images, labels = (read_idx(digits / f"t10k-{what}-ubyte.gz") for what in ("images-idx3", "labels-idx1"))
    header = "label," + ",".join(f"pixel{i}" for i in range(784))
    for name, order, extra in (("plain", images, 0), ("turned", images.transpose(0, 2, 1), 1)):
        rows = [f"{label + extra}," + ",".join(map(str, picture.ravel()))
                for label, picture in zip(labels, order, strict=True)]
        (tmp_path / f"{name}.csv").write_text("\r".join([header, *rows]) + "\r")
    idx_set = json.loads(run("data", "show", digits, "--split", "t10k", "--json").stdout)
    plain = json.loads(run("data", "show", tmp_path / "plain.csv", "--json").stdout)
    assert plain["sha256"] == idx_set["sha256"] and plain["kind"] == "CSV of pixels"
    assert plain["layout"] == "CSV: 28 x 28 x 1 pixels a line, labels by 'label'"
    sheets = []
    for name, flags in (("plain", ["--first-label", 0]), ("turned", ["--transpose", "--first-label", 1])):
        sheets.append(tmp_path / f"{name}.png")
        done = run("data", "show", tmp_path / f"{name}.csv", *flags, "--sheet", sheets[-1])
        assert done.returncode == 0, done.stderr
    assert sheets[0].read_bytes() == sheets[1].read_bytes()


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to run as somebody else")
def test_an_unreadable_folder_is_not_an_empty_one():
    with tempfile.TemporaryDirectory() as name:
        folder = write_set(pathlib.Path(name), ["a/1.png", "b/1.png", "b/2.png"])
        for path in (folder, folder / "a", folder / "b"):
            path.chmod(0o755)

        def verify():
            return subprocess.run([BINARY, "data", "verify", folder], capture_output=True, text=True, timeout=120,
                                  user=65534, group=65534, extra_groups=[])

        assert verify().returncode == 0, verify().stderr
        (folder / "a").chmod(0o700)
        done = verify()
        assert done.returncode == 1 and f"{folder}/a: cannot be read: Permission denied" in done.stderr
        (folder / "a").chmod(0o755)
        (folder / "b/1.png").chmod(0o600)
        done = verify()
        assert done.returncode == 1 and "b/1.png: cannot be read: Permission denied" in done.stdout
