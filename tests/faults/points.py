"""The other side of shim.c: counts what a program asks of the system, and has the N-th of it fail or kill."""
import contextlib
import mmap
import os
import pathlib
import struct
import subprocess

KINDS = ("alloc", "open", "read", "write", "fsync", "rename", "accept", "mmap", "thread", "unlink", "recv", "send")
HEAD = struct.Struct("<6I2I")
PAGE_BYTES = HEAD.size + 8 * len(KINDS)
SOURCE = pathlib.Path(__file__).with_name("shim.c")


def is_sanitized(binary):
    """Whether it brings an allocator of its own, which cannot be put behind another."""
    return b"__asan_init" in pathlib.Path(binary).read_bytes()


def build_shim(folder, binary):
    shim = pathlib.Path(folder) / "shim.so"
    without = ["-DFAULTS_NO_MALLOC"] if is_sanitized(binary) else []
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", *without, str(SOURCE), "-o", str(shim), "-ldl"], check=True)
    return shim


class Page:
    """What a preloaded program counts into and looks at. `only`: files elsewhere do not count."""

    def __init__(self, folder, binary, only=None):
        self.path = pathlib.Path(folder) / "faults.page"
        self.path.write_bytes(bytes(PAGE_BYTES))
        with self.path.open("r+b") as file:
            self.map = mmap.mmap(file.fileno(), PAGE_BYTES)
        asan = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        # A profile says when it was made: always the same here.
        self.environment = {"LD_PRELOAD": str(build_shim(folder, binary)), "FAULTS_PAGE": str(self.path),
                            "ASAN_OPTIONS": asan, "SOURCE_DATE_EPOCH": "0"}
        if only:
            self.environment["FAULTS_ONLY"] = str(only)

    def arm(self, kind, at, kill=False):
        """From now on the `at`-th call of that kind fails, or kills the program; the others do not."""
        self.disarm()
        self.map[4:24] = struct.pack("<5I", at, 0, 0, int(kill), 0)
        self.map[0:4] = struct.pack("<I", 1 + KINDS.index(kind))  # last: it is looked at first

    def disarm(self):
        self.map[0:20] = bytes(20)

    @property
    def fired(self):
        return bool(struct.unpack_from("<I", self.map, 12)[0])

    @property
    def in_engine(self):
        """Whether what failed was asked by the engine's own code."""
        return bool(struct.unpack_from("<I", self.map, 20)[0])

    def counts(self):
        return dict(zip(KINDS, struct.unpack_from(f"<{len(KINDS)}Q", self.map, HEAD.size)))

    @contextlib.contextmanager
    def counted(self):
        """Yields a dict that has, at the end, how many calls of each kind there were meanwhile."""
        before, found = self.counts(), {}
        yield found
        found.update({kind: count - before[kind] for kind, count in self.counts().items()})

    def env(self, **more):
        return {**os.environ, **self.environment, **more}


def sample(count, most):
    """1 .. count, or `most` of them: the first and the last ones, and others evenly between them."""
    if count <= most:
        return list(range(1, count + 1))
    ends = most // 4
    middle = most - 2 * ends
    between = {ends + 1 + i * (count - 2 * ends) // middle for i in range(middle)}
    return sorted({*range(1, ends + 1), *between, *range(count - ends + 1, count + 1)})
