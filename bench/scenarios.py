"""The scenarios of docs/performance.md. Each returns its figures, every one held against its limit."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

import fixtures
from figures import CNN, PREDICT, SPIN_UP, Figure, Settings, limit, none_of, note, photo, small
from harness import (
    Broken, Load, Server, answered, batch_sizes, engine_us, models_dir, run_load, start_credence,
    start_floor, unanswered)

DEADLINE_MS = 2000  # of a prediction, under overload
REFUSED_P99_MS = 3  # of a refusal, which reads no body


def cost_us(server: Server, stream: dict, settings: Settings) -> tuple[float, float]:
    """(CPU microseconds of the server a request, requests a second) under a closed loop."""
    run_load(server.port, stream | {"duration": SPIN_UP})
    before, began = server.cpu_seconds(), time.monotonic()
    report = run_load(server.port, stream | {"duration": settings.seconds})["small"]
    cpu, elapsed = server.cpu_seconds() - before, time.monotonic() - began
    if unanswered(report) > 0:
        raise Broken(f"{unanswered(report)} requests failed: {report['statuses']} {report['failures']}")
    return cpu * 1e6 / answered(report), answered(report) / elapsed


def same_answer(floor: Server, ours: Server, settings: Settings) -> Figure:
    """Both must send the same fields, or the comparison says nothing."""
    png = small(settings)["body"].read_bytes()
    theirs, own = (server.post(PREDICT, png, "image/png") for server in (floor, ours))
    difference = sorted(theirs.keys() ^ own.keys())
    same = not difference and len(own["prediction"]) == len(theirs["prediction"])
    return Figure("fields of the answer, floor and ours", "same" if same else f"differ: {difference}", "same", same)


def overhead(settings: Settings) -> list[Figure]:
    """CPU a request with a model that costs nothing, beside the floor."""
    floor_us, ours_us, ours_rate = [], [], []
    with start_floor() as floor, start_credence("--fake-model") as ours:
        same = same_answer(floor, ours, settings)
        for _ in range(settings.rounds):
            floor_us.append(cost_us(floor, small(settings), settings)[0])
            us, rate = cost_us(ours, small(settings), settings)
            ours_us.append(us)
            ours_rate.append(rate)
    ratio = median(o / f for o, f in zip(ours_us, floor_us))
    return [
        note("CPU a request, floor", f"{median(floor_us):.2f} us"),
        note("CPU a request, no-cost model", f"{median(ours_us):.2f} us"),
        limit("ratio to the floor", ratio, "x", 1.25),
        note("requests a second on one core", f"{median(ours_rate):,.0f}"),
        same,
    ]


def engine_share_us(
        model: Path, before: dict[float, float], after: dict[float, float]) -> tuple[float, float]:
    """(engine microseconds a request, mean batch) for the batches between two readings of /metrics.

    The buckets end at the sizes that the engine compiles; what lies between is padded to the end.
    """
    images = after.get(0, 0) - before.get(0, 0)
    if images <= 0:
        raise Broken("/metrics has no credence_batch_size that grows")
    batches, below = {}, 0.0
    for bound in sorted(bound for bound in after if 0 < bound < float("inf")):
        cumulative = after[bound] - before.get(bound, 0)
        if cumulative > below:
            batches[int(bound)] = cumulative - below
        below = cumulative
    own = engine_us(model, list(batches))
    total = sum(count * own[size] for size, count in batches.items())
    return total / images, images / sum(batches.values())


def cnn(settings: Settings) -> list[Figure]:
    """CPU a request with mnist_cnn, beside the no-cost model plus the engine's own time."""
    model = models_dir() / "mnist_cnn"
    base_us, cnn_us, own_us, batch = [], [], [], []
    with start_credence("--fake-model") as fake, start_credence("--models", str(models_dir())) as ours:
        for _ in range(settings.rounds):
            base_us.append(cost_us(fake, small(settings), settings)[0])
            before = batch_sizes(ours)
            cnn_us.append(cost_us(ours, small(settings, path=CNN), settings)[0])
            own, size = engine_share_us(model, before, batch_sizes(ours))
            own_us.append(own)
            batch.append(size)
    ratio = median(c / (b + o) for c, b, o in zip(cnn_us, base_us, own_us))
    return [
        note("CPU a request, mnist_cnn", f"{median(cnn_us):.2f} us"),
        note("the engine's own part of it", f"{median(own_us):.2f} us at a mean batch of {median(batch):.1f}"),
        limit("ratio to no-cost model + engine", ratio, "x", 1.25),
    ]


def steady(settings: Settings) -> list[Figure]:
    """100 requests a second, evenly spaced; beside the floor, which shows what the machine alone takes."""
    floor_ms, ours_ms, errors = [], [], 0
    with start_floor() as floor, start_credence("--models", str(models_dir())) as ours:
        for server, path, latencies in [(floor, PREDICT, floor_ms), (ours, CNN, ours_ms)] * settings.rounds:
            stream = small(settings, path=path, rate=100)
            run_load(server.port, stream | {"duration": SPIN_UP})
            report = run_load(server.port, stream | {"duration": 2 * settings.seconds})["small"]
            latencies.append({q: us / 1000 for q, us in report["latency_us"]["ok"].items() if q.startswith(("p", "m"))})
            errors += unanswered(report)

    def middle(latencies: list[dict], *quantiles: str) -> str:
        return " ".join(f"{median(one[q] for one in latencies):.2f}" for q in quantiles) + " ms"

    return [
        limit("p99 at 100 requests a second", median(one["p99"] for one in ours_ms), "ms", 2),
        note("p50, p99.9, max", middle(ours_ms, "p50", "p999", "max")),
        note("the floor's p50, p99, p99.9", middle(floor_ms, "p50", "p99", "p999")),
        none_of("errors", errors),
    ]


def mixed(settings: Settings) -> list[Figure]:
    """12-megapixel JPEGs at 5 a second beside 1,000 small requests a second."""
    streams = small(settings, path=CNN, rate=1000, duration=20), photo(settings, rate=5, duration=20)
    with start_credence("--models", str(models_dir())) as server:
        run_load(server.port, *(stream | {"duration": SPIN_UP} for stream in streams))
        reports = run_load(server.port, *streams)
    little, big = reports["small"]["latency_us"]["ok"], reports["photo"]["latency_us"]["ok"]
    return [
        limit("p99 of small requests beside 12-megapixel JPEGs", little["p99"] / 1000, "ms", 5),
        note("p50, p99 of the JPEGs", f"{big['p50'] / 1000:.0f} {big['p99'] / 1000:.0f} ms"),
        none_of("errors, small and large", unanswered(reports["small"]) + unanswered(reports["photo"])),
    ]


def memory(settings: Settings) -> list[Figure]:
    """Resident memory with the three models after a million requests."""
    names = ["mnist_cnn", "mnist_dropout", "mnist_model"]
    count = settings.memory_requests // len(names)
    with start_credence("--models", str(models_dir())) as server:
        streams = [small(settings, name=n, path=f"{PREDICT}?predictor={n}", count=count, connections=21, duration=3000)
                   for n in names]
        load, samples = Load(server.port, streams), []
        while load.running():
            samples.append(server.resident_mb())
            time.sleep(0.5)
        reports = load.finish()
        last = server.resident_mb()
    quarter = samples[len(samples) // 4]
    growth = (last / quarter - 1) * 100
    return [
        limit(f"resident memory after {sum(map(answered, reports.values())):,} requests", last, "MB", 200),
        limit("growth over the last three quarters", growth, "%", 2),
        none_of("errors", sum(map(unanswered, reports.values()))),
    ]


def start(settings: Settings) -> list[Figure]:
    """Start to ready with the three models."""
    seconds = []
    for _ in range(settings.rounds):
        with start_credence("--models", str(models_dir())) as server:
            seconds.append(server.ready_seconds)
    return [limit("start to ready, three models", median(seconds), "s", 2)]


def overload(settings: Settings) -> list[Figure]:
    """Ten times as many heavy pictures as the server can take, then the small ones again."""
    body = settings.files / "photo4.jpg"
    if not body.exists():
        fixtures.photo_jpeg(body, 2000, 2000, noise=0)
    heavy = {"name": "heavy", "body": body, "type": "image/jpeg", "path": CNN}
    calm, long = 5, settings.overload_seconds
    deadline = "--deadline-ms", str(DEADLINE_MS)
    with start_credence("--models", str(models_dir()), *deadline) as server:
        run_load(server.port, heavy | {"connections": 4, "duration": SPIN_UP})
        capacity = answered(run_load(server.port, heavy | {"connections": 4, "duration": 4})["heavy"]) / 4
        if capacity == 0:
            raise Broken("no heavy picture was answered with 200")
        reports = run_load(
            server.port,
            small(settings, name="before", path=CNN, duration=calm),
            heavy | {"rate": round(10 * capacity, 1), "connections": 2000, "start": calm, "duration": long},
            small(settings, name="after", path=CNN, start=calm + long, duration=calm))
        exit_status = server.stop()
    report = reports["heavy"]
    accepted, refused = report["latency_us"]["ok"], report["latency_us"]["refused"]
    before = median(s["ok"] for s in reports["before"]["seconds"][1:calm])
    after = [s["ok"] for s in reports["after"]["seconds"] if s["t"] >= calm + long + 1][:calm - 1]
    other = report["sent"] - answered(report) - answered(report, "503")
    return [
        note("overload", f"{10 * capacity:.0f} a second, capacity {capacity:.0f}, for {long:g} s"),
        note("accepted, refused", f"{answered(report)}, {answered(report, '503')}"),
        limit("slowest accepted request, of its deadline", accepted["max"] / 1000, "ms", DEADLINE_MS),
        limit("p99 of the 503", refused["p99"] / 1000, "ms", REFUSED_P99_MS),
        none_of("answers other than 200 and 503, or none", other),
        limit("speed before, over speed from 1 s after", before / max(1, median(after)), "x", 1.1),
        none_of("exit status", exit_status),
    ]


def sigterm(settings: Settings) -> list[Figure]:
    """SIGTERM under load."""
    late = {"duration": 6}
    with start_credence("--models", str(models_dir())) as server:
        load = Load(server.port, [
            small(settings, name="closed", path=CNN) | late,
            small(settings, name="open", path=CNN, rate=500) | late, photo(settings, rate=5) | late])
        time.sleep(3)
        server.signal_stop()
        reports = load.finish()
        exit_status = server.stop()

    def total(*kinds: str) -> int:
        return sum(r["failures"].get(kind, 0) for r in reports.values() for kind in kinds)

    return [
        note("answered until SIGTERM", f"{sum(map(answered, reports.values())):,}"),
        none_of("accepted and lost", total("closed_unanswered", "truncated", "bad_answer", "timeout")),
        note("sent when the server had closed already", str(total("peer_closed_first", "write_refused"))),
        note("reset before the server had read them", str(total("reset_unread"))),
        none_of("exit status", exit_status),
    ]


ALL = {f.__name__: f for f in (overhead, cnn, steady, mixed, memory, start, overload, sigterm)}
