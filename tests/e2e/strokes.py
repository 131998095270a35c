"""Digits as pen strokes for the browser's tests, written by hand: points in a box of 1 x 1, right and down."""
import math


def arc(x, y, rx, ry, start, end, steps=14):
    """Part of an ellipse; degrees clockwise from the right."""
    return [(x + rx * math.cos(math.radians(a)), y + ry * math.sin(math.radians(a)))
            for a in (start + (end - start) * i / steps for i in range(steps + 1))]


DIGITS = {
    "0": [arc(0.5, 0.5, 0.32, 0.48, -80, 285, 24)],
    "1": [[(0.36, 0.2), (0.53, 0.03), (0.52, 0.5), (0.5, 0.97)]],
    "2": [[*arc(0.48, 0.28, 0.32, 0.26, 195, 390), (0.5, 0.68), (0.14, 0.95), (0.88, 0.93)]],
    "3": [[*arc(0.44, 0.26, 0.32, 0.23, 205, 440), *arc(0.44, 0.72, 0.36, 0.25, 275, 510)]],
    "4": [[(0.42, 0.03), (0.12, 0.58), (0.88, 0.56)], [(0.66, 0.3), (0.62, 0.97)]],
    "5": [[(0.82, 0.04), (0.3, 0.05), (0.24, 0.44), *arc(0.48, 0.68, 0.34, 0.28, 235, 510)]],
    "6": [[(0.68, 0.03), (0.36, 0.28), (0.22, 0.62), *arc(0.5, 0.7, 0.28, 0.26, 180, -180, 22)]],
    "7": [[(0.14, 0.06), (0.86, 0.05), (0.62, 0.45), (0.42, 0.97)]],
    "8": [[*arc(0.5, 0.27, 0.25, 0.23, -60, -275, 16), *arc(0.5, 0.73, 0.3, 0.24, -90, 270, 22),
           *arc(0.5, 0.27, 0.25, 0.23, 85, -60, 10)]],
    "9": [[*arc(0.48, 0.3, 0.28, 0.26, 0, -350, 22), (0.76, 0.32), (0.7, 0.66), (0.56, 0.97)]],
}


def placed(digit, left=0.25, top=0.2, size=0.6, slant=0.0):
    """The strokes of a digit in a square of `size` whose corner is (left, top), all as parts of the sheet."""
    return [[(left + size * (x * 0.85 + slant * (0.5 - y)), top + size * y) for x, y in stroke]
            for stroke in DIGITS[digit]]


# How fingers draw: (name, pen, strokes' place).
MANNERS = [
    ("off-centre", 22, {"left": 0.05, "top": 0.5, "size": 0.42}),
    ("tiny", 9, {"left": 0.62, "top": 0.2, "size": 0.14}),
    ("thick", 68, {"left": 0.22, "top": 0.14, "size": 0.7}),
    ("thin", 8, {"left": 0.2, "top": 0.12, "size": 0.72, "slant": 0.12}),
    ("at the border", 26, {"left": 0.5, "top": 0.0, "size": 0.52}),
    ("slanted", 26, {"left": 0.18, "top": 0.2, "size": 0.6, "slant": -0.18}),
]


def varied(count=30):
    """(digit, manner, pen, strokes) of `count` digits: each digit in several manners."""
    for i in range(count):
        digit = str(i % 10)
        name, pen, place = MANNERS[(i // 10 * 2 + i % 2) % len(MANNERS)]
        yield digit, name, pen, placed(digit, **place)
