"""Fixtures and a helper of tests with certificates that a server reads."""
import pathlib
import shutil
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from certificates import Authority  # noqa: E402


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def files(authority, tmp_path):
    """The server's certificate and key, in files of their own."""
    for made, name in zip(authority.sign("first.test"), ("cert.pem", "key.pem")):
        shutil.copy(made, tmp_path / name)
    return tmp_path / "cert.pem", tmp_path / "key.pem"


def replace(files, made):
    """Puts what was signed anew in their place, each at once."""
    for target, source in zip(files, made):
        beside = target.with_suffix(".new")
        shutil.copy(source, beside)
        beside.rename(target)
