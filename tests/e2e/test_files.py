"""What is no regular file among a version's files is refused by name; nobody waits for it."""
import os
import shutil
import subprocess

import pytest
from conftest import BINARY, ROOT

FILES = ["variables/variables.index", "assets.extra/credence/input.json",
         "assets.extra/credence/reliability.profile", "assets.extra/credence/golden.inputs"]


@pytest.mark.parametrize("name", FILES)
def test_a_fifo_is_named_not_waited_for(tmp_path, name):
    version = tmp_path / "digits"
    shutil.copytree(ROOT / "predictors/digits/1", version)
    (version / name).parent.mkdir(exist_ok=True)
    (version / name).unlink(missing_ok=True)
    os.mkfifo(version / name)
    done = subprocess.run([BINARY, "inspect", str(version)], capture_output=True, text=True, timeout=120)
    assert f"{os.path.basename(name)} is a FIFO, not a regular file" in done.stdout + done.stderr
