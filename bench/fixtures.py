"""The pictures that the benchmarks send, drawn at run time."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


def digit_png(file: Path) -> Path:
    """A 28x28 grey seven with soft edges, as MNIST has them (about 340 bytes)."""
    large = Image.new("L", (280, 280), 0)
    ImageDraw.Draw(large).line([(80, 70), (200, 70), (130, 220)], fill=255, width=26, joint="curve")
    large.filter(ImageFilter.GaussianBlur(6)).resize((28, 28), Image.LANCZOS).save(file)
    return file


def photo_jpeg(file: Path, width: int, height: int, noise: float) -> Path:
    """A digit on paper with uneven light; `noise` (grey levels) decides how many bytes a pixel costs."""
    generator = np.random.default_rng(0)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    paper = 215 + 25 * np.sin(2.1 * x / width) * np.cos(1.3 * y / height)
    pixels = paper[..., None] * np.float32([1, 0.98, 0.93])
    if noise > 0:
        pixels += generator.standard_normal(pixels.shape, dtype=np.float32) * noise
    image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    points = [(0.35 * width, 0.25 * height), (0.65 * width, 0.25 * height), (0.45 * width, 0.8 * height)]
    ImageDraw.Draw(image).line(points, fill=(30, 30, 60), width=height // 16, joint="curve")
    image.save(file, quality=88)
    return file
