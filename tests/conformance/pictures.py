"""Made-up pictures by the formula of FillPicture in src/model/test_models.h."""
import numpy as np


def picture(seed, size):
    """Levels 0..255, uint8 [size]."""
    i = np.arange(size, dtype=np.uint32)
    return ((37 * i + 101 * seed + i * i % 11 * seed) % 256).astype(np.uint8)


def pictures(count, shape, dtype):
    """[count, *shape]; float32: levels / 255."""
    levels = np.stack([picture(seed, int(np.prod(shape))) for seed in range(count)])
    levels = levels.reshape(count, *shape)
    return levels if dtype == np.uint8 else (levels / np.float32(255)).astype(np.float32)
