"""Clients that want as much memory and time of the server as they can get: `./dev soak MINUTES --hostile`."""
import io
import json
import socket
import struct
import zlib

from PIL import Image

HELD_BODIES = 100
HALF_REQUESTS = 2000
JSON_BYTES = 30 << 20


def bmp_of_runs(side):
    """A few bytes that decode to side x side pixels of 8 bits: run-length encoded, all of one colour."""
    palette = bytes(1024)
    row = b"".join(bytes((255, 0)) for _ in range(side // 255)) + bytes((side % 255, 0)) + b"\0\0"
    data = row * side + b"\0\1"
    head = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 8, 1, len(data), 0, 0, 256, 0)
    offset = 14 + len(head) + len(palette)
    return b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + head + palette + data


def deep_png(side):
    """16 bits, four channels, all zero: 8 bytes a pixel once it is unpacked."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    pack = zlib.compressobj(9)
    row = bytes(1 + 8 * side)
    data = b"".join(pack.compress(row) for _ in range(side)) + pack.flush()
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 16, 6, 0, 0, 0)) +
            chunk(b"IDAT", data) + chunk(b"IEND", b""))


def progressive_jpeg(width, height):
    """Four inks in several scans: coefficients of all of them wait in memory."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("CMYK").save(out, "JPEG", quality=30, progressive=True)
    return out.getvalue()


class HostileClients:
    """Any answer of 200, of a kind 4xx or 503 will do; the server has to live, and others to be served."""

    def __init__(self, world):
        self.world = world
        self.bodies = [progressive_jpeg(7000, 7000), deep_png(5000), bmp_of_runs(7000), progressive_jpeg(4000, 3000)]
        self.numbers = json.dumps({"image": [[0.25] * 28] * 28}).encode()
        self.json = b'{"images": [' + b"0.1234567," * (JSON_BYTES // 10) + b"0]}"

    def _post(self, body, headers=None):
        try:
            status, _ = self.world.ask("POST", "/v1/predict", body, headers)
        except (BrokenPipeError, ConnectionResetError):
            return  # refused before the body was over
        if status != 200 and status != 503 and not 400 <= status < 500:
            self.world.wrong(f"hostile: {status}")

    def bombs(self):
        for body in self.bodies:
            self._post(body)

    def many_in_one(self):
        boundary = b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n"
        body = b"\r\n".join(boundary + self.bodies[1][:1 << 20] for _ in range(16)) + b"\r\n--b--\r\n"
        self._post(body, {"Content-Type": "multipart/form-data; boundary=b"})

    def large_json(self):
        self._post(self.json, {"Content-Type": "application/json"})

    def _hold(self, count, data):
        held = []
        try:
            for _ in range(count):
                if self.world.stop.is_set():
                    break
                one = socket.create_connection(("127.0.0.1", self.world.ports[0]), 10)
                held.append(one)
                try:
                    one.sendall(data)
                except OSError:
                    pass  # closed by the server, as it may
            self.world.stop.wait(3)
        finally:
            for one in held:
                one.close()

    def held_bodies(self):
        body = bytes(1 << 20)
        head = b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: %d\r\n\r\n"
        self._hold(HELD_BODIES, head % (len(body) + 1) + body)

    def half_requests(self):
        self._hold(HALF_REQUESTS, b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 900)

    def all(self):
        return [self.bombs, self.bombs, self.many_in_one, self.large_json, self.large_json, self.large_json,
                self.large_json, self.held_bodies, self.half_requests]
