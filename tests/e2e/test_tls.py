"""HTTPS on the real binary, asked by curl and by Python's ssl: certificates, clients' certificates, reloading."""
import json
import signal
import socket
import ssl
import subprocess

import httpx
import pytest

from conftest import MODELS, encoded, picture, run
from served_certificates import authority, files, replace  # noqa: F401


def flags(files):
    return ["--models", MODELS / "grey", "--tls-cert", files[0], "--tls-key", files[1]]


def curl(server, path, *more, host="localhost"):
    done = subprocess.run(
        ["curl", "-sS", "--max-time", "30", "--noproxy", "*", "-w", "%{http_code} %{ssl_verify_result}",
         *map(str, more), f"https://{host}:{server.port}{path}"], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def await_line(server, text):
    """The next line of the server's log that has the text."""
    for line in server.process.stderr:
        if text in line:
            return json.loads(line)
    raise AssertionError("the log ended")


def subject(server):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as plain:
        with context.wrap_socket(plain) as secure:
            return ssl.DER_cert_to_PEM_cert(secure.getpeercert(binary_form=True))


@pytest.mark.parametrize("version", ["--tlsv1.2 --tls-max 1.2", "--tlsv1.3"])
def test_curl_predicts_by_https(start, authority, files, version):
    server = start(*flags(files))
    assert any('"url":"https://127.0.0.1:' in line for line in server.lines)
    image = files[0].parent / "7.png"
    image.write_bytes(encoded(picture()))
    status, out, err = curl(server, "/v1/predict", "--cacert", authority.certificate, *version.split(),
                            "-F", f"file=@{image}")
    assert status == 0 and out.endswith("200 0") and '"verdict"' in out, err
    untrusted = curl(server, "/livez")
    assert untrusted[0] == 60, untrusted  # curl: the certificate cannot be authenticated


def test_plain_http_is_told_so_and_the_log_says_who_it_was(start, files, tmp_path):
    server = start(*flags(files))
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"http://127.0.0.1:{server.port}/livez").raise_for_status()
    line = await_line(server, "request refused")
    assert line["code"] == "tls_failed" and line["client"].startswith("127.0.0.1:")
    assert line["reason"] == "HTTP without TLS on a port that speaks HTTPS"


def test_changed_files_are_read_anew_and_broken_ones_are_not_used(start, authority, files):
    server = start(*flags(files))
    first = subject(server)
    connection = httpx.Client(verify=ssl.create_default_context(cafile=str(authority.certificate)))
    url = f"https://localhost:{server.port}/livez"
    assert connection.get(url).status_code == 200

    files[0].write_text("-----BEGIN CERTIFICATE-----\nnonsense\n")
    line = await_line(server, "cannot be used")
    assert line["level"] == "error" and str(files[0]) in line["reason"]
    assert subject(server) == first

    replace(files, authority.sign("second.test"))
    while await_line(server, "certificate")["message"] != "certificate read":
        pass  # between the two files the key belonged to another certificate
    second = subject(server)
    assert second != first and second == files[0].read_text()
    assert connection.get(url).status_code == 200  # what was connected stays so


def test_sighup_reads_the_files_anew(start, files):
    server = start(*flags(files))
    server.process.send_signal(signal.SIGHUP)
    line = await_line(server, "certificate read")
    assert line["subject"] == "CN=first.test" and line["expires"].endswith("Z")


def test_clients_show_certificates_where_they_must(start, authority, files):
    """On the admin listener only."""
    server = start(*flags(files), "--admin-port", "0", "--admin-tls-client-ca", authority.certificate)
    trust = ["--cacert", authority.certificate]
    assert curl(server, "/livez", *trust)[1].endswith("200 0")
    server.port = server.admin.base_url.port
    refused = curl(server, "/v1/admin/log-level", *trust)
    assert refused[0] != 0 and "200" not in refused[1]
    certificate, key = authority.sign("operator", use="clientAuth")
    shown = curl(server, "/v1/admin/log-level", *trust, "--cert", certificate, "--key", key)
    assert shown[0] == 0 and shown[1].startswith('{"level":"info"}'), shown


def test_health_asks_by_https(start, authority, files):
    server = start(*flags(files), "--tls-client-ca", authority.certificate)
    certificate, key = authority.sign("probe", use="clientAuth")
    port = ["--port", server.port]
    assert run("health", *port).returncode == 1
    assert run("health", *port, "--tls-cert", files[0]).returncode == 1
    assert run("health", *port, "--tls-cert", files[0], "--client-cert", certificate,
               "--client-key", key).stdout == b"ok\n"


@pytest.mark.parametrize("given, text", [
    (["--tls-cert", "CERT"], "--tls-cert and --tls-key go together; one is missing"),
    (["--tls-client-ca", "CERT"], "--tls-client-ca needs --tls-cert"),
    (["--tls-cert", "CERT", "--tls-key", "CERT"], "the key file holds no private key in PEM"),
    (["--tls-cert", "KEY", "--tls-key", "KEY"], "the certificate file holds no certificate in PEM"),
    (["--tls-cert", "none.pem", "--tls-key", "KEY"], "none.pem"),
])
def test_flags_that_do_not_fit_are_told(files, given, text):
    named = [str({"CERT": files[0], "KEY": files[1]}.get(word, word)) for word in given]
    checked = run("serve", *named, "--check-config")
    assert checked.returncode == 1 and text in checked.stderr.decode()
