"""kill -9 at random moments of a run: at most one epoch is lost, and the result is the same."""
import random
import signal
import subprocess

from conftest import command, trained

EPOCHS = 8
OPTIONS = ("--epochs", EPOCHS, "--batch", 16, "--seed", 3)


def kill_after(epoch, delay_s, arguments):
    """Starts a run and kills it `delay_s` after it has told of `epoch`."""
    process = subprocess.Popen(command(*arguments), stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if line.startswith(f"epoch {epoch} "):
            break
    try:
        process.wait(delay_s)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def test_a_killed_run_goes_on_and_ends_as_if_nothing_had_happened(signs, tmp_path):
    whole = trained("--data", signs, "--out", tmp_path / "whole", *OPTIONS)
    arguments = ("--data", signs, "--out", tmp_path / "killed", *OPTIONS, "--resume")
    log = tmp_path / "killed/signs/.training/training.jsonl"
    moments, done = random.Random(), []
    for _ in range(3):
        epoch, delay_s = len(done) + 1, moments.uniform(0, 0.05)
        print(f"kill {delay_s:.3f} s after epoch {epoch}")
        kill_after(epoch, delay_s, arguments)
        lines = log.read_text().splitlines()
        assert lines[:len(done)] == done, "epochs that were done were done again"
        assert len(lines) >= epoch
        done = lines
    version = trained(*arguments)
    assert (version / "assets.extra/credence/training.jsonl").read_text().splitlines()[:len(done)] == done
    assert (version / "saved_model.pb").read_bytes() == (whole / "saved_model.pb").read_bytes()
