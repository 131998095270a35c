"""A control group with a limit of memory, as a container has one: of version 1 or 2, made by root."""
import os
import pathlib
import re

ROOTS = {1: pathlib.Path("/sys/fs/cgroup/memory"), 2: pathlib.Path("/sys/fs/cgroup")}


class MemoryGroup:
    def __init__(self, bytes_max):
        self.version = 1 if (ROOTS[1] / "memory.limit_in_bytes").exists() else 2
        self.folder = ROOTS[self.version] / f"credence-soak-{os.getpid()}"
        try:
            self.folder.mkdir()
            self._file("memory.limit_in_bytes", "memory.max").write_text(str(bytes_max))
        except OSError as error:
            raise SystemExit(f"--memory needs root and control groups with memory: {error}") from error

    def _file(self, first, second):
        return self.folder / (first if self.version == 1 else second)

    def enter(self):
        """In the child, before it becomes the server."""
        (self.folder / "cgroup.procs").write_text(str(os.getpid()))

    def peak(self):
        """Bytes, with the pages of files that the kernel keeps; None where the kernel does not tell."""
        file = self._file("memory.max_usage_in_bytes", "memory.peak")
        return int(file.read_text()) if file.exists() else None

    def kills(self):
        text = self._file("memory.oom_control", "memory.events").read_text()
        return int(re.search(r"^oom_kill (\d+)", text, re.M)[1])

    def close(self):
        """After the server has ended."""
        self.folder.rmdir()
