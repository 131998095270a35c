"""Reads MNIST's four files."""
import gzip
import pathlib

import numpy as np


def read_mnist(folder, split):
    """(pictures uint8 [n, 28, 28], labels uint8 [n])."""
    def read(name, header):
        path = pathlib.Path(folder, f"{split}-{name}-ubyte")
        data = path.read_bytes() if path.is_file() else gzip.open(f"{path}.gz").read()
        return np.frombuffer(data, np.uint8, offset=header)

    return read("images-idx3", 16).reshape(-1, 28, 28), read("labels-idx1", 8)
