"""Writes src/image/codec/testdata: a tiny picture of each kind, and what Pillow decodes it to.

expected.csv: file, format, width, height, channels, levels (hex, row by row, channels interleaved).
Where Pillow cannot write a kind (PNG bit depths and Adam7, run-length BMP, interlaced GIF, Exif
orientation), this script writes it; Pillow reads everything back, except what it reads otherwise
than the rules of this project (16 bit, PNG's transparent level) or wrongly (BMP's delta).
Run with Pillow 12 and numpy: build/venv-test/bin/python tools/golden/make_image_fixtures.py
"""

import csv
import io
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

OUT = pathlib.Path(__file__).resolve().parents[2] / "src/image/codec/testdata"
WIDTH, HEIGHT = 9, 6
RNG = np.random.default_rng(7)
CHANNELS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
rows = []


def smooth(channels, width=WIDTH, height=HEIGHT):
    """A picture that survives lossy coding: slopes that differ between the channels."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [40 + 18 * x + 3 * y, 220 - 20 * y - 6 * x, 30 + 20 * y + 5 * x, 255 - 25 * x]
    return np.stack(planes[:channels], 2).clip(0, 255).astype(np.uint8)


def noise(channels, top=256):
    return RNG.integers(0, top, (HEIGHT, WIDTH, channels))


def add(name, data, mode, levels=None):
    """Keeps a file and what it decodes to in `mode`; `levels` where Pillow's own are not the rule."""
    (OUT / name).write_bytes(data)
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    kind = Image.open(io.BytesIO(data)).format.lower()
    if levels is None:
        if mode == "LA":
            image = image.convert("RGBA")
        levels = np.asarray(image.convert(mode))
    levels = np.asarray(levels, np.uint8).reshape(image.height, image.width, CHANNELS[mode])
    kind = "pnm" if kind == "ppm" else kind
    rows.append([name, kind, image.width, image.height, CHANNELS[mode], levels.tobytes().hex()])


def saved(array, kind, **options):
    buffer = io.BytesIO()
    image = array if isinstance(array, Image.Image) else Image.fromarray(np.squeeze(array))
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(name, data=b""):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(values, depth, color, extra=b"", adam7=False, filters=False):
    """values: [HEIGHT, WIDTH, stored channels] -> a PNG file."""
    height, width, channels = values.shape
    raw = b""
    for x0, y0, dx, dy in ADAM7 if adam7 else [(0, 0, 1, 1)]:
        part = values[y0::dy, x0::dx]
        if part.size == 0:
            continue
        before = bytes((part.shape[1] * channels * depth + 7) // 8)
        for i, line in enumerate(part.reshape(len(part), -1)):
            bits = "".join(format(int(v), f"0{depth}b") for v in line)
            packed = int(bits.ljust(-len(bits) % 8 + len(bits), "0"), 2).to_bytes((len(bits) + 7) // 8, "big")
            kind = i % 3 if filters else 0
            step = max(depth * channels // 8, 1)
            left = bytes(step) + packed
            shown = {0: packed, 1: bytes((a - b) % 256 for a, b in zip(packed, left)),
                     2: bytes((a - b) % 256 for a, b in zip(packed, before))}[kind]
            raw += bytes([kind]) + shown
            before = packed
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(adam7))
    data = zlib.compress(raw)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", data[:20])
            + chunk(b"IDAT", data[20:]) + chunk(b"IEND"))


def make_png():
    for depth in (1, 2, 4, 8):
        top = 2**depth
        grey = noise(1, top)
        levels = grey * 255 // (top - 1)
        key = chunk(b"tRNS", struct.pack(">H", grey[0, 0, 0]))
        keyed = np.concatenate([levels, np.where(grey == grey[0, 0, 0], 0, 255)], 2)
        add(f"grey{depth}.png", png(grey, depth, 0), "L")
        add(f"grey{depth}_adam7.png", png(grey, depth, 0, adam7=True), "L")
        add(f"grey{depth}_key.png", png(grey, depth, 0, key), "LA", keyed)
        colors = RNG.integers(0, 256, top * 3).astype(np.uint8).tobytes()
        alpha = RNG.integers(0, 256, top).astype(np.uint8).tobytes()
        add(f"palette{depth}.png", png(grey, depth, 3, chunk(b"PLTE", colors)), "RGB")
        table = chunk(b"PLTE", colors) + chunk(b"tRNS", alpha[: top - 1])
        add(f"palette{depth}_alpha.png", png(grey, depth, 3, table), "RGBA")
        add(f"palette{depth}_adam7.png", png(grey, depth, 3, table, adam7=True), "RGBA")
    greys = bytes(v for v in (250, 3, 128, 77) for _ in range(3))
    add("palette2_of_greys.png", png(noise(1, 4), 2, 3, chunk(b"PLTE", greys)), "L")
    wide = noise(1, 65536)
    add("grey16.png", png(wide, 16, 0), "L", (wide + 128) // 257)
    add("grey16_adam7.png", png(wide, 16, 0, adam7=True), "L", (wide + 128) // 257)
    for color, channels, mode in ((4, 2, "LA"), (2, 3, "RGB"), (6, 4, "RGBA")):
        values, wide = noise(channels), noise(channels, 65536)
        name = mode.lower()
        add(f"{name}8.png", png(values, 8, color, filters=True), mode, values)
        add(f"{name}8_adam7.png", png(values, 8, color, adam7=True), mode, values)
        add(f"{name}16.png", png(wide, 16, color), mode, (wide + 128) // 257)
    values = noise(3)
    key = chunk(b"tRNS", struct.pack(">3H", *map(int, values[2, 3])))
    keyed = np.concatenate([values, np.where((values == values[2, 3]).all(2), 0, 255)[:, :, None]], 2)
    add("rgb8_key.png", png(values, 8, 2, key), "RGBA", keyed)
    bomb = b"comment\0\0" + zlib.compress(bytes(1 << 20))
    add("ztxt.png", png(noise(1), 8, 0, chunk(b"zTXt", bomb) + chunk(b"iCCP", bomb)), "L")
    first, second = (Image.fromarray(noise(1).astype(np.uint8)[:, :, 0]) for _ in range(2))
    add("animated.png", saved(first, "PNG", save_all=True, append_images=[second]), "L")


def exif(orientation):
    return b"Exif\0\0MM\0*\0\0\0\x08\0\1" + struct.pack(">HHIHHI", 0x112, 3, 1, orientation, 0, 0)


def make_jpeg():
    add("grey.jpg", saved(smooth(1), "JPEG"), "L")
    for name, sampling in (("444", 0), ("422", 1), ("420", 2)):
        add(f"rgb{name}.jpg", saved(smooth(3, 37, 21), "JPEG", subsampling=sampling), "RGB")
    add("progressive.jpg", saved(smooth(3), "JPEG", progressive=True), "RGB")
    add("restarts.jpg", saved(smooth(3, 37, 21), "JPEG", restart_marker_blocks=1), "RGB")
    add("keep_rgb.jpg", saved(smooth(3), "JPEG", keep_rgb=True), "RGB")
    add("cmyk.jpg", saved(Image.fromarray(smooth(4), "CMYK"), "JPEG"), "RGB")
    for orientation in range(1, 9):
        data = saved(smooth(1, 17, 8), "JPEG", exif=exif(orientation), quality=95)
        add(f"orientation{orientation}.jpg", data, "L")
    data = saved(smooth(1), "JPEG")
    add("padded.jpg", data[:-2] + b"\0\0\0" + data[-2:] + b"and more", "L")


def make_webp():
    add("lossy.webp", saved(smooth(3), "WEBP", quality=90), "RGB")
    add("lossless.webp", saved(noise(3).astype(np.uint8), "WEBP", lossless=True), "RGB")
    add("lossless_alpha.webp", saved(noise(4).astype(np.uint8), "WEBP", lossless=True, exact=True), "RGBA")
    add("lossy_alpha.webp", saved(smooth(4), "WEBP", quality=90), "RGBA")
    frames = [Image.fromarray(smooth(3)[::s]) .resize((WIDTH, HEIGHT)) for s in (1, -1)]
    add("animated.webp", saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True), "RGB")


def gif_lzw(indices, bits):
    """LZW that clears before every code could grow."""
    clear, codes = 1 << bits, []
    for i, v in enumerate(indices):
        if i % ((1 << bits) - 2) == 0:
            codes.append(clear)
        codes.append(int(v))
    stream = sum(c << (i * (bits + 1)) for i, c in enumerate(codes + [clear + 1]))
    data = stream.to_bytes((len(codes) + 1) * (bits + 1) // 8 + 1, "little")
    pieces = (data[i:i + 255] for i in range(0, len(data), 255))
    return bytes([bits]) + b"".join(bytes([len(p)]) + p for p in pieces) + b"\0"


def gif(values, palette, box=None, interlace=False, key=None, screen=(WIDTH, HEIGHT)):
    left, top = box or (0, 0)
    height, width = values.shape
    order = [y for a, s in ((0, 8), (4, 8), (2, 4), (1, 2)) for y in range(a, height, s)]
    stored = values[order] if interlace else values
    control = b"" if key is None else b"!\xf9\4\1\0\0" + bytes([key]) + b"\0"
    return (b"GIF89a" + struct.pack("<HHBBB", *screen, 0x82, 0, 0) + palette + control
            + b"," + struct.pack("<HHHHB", left, top, width, height, 0x40 if interlace else 0)
            + gif_lzw(stored.ravel(), 3) + b";")


def make_gif():
    values = noise(1, 8)[:, :, 0]
    colors = RNG.integers(0, 256, 24).astype(np.uint8).tobytes()
    greys = bytes(v for v in range(10, 170, 20) for _ in range(3))
    add("colors.gif", gif(values, colors), "RGB")
    add("greys.gif", gif(values, greys), "L")
    add("interlaced.gif", gif(values, colors, interlace=True), "RGB")
    add("key.gif", gif(values, colors, key=3), "RGBA")
    add("greys_key.gif", gif(values, greys, key=3), "LA")
    add("placed.gif", gif(values[:3, :4], colors, box=(2, 1)), "RGB")
    add("placed_key.gif", gif(values[:3, :4], colors, box=(2, 1), key=5), "RGBA")
    add("over_the_edge.gif", gif(values, colors, box=(3, 2)), "RGB")


def bmp(pixels, bits, compression=0, palette=b"", masks=b"", height=HEIGHT, header=40):
    info = struct.pack("<IiiHHIIiiII", header, WIDTH, height, 1, bits, compression, len(pixels), 0, 0,
                       len(palette) // 4, 0)
    info += masks.ljust(header - 40, b"\0") if header > 40 else masks
    offset = 14 + len(info) + len(palette)
    return b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset) + info + palette + pixels


def packed(values, bits):
    lines = b""
    for line in values[::-1]:
        text = "".join(format(int(v), f"0{bits}b") for v in line)
        lines += int(text.ljust(-(-len(text) // 32) * 32, "0"), 2).to_bytes(-(-len(text) // 32) * 4, "big")
    return lines


def make_bmp():
    for bits in (1, 4, 8):
        palette = RNG.integers(0, 256, (2**bits, 4)).astype(np.uint8)
        add(f"palette{bits}.bmp", bmp(packed(noise(1, 2**bits)[:, :, 0], bits), bits, palette=palette.tobytes()), "RGB")
    add("grey8.bmp", saved(noise(1).astype(np.uint8), "BMP"), "L")
    add("rgb24.bmp", saved(noise(3).astype(np.uint8), "BMP"), "RGB")
    add("rgb32_of_rgba.bmp", saved(noise(4).astype(np.uint8), "BMP"), "RGB")
    words = RNG.integers(0, 65536, (HEIGHT, 10)).astype("<u2").tobytes()
    longs = RNG.integers(0, 2**32, (HEIGHT, WIDTH)).astype("<u4").tobytes()
    add("rgb555.bmp", bmp(words, 16), "RGB")
    add("rgb565.bmp", bmp(words, 16, 3, masks=struct.pack("<3I", 0xF800, 0x7E0, 0x1F)), "RGB")
    add("rgb32.bmp", bmp(longs, 32), "RGB")
    add("top_down.bmp", bmp(longs, 32, height=-HEIGHT), "RGB")
    masks = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    for header in (56, 108, 124):
        add(f"header{header}.bmp", bmp(longs, 32, 3, masks=masks, header=header), "RGBA")
    palette = RNG.integers(0, 256, (256, 4)).astype(np.uint8).tobytes()
    line8 = b"\4\7\0\5\1\2\3\4\5\0\0\0"
    add("rle8.bmp", bmp(line8 * HEIGHT + b"\0\1", 8, 1, palette), "RGB")
    # Pillow 12 misreads a delta (it skips two bytes more), so the indices are written out here.
    delta = b"\x09\7\0\0\2\1\0\2\3\2\4\5\0\0\x09\4\0\0\x09\6\0\1"
    indices = [[6] * 9, [4] * 9, [0] * 5 + [5] * 4, [0] * 9, [1] * 2 + [0] * 7, [7] * 9]
    colors = np.frombuffer(palette, np.uint8).reshape(256, 4)[:, 2::-1]
    add("rle8_delta.bmp", bmp(delta, 8, 1, palette), "RGB", colors[indices])
    add("rle4.bmp", bmp(b"\5\x12\0\4\x34\x56\0\0" * HEIGHT + b"\0\1", 4, 2, palette[:64]), "RGB")


def make_pnm():
    for kind, top, channels in (("1", 1, 1), ("2", 255, 1), ("3", 255, 3), ("2", 7, 1), ("3", 1000, 3)):
        values = noise(channels, top + 1)
        maxval = "" if kind == "1" else f"{top}\n"
        text = f"P{kind} # a comment\n{WIDTH} {HEIGHT}\n{maxval}" + " ".join(map(str, values.ravel())) + "\n"
        levels = 255 - values * 255 if kind == "1" else np.floor(values * 255 / top + 0.5)
        add(f"p{kind}_{top}.pnm", text.encode(), "L" if channels == 1 else "RGB", levels)
    bits = np.packbits(noise(1, 2)[:, :, 0], axis=1).tobytes()
    add("p4.pnm", b"P4\n# a comment\n9\n6\n" + bits, "L")
    for kind, channels in (("5", 1), ("6", 3)):
        for top in (255, 100, 65535, 300):
            values = noise(channels, top + 1)
            body = values.astype(np.uint8 if top < 256 else ">u2").tobytes()
            add(f"p{kind}_{top}.pnm", f"P{kind} {WIDTH} {HEIGHT} {top}\n".encode() + body,
                "L" if channels == 1 else "RGB", np.floor(values * 255 / top + 0.5))


def make_tiff():
    grey, rgb, rgba = (noise(n).astype(np.uint8) for n in (1, 3, 4))
    for kind in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
        add(f"grey_{kind}.tif", saved(grey, "TIFF", compression=kind), "L")
    add("rgb.tif", saved(rgb, "TIFF", compression="tiff_lzw"), "RGB")
    add("rgba.tif", saved(rgba, "TIFF", compression="tiff_lzw"), "RGBA")
    add("palette.tif", saved(Image.fromarray(rgb).quantize(16), "TIFF"), "RGB")
    add("bilevel.tif", saved(Image.fromarray(grey[:, :, 0] > 127), "TIFF", compression="group4"), "L")
    wide = noise(1, 65536)
    add("grey16.tif", saved(wide.astype(np.uint16), "TIFF"), "L", (wide + 128) // 257)
    add("turned.tif", saved(smooth(1, 17, 8), "TIFF", tiffinfo={274: 6}), "L")
    pages = [Image.fromarray(noise(1).astype(np.uint8)[:, :, 0]) for _ in range(2)]
    add("animated.tif", saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]), "L")


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    for make in (make_png, make_jpeg, make_webp, make_gif, make_bmp, make_pnm, make_tiff):
        make()
    with open(OUT / "expected.csv", "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    print(len(rows), "files")
