"""Who owns a request while it is on its way: clients vanish, drains are cut short, nothing crashes.

Made for the sanitizers: a report of theirs, on stderr, fails the test that provoked it.
"""
import concurrent.futures
import http.client
import json
import re
import select
import signal
import socket
import struct
import threading
import time

import numpy as np
import pytest

from conftest import MODELS, encoded, picture

DEADLINE_S = 60  # for whatever is waited for: never reached on a healthy server


def large(side, seed=0):
    """A PNG of `side` x `side`: slow to decode, so that it goes to the compute pool."""
    tile = np.random.default_rng(seed).integers(0, 256, (64, 64)).astype(np.uint8)
    return encoded(np.tile(tile, (side // 64, side // 64)), compress_level=1)


def post(body, path="/v1/predict"):
    head = f"POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Client:
    """One raw connection that can leave at any moment."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)

    def send(self, data):
        self.socket.sendall(data)
        return self

    def read(self):
        """(status, body, whether the server will close)"""
        answer = http.client.HTTPResponse(self.socket, method="POST")
        answer.begin()
        body = answer.read()
        return answer.status, body, answer.getheader("connection") == "close"

    def await_answer(self):
        assert select.select([self.socket], [], [], DEADLINE_S)[0]

    def leave(self, reset):
        if reset:  # RST instead of FIN
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def await_that(condition, what):
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, f"waited {DEADLINE_S} s for: {what}"
        time.sleep(0.01)


def gauge(server, name):
    return float(re.search(rf"^{name} (\S+)$", server.get("/metrics").text, re.M).group(1))


def in_flight(server):
    return gauge(server, "credence_requests_in_flight") - 1  # the scrape itself is one


def end(server, how=signal.SIGTERM):
    """Stops it; returns its exit status and what it said. No sanitizer may have said anything."""
    status = server.stop(how)
    said = "".join(server.lines)
    assert "Sanitizer" not in said and "runtime error" not in said, said
    return status, said


def in_parallel(times, run):
    """Calls run(i) for each i < times, two at a time: a start waits for more than the CPU."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, range(times)))


@pytest.fixture(scope="module")
def slow():
    return post(large(4096))


@pytest.fixture(scope="module")
def quick():
    return post(encoded(picture()))


def test_the_drain_limit_is_over_with_work_in_the_pool(start, slow, quick):
    """The pool still works on requests whose connections, handler and event loop are gone."""
    half = slow[:len(slow) // 2]

    def run(i):
        server = start("--models", MODELS / "grey", "--drain-limit-ms", "1")
        clients = [Client(server.port).send(slow) for _ in range(6)]
        clients += [Client(server.port).send(half)]
        await_that(lambda: in_flight(server) >= 4, "work in the pool")
        clients += [Client(server.port).send(quick) for _ in range(4)]
        if i % 2:
            clients[0].leave(reset=True)
        status, said = end(server)
        assert status == 1 and "the drain limit was over" in said, said
        for client in clients:
            client.socket.close()

    in_parallel(20, run)


def test_clients_that_vanish_leave_nothing_behind(start, slow, quick):
    server = start("--models", MODELS / "grey", "--queue-max", "100000")
    medium = post(large(512))
    expected = {sent: json.loads(Client(server.port).send(sent).read()[1])["prediction"]
                for sent in (quick, medium)}
    wrong, good, left = [], [], threading.Event()

    def stay(sent):
        client = Client(server.port)
        while not left.is_set():
            status, body, _ = client.send(sent).read()
            good.append(status)
            if status != 200 or json.loads(body)["prediction"] != pytest.approx(expected[sent]):
                wrong.append((status, body))
        client.leave(reset=False)

    ways = [
        lambda client: client.send(medium),                       # in the pool
        lambda client: client.send(quick),                        # in the inline queue
        lambda client: client.send(medium[:len(medium) // 2]),    # in the middle of the body
        lambda client: client.send(medium[:40]),                  # in the middle of the head
        lambda client: client.send(quick).await_answer(),         # before the answer is read
        lambda client: client.send(medium).await_answer(),
        lambda client: client.send(quick * 3),                    # with more in the buffer
        lambda client: client.send(medium + quick),
        lambda client: client.send(quick[:-1]),                   # at the last byte
    ]

    def vanish(i):
        client = Client(server.port)
        ways[i % len(ways)](client)
        client.leave(reset=i // len(ways) % 2 == 0)

    staying = [threading.Thread(target=stay, args=(sent,)) for sent in (quick, medium, quick)]
    for thread in staying:
        thread.start()
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        list(pool.map(vanish, range(270)))
    left.set()
    for thread in staying:
        thread.join()
    assert wrong == [] and len(good) > 10
    await_that(lambda: in_flight(server) == 0, "no request in flight")
    await_that(lambda: gauge(server, "credence_connections_open") == 1, "closed connections")
    assert gauge(server, "credence_queue_depth") == 0
    assert gauge(server, "credence_compute_queue_depth") == 0
    assert Client(server.port).send(quick).read()[0] == 200
    status, said = end(server)
    assert status == 0, said


class Load:
    """Clients that ask again and again, each on a connection of its own."""

    def __init__(self, port, *sent):
        self.port = port
        self.gate = threading.Lock()  # held while sending, and while the signal is sent
        self.terminated = False
        self.answered, self.lost = [], []
        self.threads = [threading.Thread(target=self.ask, args=(one,)) for one in sent]
        for thread in self.threads:
            thread.start()

    def ask(self, sent):
        client = Client(self.port)
        closing = False
        while not closing:
            with self.gate:
                late = self.terminated
                try:
                    client.send(sent)
                except OSError as error:
                    if not late:
                        self.lost.append(repr(error))
                    return
            try:
                status, _, closing = client.read()
            except (http.client.HTTPException, OSError) as error:
                # Sent after the signal: a connection that was idle for long may be closed.
                if not late:
                    self.lost.append(repr(error))
                return
            self.answered.append(status)

    def terminate(self, server):
        with self.gate:
            self.terminated = True
            server.process.send_signal(signal.SIGTERM)

    def join(self):
        for thread in self.threads:
            thread.join()


def test_sigterm_during_load_answers_every_accepted_request(start, quick):
    medium = post(large(1024))

    def run(i):
        server = start("--models", MODELS / "grey")
        load = Load(server.port, quick, medium, quick, medium, quick, medium, quick)
        await_that(lambda: len(load.answered) >= 10 + 3 * i, "answers")
        load.terminate(server)
        assert server.process.wait(DEADLINE_S) == 0
        load.join()
        assert load.lost == [] and set(load.answered) == {200}
        end(server)

    in_parallel(8, run)


def test_a_second_sigterm_ends_at_once(start, slow):
    def run(_):
        server = start("--models", MODELS / "grey", "--drain-limit-ms", "600000")
        waits = Client(server.port).send(slow[:-1])  # drains for ever
        clients = [Client(server.port).send(slow) for _ in range(4)]
        await_that(lambda: in_flight(server) > 0, "work in the pool")
        server.process.send_signal(signal.SIGTERM)
        for line in server.process.stderr:
            server.lines.append(line)
            if '"draining"' in line:
                break
        begun = time.monotonic()
        status, said = end(server)
        assert status == 1 and "stopped" not in said, said
        assert time.monotonic() - begun < 5
        for client in [waits, *clients]:
            client.socket.close()

    in_parallel(4, run)
