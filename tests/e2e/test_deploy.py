"""What is in deploy/ and goes wrong unnoticed: names of metrics, files that do not parse, formats, and the manual.

What needs tools of its own (Kubernetes' types, Grafana's, a cloud's imitation) is in deploy/check.sh.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys

import jsonschema
import pytest
import yaml

from conftest import BINARY, ROOT, encoded, picture, run

sys.path.insert(0, str(ROOT / "tools"))
import links  # noqa: E402
import release_notes  # noqa: E402

DEPLOY = ROOT / "deploy"
TEMPLATES = DEPLOY / "helm/credence/templates"


def tool(name, why):
    if not shutil.which(name):
        pytest.skip(f"there is no {name}: {why}")
    return name


def files(*patterns):
    found = [f for p in patterns for f in sorted(ROOT.glob(p))]
    assert found
    return [f for f in found if "node_modules" not in f.parts and TEMPLATES not in f.parents]


@pytest.mark.parametrize(
    "path", files("deploy/**/*.yml", "deploy/**/*.yaml", ".github/workflows/*.yml", "compose.yaml"),
    ids=lambda p: str(p.relative_to(ROOT)))
def test_yaml_parses(path):
    assert all(document is not None for document in yaml.safe_load_all(path.read_text()))


@pytest.mark.parametrize("path", files("deploy/**/*.json"), ids=lambda p: str(p.relative_to(ROOT)))
def test_json_parses(path):
    json.loads(path.read_text())


def metric_names(text):
    """Names of the server's own metrics in a query; one with colons is recorded, strings are values of labels."""
    return set(re.findall(r"(?<![\w:])(?:credence|process)_\w+(?![\w:])", re.sub(r'"[^"]*"', "", text)))


def queries():
    for path in files("deploy/watch/dashboards/*.json"):
        board = json.loads(path.read_text())
        for panel in board["panels"]:
            yield from ((path.name, panel["title"], t["expr"]) for t in panel.get("targets", []))
        for variable in board["templating"]["list"]:
            if variable["type"] == "query":
                yield path.name, variable["name"], re.search(r"\((.*),", variable["query"]).group(1)
    for group in yaml.safe_load((DEPLOY / "watch/rules.yml").read_text())["groups"]:
        for rule in group["rules"]:
            yield "rules.yml", rule.get("alert") or rule["record"], rule["expr"]


def test_metrics_of_rules_and_dashboards_exist(start):
    server = start("--label", "digits:stable=1")
    assert server.post("/v1/predict", content=encoded(picture())).status_code == 200
    lines = server.get("/metrics").text.splitlines()
    exposed = {line.split("{")[0].split(" ")[0] for line in lines if not line.startswith("#")}
    exposed |= {line.split("{")[0] for line in (DEPLOY / "watch/training.example.prom").read_text().splitlines()}
    # Without an event, or without the flags that they belong to, these have no line.
    exposed |= {"credence_http_refused_total", "credence_trace_spans_total",
                "credence_certificate_expiry_timestamp_seconds"}
    unknown = [(place, title, name) for place, title, query in queries() for name in metric_names(query)
               if name not in exposed]
    assert unknown == []


def test_metrics_that_alerts_need_are_there_from_the_start(start):
    text = start().get("/metrics").text
    assert "\ncredence_ready 1\n" in text
    for reason in ("queue_full", "deadline"):
        assert f'credence_rejected_total{{reason="{reason}"}} 0\n' in text
    assert 'credence_predictions_total{class="7",predictor="digits",version="1"} 0\n' in text
    assert 'credence_versions{state="refused"} 0\n' in text


def test_predictions_are_counted_by_class(start):
    server = start()
    label = server.post("/v1/predict", content=encoded(picture())).json()["label"]
    counted = re.findall(r'credence_predictions_total\{class="(\w+)",.*\} (\d+)', server.get("/metrics").text)
    assert dict(counted)[label] == "1" and sum(int(n) for _, n in counted) == 1


def test_a_draining_server_is_not_ready(start):
    server = start("--drain-grace-ms", "60000")
    server.process.terminate()
    while "credence_ready 0\n" not in server.get("/metrics").text:
        assert server.process.poll() is None


def test_rules_do_as_their_tests_say():
    done = subprocess.run(["promtool", "test", "rules", "rules_test.yml"], cwd=DEPLOY / "watch", capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_has_a_test_or_shares_its_query():
    rules = yaml.safe_load((DEPLOY / "watch/rules.yml").read_text())["groups"]
    alerts = {r["alert"] for g in rules for r in g["rules"] if "alert" in r}
    tests = yaml.safe_load((DEPLOY / "watch/rules_test.yml").read_text())["tests"]
    fired = {a["alertname"] for t in tests for a in t["alert_rule_test"] if a.get("exp_alerts")}
    assert alerts - fired == {"CredenceSlowSlow"}  # CredenceErrorsSlow with the other ratio


def helm_schema():
    return jsonschema.Draft7Validator(json.loads((DEPLOY / "helm/credence/values.schema.json").read_text()))


def helm_values(**changes):
    return {**yaml.safe_load((DEPLOY / "helm/credence/values.yaml").read_text()), **changes}


def test_values_of_the_chart_fit_its_schema():
    assert list(helm_schema().iter_errors(helm_values())) == []
    for example in files("deploy/helm/examples/*.yaml"):
        assert list(helm_schema().iter_errors(helm_values(**yaml.safe_load(example.read_text())))) == []


@pytest.mark.parametrize("changes", [
    {"replica": 3},
    {"models": {"from": "disk"}},
    {"models": {"from": "claim", "claim": ""}},
    {"models": {"from": "bucket", "bucket": "https://example.org"}},
    {"settings": {"PORT": "80"}},
    {"settings": {"CREDENCE_PORT": 80}},
    {"image": {"repository": "credence", "tag": "latest"}},
    {"ingress": {"enabled": True, "host": ""}},
])
def test_wrong_values_of_the_chart_are_refused(changes):
    assert list(helm_schema().iter_errors(helm_values(**changes)))


def test_settings_that_manifests_give_are_options():
    text = run("serve", "--help").stdout.decode()
    manifests = files("deploy/kubernetes/**/*.yaml", "deploy/terraform/service.tf") + [TEMPLATES / "settings.yaml"]
    for path in manifests:
        given = re.findall(r"^(?!\s*#).*\b(CREDENCE_[A-Z_]+)\b *[=:,]", path.read_text(), re.M)
        assert [name for name in given if f"(Env:{name})" not in text] == [], path


def test_dev_hands_on_no_variable_that_the_server_warns_of():
    read = re.findall(r"\$\{?(\w+):?-", (ROOT / "dev").read_text())
    assert "DEV_JOBS" in read
    assert [name for name in read if name.startswith("CREDENCE_")] == []


def test_the_unit_is_hardened():
    tool("systemd-analyze", "the unit's exposure is not measured")
    done = subprocess.run([str(DEPLOY / "check.sh"), "unit"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_terraform_is_formatted():
    tool("terraform", "its format is not checked")
    done = subprocess.run(["terraform", "fmt", "-check", "-recursive", str(DEPLOY / "terraform")], capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_goes_to_the_image_is_all_that_a_build_needs(tmp_path):
    admitted = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for name in admitted:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name)
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    (engine,) = (ROOT / "build/venv").glob("lib/python3*/site-packages/openvino/cmake")
    done = subprocess.run(["cmake", "--preset", "train", f"-DOpenVINO_DIR={engine}"], cwd=tmp_path, capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr
    # Says what there is no file and no rule for, and compiles nothing.
    done = subprocess.run(["ninja", "-C", "build/train", "-n"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-1000:]


def test_the_image_installs_the_libraries_of_the_program():
    """Packages of the libraries that the program names itself; what those need, apt knows."""
    dockerfile = (ROOT / "Dockerfile").read_text()
    runtime = dockerfile[dockerfile.index("AS runtime"):]
    installed = set(runtime[:runtime.index("FROM ", 3)].split())
    told = lambda *words: subprocess.run(words, capture_output=True, text=True, check=True).stdout
    needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", told("readelf", "-d", BINARY)))
    paths = [pathlib.Path(path).resolve() for name, path in re.findall(r"(\S+) => (/\S+)", told("ldd", BINARY))
             if name in needed and "/openvino/" not in path]
    # Without the folders above: dpkg knows some of them as /lib, which is /usr/lib.
    packages = {line.split(":")[0] for path in paths
                for line in told("dpkg-query", "-S", f"*/{path.parent.name}/{path.name}").splitlines()}
    # Of the base image, of a sanitizers' build, and what comes with the others.
    elsewhere = {"libc6", "libgcc-s1", "libasan8", "libubsan1", "libtsan2", "libtiff6", "zlib1g", "libgrpc29",
                 "libabsl20220623", "libfmt9"}
    assert len(packages) > 8 and packages - installed - elsewhere == set()


def test_links_of_the_documents_lead_somewhere():
    assert links.main() == 0


def test_release_notes_are_of_the_version_that_is_built():
    project = "project(credence VERSION 1.2.3 LANGUAGES CXX)"
    changelog = "# Changelog\n\n## 1.2.3, 2026-12-01\n\n- It is out.\n\n## 1.2.2\n\n- Old.\n"
    assert release_notes.notes("v1.2.3", project, changelog) == "- It is out."
    for tag, log, words in (("v1.2.4", changelog, "builds 1.2.3"), ("v1.2.3", "## 1.2.2\n", "no section 1.2.3"),
                            ("v1.2.3", "## 1.2.3, unreleased\n", "write the date")):
        with pytest.raises(ValueError, match=words):
            release_notes.notes(tag, project, log)


def test_version_says_commit_engine_and_build():
    build = r"commit \w+\+?, OpenVINO [\d.]+, \w+(, sanitizers [\w,]+)?, with(out)? TIFF"
    assert re.fullmatch(rf"credence \d+\.\d+\.\d+ \({build}\)\n", run("--version").stdout.decode())


@pytest.fixture(scope="module")
def manual(tmp_path_factory):
    folder = tmp_path_factory.mktemp("manual")
    subprocess.run([sys.executable, ROOT / "tools/manual.py", BINARY, folder], check=True)
    return folder


def test_each_verb_has_a_man_page(manual):
    pages = {p.name for p in (manual / "man/man1").iterdir()}
    assert {"credence.1", "credence-serve.1", "credence-predict.1", "credence-data-fetch.1",
            "credence-data-make-digits.1"} <= pages
    text = (manual / "man/man1/credence-serve.1").read_text()
    assert "\\fB\\-\\-drain\\-grace\\-ms\\fR" in text and "Variable: CREDENCE_POLL_MS." in text


@pytest.mark.parametrize("typed, offered", [
    ("credence pre", {"predict"}), ("credence data f", {"fetch"}), ("credence serve --drain-g", {"--drain-grace-ms"}),
    ("credence serve --ready-when ", {"default", "all"}), ("credence data fetch --u", {"--url"})])
def test_bash_completes(manual, typed, offered):
    script = manual / "bash-completion/completions/credence"
    words = typed.split(" ")
    done = subprocess.run(["bash", "-c", f'source {script}; COMP_WORDS=({" ".join(words[:-1])} "{words[-1]}"); '
                           f'COMP_CWORD={len(words) - 1}; _credence; printf "%s\\n" "${{COMPREPLY[@]}}"'],
                          capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == offered, done.stderr


@pytest.mark.parametrize("shell, script", [("zsh", "zsh/site-functions/_credence"),
                                           ("fish", "fish/vendor_completions.d/credence.fish")])
def test_other_shells_take_the_completion(manual, shell, script):
    program = tool(shell, "its completion is not parsed")
    done = subprocess.run([program, "-n", manual / script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["model.h5", "model.keras"])
def test_a_file_of_keras_is_refused_with_the_way_to_export_it(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    for verb in (["serve", "--port", "0", "--models"], ["inspect"]):
        for path in (tmp_path, tmp_path / name):
            done = run(*verb, path)
            assert done.returncode == 1
            assert '.export("model/1") writes a SavedModel' in done.stderr.decode().replace('\\"', '"')
