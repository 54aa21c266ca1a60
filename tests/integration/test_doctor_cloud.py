# SPDX-License-Identifier: Apache-2.0
"""`passkey doctor` and the cloud."""
import datetime
import socket
import time

import pytest
from answering_server import AnsweringServer
from authority import Authority
from doctor_case import examine, is_healthy, names


def free_port():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


def test_the_cloud_is_asked_once_and_without_a_secret(passkey):
    with AnsweringServer() as server:
        is_healthy(passkey, "--cloud", server.url, env={"PASSKEY_API_TOKEN": "secret-token"})
    (path, headers), = server.paths
    assert path == "/" and "Authorization" not in headers and "secret-token" not in str(headers)


def test_the_cloud_is_named_by_the_option(passkey):
    with AnsweringServer() as server:
        is_healthy(passkey, env={"PASSKEY_API_BASE_URL": server.url})
    assert len(server.paths) == 1


def test_the_cloud_s_host_is_not_allowed(passkey):
    found = names(passkey, "cloud_url", "--cloud", "https://cloud.evil.test")
    assert "allowed_domains" in found["remedy"]


def test_the_cloud_s_host_has_no_address(passkey):
    found = names(passkey, "cloud_dns", "--cloud", "https://cloud.invalid", "--allowed-domains", "invalid",
                  "--timeout-ms", "10000")
    assert "cloud.invalid" in found["message"]


def test_nobody_listens_where_the_cloud_should_be(passkey):
    found = names(passkey, "cloud_connection", "--cloud", f"http://localhost:{free_port()}")
    assert "127.0.0.1" in found["message"] or "::1" in found["message"] or "localhost" in found["message"]


def test_the_cloud_s_authority_is_unknown(passkey, ca):
    with AnsweringServer(certificate=ca.issue("localhost")) as server:
        found = names(passkey, "cloud_certificate", "--cloud", server.url)
        assert "ca_file" in found["remedy"]
        is_healthy(passkey, "--cloud", server.url, "--ca-file", ca.file)


@pytest.mark.parametrize("dates, words", [({"end": datetime.datetime(2021, 1, 1)}, "has expired"),
                                          ({"begin": datetime.datetime(2119, 1, 1)}, "not valid yet")])
def test_the_cloud_s_certificate_is_out_of_date(passkey, ca, dates, words):
    with AnsweringServer(certificate=ca.issue("localhost", **dates)) as server:
        assert words in names(passkey, "cloud_certificate", "--cloud", server.url, "--ca-file", ca.file)["message"]


def test_the_cloud_s_certificate_ends_soon(passkey, ca):
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=5)
    with AnsweringServer(certificate=ca.issue("localhost", end=end)) as server:
        names(passkey, "cloud_certificate", "--cloud", server.url, "--ca-file", ca.file, level="warning")


def test_the_cloud_s_certificate_is_of_another_host(passkey, ca):
    with AnsweringServer(certificate=ca.issue("elsewhere.test")) as server:
        found = names(passkey, "cloud_certificate", "--cloud", server.url, "--ca-file", ca.file)
    assert "another host" in found["message"]


def test_the_cloud_does_not_speak_tls(passkey):
    with AnsweringServer() as server:
        names(passkey, "cloud_tls", "--cloud", server.url.replace("http:", "https:"))


def test_a_ca_file_that_is_not_there(passkey, ca, tmp_path):
    with AnsweringServer(certificate=ca.issue("localhost")) as server:
        names(passkey, "cloud_tls", "--cloud", server.url, "--ca-file", tmp_path / "none.pem")


def test_the_cloud_does_not_answer(passkey):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        names(passkey, "cloud_answer", "--cloud", f"http://localhost:{silent.getsockname()[1]}", "--timeout-ms", "500")


def test_the_cloud_says_nothing_to_tls(passkey):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        names(passkey, "cloud_tls", "--cloud", f"https://localhost:{silent.getsockname()[1]}", "--timeout-ms", "500")


def test_the_cloud_fails(passkey):
    with AnsweringServer(status=503) as server:
        assert "503" in names(passkey, "cloud_answer", "--cloud", server.url)["message"]


@pytest.mark.parametrize("ahead_s, words", [(3600, "behind"), (-3600, "ahead")])
def test_the_clock_is_wrong(passkey, ahead_s, words):
    with AnsweringServer(date_s=time.time() + ahead_s) as server:
        found = names(passkey, "cloud_clock", "--cloud", server.url, level="warning")
    assert words in found["message"] and "timedatectl" in found["remedy"]


def test_the_proxy_is_not_there(passkey):
    names(passkey, "cloud_proxy", "--cloud", "https://localhost", "--proxy", f"http://127.0.0.1:{free_port()}")


def test_the_proxy_refuses(passkey):
    with AnsweringServer() as server:
        found = names(passkey, "cloud_proxy", "--cloud", "https://localhost", "--proxy",
                      f"http://user:proxy-password@127.0.0.1:{server.port}")
    assert "proxy-password" not in str(found)


def test_a_proxy_in_the_environment_is_not_looked_at(passkey):
    examined = examine(passkey, "--cloud", f"https://localhost:{free_port()}",
                       env={"https_proxy": "http://proxy.test:3128"})
    assert [(found["check"], found["level"]) for found in examined.bad] == [("cloud_proxy", "warning"),
                                                                            ("cloud_connection", "problem")]


def test_what_is_on_this_machine_needs_no_proxy(passkey):
    with AnsweringServer() as server:
        examined = is_healthy(passkey, "--cloud", server.url, "--proxy", f"http://127.0.0.1:{free_port()}")
    assert not examined.of("cloud_proxy")
