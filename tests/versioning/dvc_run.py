#!/usr/bin/env python3
"""Runs the pipeline of dvc.yaml with the real DVC, on synthetic digits, in a repository of its own.

usage: ./dev versioning dvc

Checks that `dvc repro` gives all outputs and then finds nothing to do, that a changed parameter runs
only what depends on it and shows in `dvc metrics diff`, that the same parameters give the same
metrics again, and that what `dvc push` put into a remote comes back with `dvc pull`. Needs
credence, credence-train, git and dvc on the PATH. Exit status 1 if anything differs.
"""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = ("dvc.yaml", ".dvcignore", ".dvc/config", ".dvc/.gitignore", "pipeline/.gitignore")
PARTS = ("data", "drawn", "trained", "models")
PARAMS = """\
name: digits
data: {command: "make digits --count 1200 --test 600 --seed 1"}
train: {recipe: baseline, epochs: 2, seed: 1, threads: 1}
calibrate: {split: t10k, rows: "0::2", seed: 1}
evaluate: {split: t10k, rows: "1::2"}
"""


class Repository:
    def __init__(self, folder):
        self.folder = folder
        self.environment = {**os.environ, "DVC_SITE_CACHE_DIR": str(folder / "site"), "MLFLOW_TRACKING_URI": "",
                            **{f"GIT_{who}_{what}": "credence@localhost" for who in ("AUTHOR", "COMMITTER")
                               for what in ("NAME", "EMAIL")}}

    def run(self, *command):
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
        return done.stdout

    def stages_run(self):
        """The stages that `dvc repro` ran."""
        lines = self.run("dvc", "repro").splitlines()
        return [line.split("'")[1] for line in lines if line.startswith("Running stage")]

    def commit(self, message):
        self.run("git", "add", "-A")
        self.run("git", "commit", "-qm", message)

    def accuracy(self):
        return json.loads((self.folder / "pipeline/report.json").read_text())["card"]["accuracy"]["value"]

    def digests(self):
        return {str(file.relative_to(self.folder)): hashlib.sha256(file.read_bytes()).hexdigest()
                for part in PARTS for file in sorted((self.folder / "pipeline" / part).rglob("*"))
                if file.is_file()}


def expect(what, found, wanted):
    print(f"{'ok    ' if found == wanted else 'WRONG '} {what}: {found}")
    if found != wanted:
        raise SystemExit(f"expected {wanted}")


def main():
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch, "repository")
        for name in FILES:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
        (folder / "params.yaml").write_text(PARAMS)
        repository = Repository(folder)
        repository.run("git", "init", "-q")
        repository.run("dvc", "remote", "add", "--default", "store", str(pathlib.Path(scratch, "store")))
        expect("first repro", sorted(repository.stages_run()), ["calibrate", "draw", "evaluate", "fetch", "train"])
        expect("repro again", repository.stages_run(), [])
        first, digests = repository.accuracy(), repository.digests()
        repository.commit("two epochs")
        repository.run("dvc", "push", "-q")

        shutil.rmtree(folder / ".dvc/cache")
        for part in PARTS:
            shutil.rmtree(folder / "pipeline" / part)
        repository.run("dvc", "pull", "-q")
        expect("files that came back from the remote", repository.digests() == digests, True)

        (folder / "params.yaml").write_text(PARAMS.replace("epochs: 2", "epochs: 1"))
        expect("one epoch less", repository.stages_run(), ["train", "calibrate", "evaluate"])
        changed = json.loads(repository.run("dvc", "metrics", "diff", "--json"))["pipeline/report.json"]
        accuracy = changed["card.accuracy.value"]
        expect("metrics diff", (accuracy["old"], accuracy["new"]), (first, repository.accuracy()))
        expect("it is worse", accuracy["new"] < accuracy["old"], True)

        (folder / "params.yaml").write_text(PARAMS)
        shutil.rmtree(folder / ".dvc/cache/runs")  # or DVC would take the old outputs without a run
        expect("two epochs again", repository.stages_run(), ["train", "calibrate", "evaluate"])
        expect("the same accuracy", repository.accuracy(), first)
        repository.run("dvc", "plots", "show", "-o", "plots")
        expect("learning curves among the plots", len(list((folder / "plots").rglob("*.svg"))), 1)


if __name__ == "__main__":
    sys.exit(main())
