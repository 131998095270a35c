"""A well-behaved client in a process of its own: every 20 ms a small picture and a look at /livez, until its input
is closed. Prints what they took as JSON, in milliseconds.

Arguments: port, file of the picture.
"""
import http.client
import json
import pathlib
import select
import sys
import time

PERIOD_S = 0.02


def main():
    port, picture = int(sys.argv[1]), pathlib.Path(sys.argv[2]).read_bytes()
    requests = {"predict": ("POST", "/v1/predict", picture), "livez": ("GET", "/livez", None)}
    connections = {name: http.client.HTTPConnection("127.0.0.1", port, timeout=30) for name in requests}
    taken, statuses = {name: [] for name in requests}, {}
    while not select.select([sys.stdin], [], [], PERIOD_S)[0]:
        for name, (method, path, body) in requests.items():
            begin = time.perf_counter()
            try:
                connections[name].request(method, path, body)
                answer = connections[name].getresponse()
                answer.read()
                status = answer.status
                taken[name].append(1e3 * (time.perf_counter() - begin))
            except (OSError, http.client.HTTPException) as error:
                connections[name].close()
                status = type(error).__name__
            statuses[f"{name} {status}"] = statuses.get(f"{name} {status}", 0) + 1
    figures = {}
    for name, times in taken.items():
        times.sort()
        figures[name] = {"p50": times[len(times) // 2], "p99": times[len(times) * 99 // 100], "most": times[-1]}
    print(json.dumps({"ms": figures, "statuses": statuses}))


if __name__ == "__main__":
    main()
