"""Scenario `large`: models of MobileNetV2's and ResNet50's weight, beside the engine's own benchmark_app."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import fixtures
from figures import CNN, PREDICT, SPIN_UP, Figure, Settings, least, limit, none_of, note, photo, small
from harness import (
    LARGE_MODELS, Server, Skip, answered, benchmark_app, metric, models_dir, run_load, start_credence, unanswered)

MODELS = ["mobilenetv2", "resnet50"]
CONNECTIONS = [1, 8, 64]
ROUNDS_MAX = 3
DEADLINE_MS = 1000  # where requests may be refused
# What a fair queue may refuse beyond the expectation, as a share of what was sent: the capacity is measured too.
REFUSED_SLACK = 0.05


def repository(settings: Settings) -> Path:
    """A folder with the large models and the digits, by symbolic links."""
    folder = settings.files / "models"
    if not folder.exists():
        folder.mkdir()
        (folder / "mnist_cnn").symlink_to(models_dir() / "mnist_cnn")
        for name in MODELS:
            if not (LARGE_MODELS / name).is_dir():
                raise Skip(f"no {name} in {LARGE_MODELS}; ./dev bench large makes it")
            (folder / name).symlink_to(LARGE_MODELS / name)
    return folder


def start(settings: Settings, deadline_ms: int = 60_000) -> Server:
    return start_credence("--models", str(repository(settings)), "--default", "mnist_cnn",
                          "--compute-threads", "1", "--deadline-ms", str(deadline_ms))


def pictures(settings: Settings, model: str, **parts) -> dict:
    """A stream of 500 x 375 JPEGs for a large model."""
    body = settings.files / "photo500.jpg"
    if not body.exists():
        fixtures.photo_jpeg(body, 500, 375, noise=6)
    return {"name": "large", "body": body, "type": "image/jpeg", "path": f"{PREDICT}?predictor={model}",
            "connections": 64, "duration": settings.seconds} | parts


def per_second(server: Server, stream: dict) -> float:
    run_load(server.port, stream | {"duration": SPIN_UP})
    report = run_load(server.port, stream)[stream["name"]]
    return answered(report) / report["last_answer_s"] if answered(report) else 0


def preparing_seconds(server: Server, settings: Settings, model: str) -> float:
    """What decoding and adapting a picture takes, with nothing beside it."""
    def read() -> tuple[float, float]:
        name = "credence_phase_duration_seconds"
        return (sum(metric(server, f"{name}_sum", predictor=model, phase=phase) for phase in ("decode", "adapt")),
                metric(server, f"{name}_count", predictor=model, phase="decode"))

    before = read()
    run_load(server.port, pictures(settings, model, connections=1, count=200))
    after = read()
    return (after[0] - before[0]) / (after[1] - before[1])


def speed(settings: Settings, model: str) -> tuple[list[Figure], float]:
    """Figures of throughput, and pictures a second at 64 connections."""
    ours: dict[int, list[float]] = {connections: [] for connections in CONNECTIONS}
    alone, preparing, ratios = [], [], []
    with start(settings) as server:
        loads = metric(server, "credence_load_duration_seconds", predictor=model)
        for _ in range(min(settings.rounds, ROUNDS_MAX)):
            app = [benchmark_app(LARGE_MODELS / model, hint, settings.seconds) for hint in ("latency", "throughput")]
            alone.append(max(one.per_second for one in app))
            preparing.append(preparing_seconds(server, settings, model))
            for connections in CONNECTIONS:
                ours[connections].append(per_second(server, pictures(settings, model, connections=connections)))
            ratios.append(ours[64][-1] * (1 / alone[-1] + preparing[-1]))
    rates = ", ".join(f"{median(ours[connections]):.1f}" for connections in CONNECTIONS)
    return [
        note(f"{model}: pictures a second at 1, 8, 64 connections", rates),
        note(f"{model}: benchmark_app; decoding", f"{median(alone):.1f} a second; {median(preparing) * 1000:.2f} ms"),
        least(f"{model}: speed at 64 connections, of benchmark_app's less the decoding", median(ratios), "x", 0.9),
    ], median(ours[64])


def loading(settings: Settings, model: str) -> list[Figure]:
    """Loading beside the engine's own reading and compiling."""
    ours, alone = [], []
    for _ in range(min(settings.rounds, ROUNDS_MAX)):
        with start_credence("--models", str(LARGE_MODELS / model), "--compute-threads", "1") as server:
            ours.append(metric(server, "credence_load_duration_seconds"))
        alone.append(benchmark_app(LARGE_MODELS / model, "latency", 1).load_seconds)
    ratio = median(o / a for o, a in zip(ours, alone))
    return [
        note(f"{model}: loading; the engine alone", f"{median(ours):.2f} s; {median(alone):.2f} s"),
        limit(f"{model}: loading, of the engine's reading and compiling", ratio, "x", 1.5),
    ]


def beside(settings: Settings, model: str) -> list[Figure]:
    """Small digits at a low rate while 64 connections keep the large model busy."""
    duration = 3 * settings.seconds
    with start(settings) as server:
        streams = (pictures(settings, model, duration=duration),
                   small(settings, path=CNN, rate=100, connections=8, start=SPIN_UP, duration=duration - SPIN_UP))
        reports = run_load(server.port, *streams)
    return [
        limit(f"{model}: p99 of small digits beside 64 connections", reports["small"]["latency_us"]["ok"]["p99"] / 1000,
              "ms", 5),
        none_of(f"{model}: errors, large and small", sum(map(unanswered, reports.values()))),
    ]


def refusals(settings: Settings, model: str, capacity: float) -> list[Figure]:
    """Nobody is refused who would have met the deadline; `capacity`: pictures a second."""
    figures = []
    # 64 clients wait for 63 others at most. A deadline a quarter above that refuses nobody.
    deadline_ms = round(1.25 * 64 / capacity * 1000)
    with start(settings, deadline_ms) as server:
        report = run_load(server.port, pictures(settings, model, duration=3 * settings.seconds))["large"]
    figures.append(none_of(f"{model}: refused or lost of 64 clients, deadline {deadline_ms} ms", unanswered(report)))
    # At 1.5 x the capacity the queue fills up to the deadline, once; from then on a third cannot be answered.
    rate, duration = 1.5 * capacity, 5 * settings.seconds
    with start(settings, DEADLINE_MS) as server:
        report = run_load(server.port, pictures(
            settings, model, rate=round(rate, 2), connections=1000, duration=duration))["large"]
    share = answered(report, "503") / report["sent"]
    expected = max(0.0, 1 - capacity * (duration + DEADLINE_MS / 1000) / (rate * duration))
    other = report["sent"] - answered(report) - answered(report, "503")
    slowest = report["latency_us"]["ok"]["max"] / 1000
    return figures + [
        limit(f"{model}: refused at 1.5 x the capacity, deadline 1 s, beyond the expected {expected:.0%}",
              100 * (share - expected), "% of all", 100 * REFUSED_SLACK),
        limit(f"{model}: slowest accepted, of its deadline and its own time", slowest, "ms",
              DEADLINE_MS + 3000 / capacity),
        none_of(f"{model}: answers other than 200 and 503, or none", other),
    ]


def photos(settings: Settings) -> list[Figure]:
    """Eight clients with 12-megapixel JPEGs on one compute thread, deadline 1 s."""
    clients = {"connections": 8, "duration": settings.seconds}
    with start(settings) as server:
        capacity = per_second(server, photo(settings, **clients))
    deadline_ms = max(DEADLINE_MS, round(1.25 * 8 / capacity * 1000))
    with start(settings, deadline_ms) as server:  # a fresh one: its first estimates count, too
        report = run_load(server.port, photo(settings, **clients))["photo"]
    return [
        note("12-megapixel JPEGs a second, 8 clients", f"{capacity:.1f}"),
        none_of(f"12-megapixel JPEGs refused or lost of 8 clients, deadline {deadline_ms} ms", unanswered(report)),
    ]


def large(settings: Settings) -> list[Figure]:
    """MobileNetV2 and ResNet50 at 224 x 224, JPEGs of 500 x 375, beside the engine's own benchmark_app."""
    figures = []
    for model in MODELS:
        throughput, capacity = speed(settings, model)
        figures += throughput + loading(settings, model) + beside(settings, model)
        figures += refusals(settings, model, capacity)
    return figures + photos(settings)


ALL = {"large": large}
