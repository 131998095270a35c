"""What a scenario returns, what it is given, and the streams of requests that several of them send."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import fixtures

PREDICT = "/v1/predict"
CNN = PREDICT + "?predictor=mnist_cnn"
SPIN_UP = 1.0  # seconds of load before a measurement


@dataclass
class Figure:
    """One line of the table: what was measured, and what it may be."""

    name: str
    value: str
    limit: str
    kept: bool | None  # None: for information


@dataclass
class Settings:
    files: Path       # where the pictures are drawn
    rounds: int = 5
    seconds: float = 4
    memory_requests: int = 1_000_000
    overload_seconds: float = 30


def small(settings: Settings, **parts) -> dict:
    """A stream of 28x28 PNGs."""
    body = settings.files / "digit.png"
    if not body.exists():
        fixtures.digit_png(body)
    return {"name": "small", "body": body, "type": "image/png", "path": PREDICT, "connections": 64} | parts


def photo(settings: Settings, **parts) -> dict:
    """A stream of 12-megapixel JPEGs."""
    body = settings.files / "photo12.jpg"
    if not body.exists():
        fixtures.photo_jpeg(body, 4000, 3000, noise=6)
    return {"name": "photo", "body": body, "type": "image/jpeg", "path": CNN, "connections": 16} | parts


def limit(name: str, value: float, unit: str, at_most: float) -> Figure:
    return Figure(name, f"{value:.3g} {unit}", f"at most {at_most:g} {unit}", value <= at_most)


def least(name: str, value: float, unit: str, at_least: float) -> Figure:
    return Figure(name, f"{value:.3g} {unit}", f"at least {at_least:g} {unit}", value >= at_least)


def none_of(name: str, count: int) -> Figure:
    return Figure(name, str(count), "0", count == 0)


def note(name: str, value: str) -> Figure:
    return Figure(name, value, "", None)
