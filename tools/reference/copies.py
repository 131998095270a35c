"""Damaged copies of pictures and the random numbers they are made from, written from the method's
specification with numpy alone: an implementation independent of src/fitting/corrupt.cc."""
import numpy as np

KINDS = ("noise", "blur", "contrast", "brightness", "patch")
STEP = np.uint64(0x9E3779B97F4A7C15)


def mix(z):
    z = z ^ (z >> np.uint64(30))
    z = z * np.uint64(0xBF58476D1CE4E5B9)
    z = z ^ (z >> np.uint64(27))
    z = z * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def draw(seed, i):
    """Draws number i of the SplitMix64 stream `seed`; both may be arrays."""
    with np.errstate(over="ignore"):
        return mix(np.uint64(seed) + (np.asarray(i, np.uint64) + np.uint64(1)) * STEP)


def uniform(seed, i):
    return (draw(seed, i) >> np.uint64(11)).astype(np.float64) * 2.0 ** -53


def normal(seed, count, first):
    j = np.arange(count, dtype=np.uint64) * np.uint64(2) + np.uint64(first)
    return (np.sqrt(-2 * np.log(1 - uniform(seed, j))) *
            np.cos(2 * np.pi * uniform(seed, j + np.uint64(1))))


def kind_of(stream):
    return int(5 * float(uniform(stream, 0)))


def blur(a, sd):
    radius = int(4 * sd + 0.5)
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sd) ** 2)
    kernel /= kernel.sum()
    for axis in (0, 1):
        padded = np.pad(a, [(radius, radius) if i == axis else (0, 0) for i in (0, 1)], mode="edge")
        a = np.apply_along_axis(np.convolve, axis, padded, kernel, mode="valid")
    return a


def patch(a, stream, severity):
    height, width = a.shape
    side = max(1, int((4 + 8 * severity) * min(a.shape) / 28))
    top = int(float(uniform(stream, 3)) * (height - side + 1))
    left = int(float(uniform(stream, 4)) * (width - side + 1))
    a = a.copy()
    a[top:top + side, left:left + side] = (0, 0.5, 1)[int(3 * float(uniform(stream, 5)))]
    return a


def copy(picture, stream):
    """One damaged copy of a grey picture, uint8 [height, width]."""
    a = picture / 255.0
    severity, up = float(uniform(stream, 1)), float(uniform(stream, 2)) < 0.5
    match kind_of(stream):
        case 0:
            a = a + 0.5 * severity * normal(stream, a.size, 8).reshape(a.shape)
        case 1:
            a = blur(a, (0.4 + 2 * severity) * min(a.shape) / 28)
        case 2:
            a = a.mean() + (1 - 0.85 * severity) * (a - a.mean())
        case 3:
            a = a + (0.6 * severity if up else -0.3 * severity)
        case 4:
            a = patch(a, stream, severity)
    return np.floor(255 * a.clip(0, 1) + 0.5).astype(np.uint8)


def copies(pictures, seed):
    """One copy a picture: (copies, kind of each)."""
    streams = [draw(seed, k) for k in range(len(pictures))]
    return np.stack([copy(p, s) for p, s in zip(pictures, streams)]), np.array([kind_of(s) for s in streams])
