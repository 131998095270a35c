"""Writes pictures that take the codecs down most of their paths to FOLDER, none larger than a few KB.

They are the seeds of decode_fuzz beside the fixtures of src/image/codec/testdata (tools/golden):
  build/venv-test/bin/python fuzz/make_seeds.py build/fuzz/corpus/decode_fuzz && ./dev fuzz --keep decode
"""
import io
import pathlib
import struct
import sys
import zlib

import numpy as np
from PIL import Image

RNG = np.random.default_rng(11)


def smooth(channels, width, height):
    y, x = np.mgrid[0:height, 0:width]
    planes = [40 + 5 * x + 3 * y, 220 - 4 * y - 2 * x, 30 + 6 * y + x, 255 - 6 * x]
    return np.stack(planes[:channels], 2).clip(0, 255).astype(np.uint8)


def textured(channels, width=40, height=33):
    """Slopes, edges and noise: what makes an encoder choose among its modes from block to block."""
    picture = smooth(channels, width, height).astype(int)
    picture[height // 3:, width // 2:] //= 3
    picture[:, ::7] += 60
    picture[height // 2:] += RNG.integers(-40, 40, (height - height // 2, width, channels))
    return picture.clip(0, 255).astype(np.uint8)


def saved(picture, kind, **options):
    buffer = io.BytesIO()
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(np.squeeze(picture))
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def jpeg():
    for name, sampling in (("444", "4:4:4"), ("422", "4:2:2"), ("420", "4:2:0"), ("411", "4:1:1")):
        for progressive in (False, True):
            kind = "progressive" if progressive else "baseline"
            data = saved(textured(3), "JPEG", subsampling=sampling, progressive=progressive, quality=60)
            yield f"{kind}_{name}.jpg", data
    yield "grey_progressive.jpg", saved(textured(1), "JPEG", progressive=True, quality=90)
    yield "optimised.jpg", saved(textured(3), "JPEG", optimize=True, quality=30)
    yield "restarts_progressive.jpg", saved(textured(3), "JPEG", progressive=True, restart_marker_rows=1)
    cmyk = Image.fromarray(textured(4), "CMYK")
    yield "cmyk_progressive.jpg", saved(cmyk, "JPEG", progressive=True)
    baseline = saved(textured(3), "JPEG", subsampling="4:2:0", quality=60)
    adobe = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0"
    yield "ycck.jpg", baseline[:2] + adobe + b"\x02" + baseline[2:]
    yield "adobe_rgb.jpg", baseline[:2] + adobe + b"\x00" + baseline[2:]
    # The marker of a frame that is coded arithmetically: the data is not, but the decoder goes there.
    yield "arithmetic.jpg", baseline.replace(b"\xff\xc0", b"\xff\xc9", 1)
    grey = saved(textured(1), "JPEG", progressive=True)
    yield "arithmetic_progressive.jpg", grey.replace(b"\xff\xc2", b"\xff\xca")


def webp():
    for quality in (0, 30, 75, 100):
        for method in (0, 6):
            yield f"lossy_{quality}_{method}.webp", saved(textured(3), "WEBP", quality=quality, method=method)
    yield "tall.webp", saved(textured(3, 20, 90), "WEBP", quality=50)
    for alpha in (20, 100):
        yield f"alpha_{alpha}.webp", saved(textured(4), "WEBP", quality=40, alpha_quality=alpha)
    flat = textured(4)
    flat[..., 3] = smooth(1, 40, 33)[..., 0]
    yield "alpha_smooth.webp", saved(flat, "WEBP", quality=40, method=6)
    for colors in (2, 4, 16, 200):
        few = Image.fromarray(textured(3)).quantize(colors).convert("RGB")
        yield f"palette_{colors}.webp", saved(few, "WEBP", lossless=True, method=6)
    yield "lossless_slopes.webp", saved(smooth(3, 60, 40), "WEBP", lossless=True, method=6, quality=100)
    yield "lossless_textured.webp", saved(textured(4), "WEBP", lossless=True, method=6, quality=100, exact=True)
    frames = [Image.fromarray(textured(4)) for _ in range(3)]
    yield "animated_alpha.webp", saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], quality=30)


def chunk(name, data=b""):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png():
    for mode, channels in (("grey", 1), ("la", 2), ("rgb", 3), ("rgba", 4)):
        picture = textured(max(channels, 3))[..., :channels] if channels != 2 else textured(4)[..., [0, 3]]
        for level in (1, 9):  # fixed and dynamic Huffman codes, long and short matches
            yield f"{mode}_{level}.png", saved(picture, "PNG", compress_level=level)
    raw = b"".join(bytes([y % 5]) + bytes(RNG.integers(0, 256, 30, dtype=np.uint8)) for y in range(10))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 10, 10, 8, 2, 0, 0, 0))
    for kind, level in (("stored", 0), ("packed", 9)):
        data = zlib.compress(raw, level)
        parts = b"".join(chunk(b"IDAT", data[i:i + 50]) for i in range(0, len(data), 50))
        yield f"filters_{kind}.png", b"\x89PNG\r\n\x1a\n" + header + parts + chunk(b"IEND")


def gif():
    for colors in (2, 16, 256):
        yield f"lzw_{colors}.gif", saved(Image.fromarray(textured(3)).quantize(colors), "GIF", interlace=colors == 16)
    frames = [Image.fromarray(textured(3)).quantize(8) for _ in range(3)]
    yield "animated.gif", saved(frames[0], "GIF", save_all=True, append_images=frames[1:], comment=b"a comment")


def tiff():
    rgb, grey = textured(3), textured(1)
    for kind in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "raw"):
        yield f"rgb_{kind}.tif", saved(rgb, "TIFF", compression=kind)
    for kind in ("tiff_lzw", "tiff_adobe_deflate"):
        yield f"predictor_{kind}.tif", saved(rgb, "TIFF", compression=kind, tiffinfo={317: 2})
    for kind in ("group3", "group4", "tiff_ccitt"):
        yield f"bilevel_{kind}.tif", saved(Image.fromarray(grey[..., 0] > 127), "TIFF", compression=kind)
    yield "strips.tif", saved(rgb, "TIFF", compression="tiff_lzw", tiffinfo={278: 4})
    big_endian = saved(Image.fromarray(grey[..., 0].astype(np.uint16) * 257).convert("I;16B"), "TIFF")
    yield "big_endian16.tif", big_endian


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for make in (jpeg, webp, png, gif, tiff):
        for name, data in make():
            (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
