"""A slice of ./dev faults: files and sockets fail once, here and there. (Allocations: api/memory_test.cc.)"""
import shutil
import sys

import pytest
from conftest import BINARY, ROOT

sys.path.insert(0, str(ROOT / "tests/faults"))
import run  # noqa: E402


@pytest.fixture
def models(tmp_path):
    shutil.copytree(ROOT / "predictors/digits", tmp_path / "models/digits")
    return tmp_path / "models"


def check(tally):
    assert sum(tally.covered.values()) > 1 and not tally.failures, tally.failures


def test_the_server_outlives_what_fails_under_a_request(tmp_path, models):
    tally = run.Tally(most=4)
    kinds = ("open", "read", "write", "accept", "mmap", "recv", "send")
    run.serve_requests(BINARY, tmp_path, models, tally, kinds, names=("png", "catalog"))
    check(tally)


def test_predict_says_what_it_cannot_read(tmp_path, models):
    tally = run.Tally(most=3)
    run.predict(BINARY, tmp_path, models, tally, ("open", "read", "mmap"))
    check(tally)
