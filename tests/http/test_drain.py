"""SIGTERM loses no accepted request."""
import signal
import threading
import time


def test_answers_what_is_being_handled(serve):
    server = serve()
    client = server.connect()
    client.send("GET /later?ms=800 HTTP/1.1\r\nHost: h\r\n\r\n")
    time.sleep(0.2)
    server.terminate()
    reply = client.read()
    assert reply.text == "later" and reply.headers["connection"] == "close"
    assert client.at_end()


def test_answers_what_is_half_sent(serve):
    server = serve()
    client = server.connect()
    client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nabc")
    time.sleep(0.2)
    server.terminate()
    time.sleep(1)
    assert client.ask("def").body == b"abcdef"


def test_refuses_new_connections(serve):
    server = serve()
    busy = server.connect()
    busy.send("GET /later?ms=1500 HTTP/1.1\r\nHost: h\r\n\r\n")
    time.sleep(0.2)
    server.terminate()
    time.sleep(0.5)
    try:
        server.connect()
        refused = False
    except ConnectionRefusedError:
        refused = True
    assert refused
    assert busy.read().text == "later"


def test_closes_idle_connections_soon(serve):
    server = serve()
    clients = [server.connect() for _ in range(5)]
    assert all(client.get("/echo").status == 200 for client in clients)
    start = time.monotonic()
    status, report, _ = server.stop()
    assert status == 0 and report["answered_all"]
    assert time.monotonic() - start < 4
    assert all(client.at_end() for client in clients)


def test_gives_up_at_its_limit(serve):
    server = serve("--drain-ms", 300)
    client = server.connect()
    client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nabc")
    time.sleep(0.2)
    start = time.monotonic()
    status, report, _ = server.stop()
    assert status == 1 and not report["answered_all"]
    assert time.monotonic() - start < 3
    assert report["connections_open"] == 0


def test_loses_nothing_under_load(serve):
    """Each client asks again and again until it is told to close; every request is answered."""
    server = serve("--threads", 2)
    answered, lost = [], []

    def ask(path):
        client = server.connect()
        while True:
            try:
                reply = client.get(path)
            except (EOFError, ConnectionError) as error:
                lost.append(repr(error))
                return
            answered.append(reply.status)
            if reply.headers.get("connection") == "close":
                return

    threads = [threading.Thread(target=ask, args=(path,))
               for path in ("/echo", "/batch", "/later?ms=5", "/big?bytes=300000") * 6]
    for thread in threads:
        thread.start()
    time.sleep(1)
    server.terminate()
    for thread in threads:
        thread.join()
    status, report, err = server.stop()
    assert lost == []
    assert set(answered) == {200}
    assert len(answered) > 200
    assert status == 0 and report == {"answered_all": True, "connections_open": 0, "in_flight": 0}, err


def test_answers_what_waits_to_be_accepted(serve):
    """Connections that the kernel has completed, and those that the loop has just accepted."""
    for _ in range(5):
        server = serve("--threads", 1)
        server.process.send_signal(signal.SIGSTOP)  # so that all come at once
        clients = [server.connect() for _ in range(20)]
        for client in clients:
            client.send("GET /echo HTTP/1.1\r\nHost: h\r\n\r\n")
        server.terminate()
        server.process.send_signal(signal.SIGCONT)
        assert [client.read().status for client in clients] == [200] * 20
        assert server.stop()[0] == 0
