"""What a handler throws ends in its connection: it is answered and reported, and the others are served on."""
import json

import pytest

WHAT = {0: (503, "resource_exhausted", "out of memory"), 1: (500, "internal", "broken"),
        2: (500, "internal", "unknown exception")}


@pytest.mark.parametrize("what", WHAT)
def test_it_is_answered_and_only_its_connection_closed(serve, what):
    status, code, detail = WHAT[what]
    server = serve("--threads", 1)
    other, client = server.connect(), server.connect()
    assert other.get("/empty").status == 204
    reply = client.get(f"/throw?what={what}")
    assert reply.status == status and reply.json["code"] == code
    assert reply.headers["connection"] == "close" and client.at_end()
    assert ("retry-after" in reply.headers) == (status == 503)
    assert other.get("/empty").status == 204
    ended, report, err = server.stop()
    assert ended == 0 and report["in_flight"] == 0
    refused = json.loads(err)
    assert (refused["refused"], refused["code"], refused["detail"], refused["path"]) == (status, code, detail, "/throw")
