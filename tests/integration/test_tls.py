# SPDX-License-Identifier: Apache-2.0
"""https as a client of a private cloud meets it: the right certificate and the wrong ones."""
import pytest
from authority import FUTURE, PAST, Authority
from mock_cloud import MockCloud

STRICT = {"PASSKEY_ALLOW_LOOPBACK_HTTP": None}


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def cloud(ca):
    with serve(ca.issue("localhost")) as server:
        yield server


def serve(certificate, **others):
    return MockCloud(0, *certificate, **others)


def refused_by_tls(passkey, server, ca_file):
    error = passkey.refuse(server.link("ok-tls"), "--ca-file", ca_file, env=STRICT)
    assert (error["code"], error["exit"]) == ("tls_error", 4), error
    assert "link-token" not in str(error) and server.log() == []
    assert passkey.list() == []
    return error


def test_a_private_ca_named_by_ca_file(passkey, cloud, ca, job):
    name = job("ok")
    made = passkey.bind(cloud.link(name), "--ca-file", ca.file, env=STRICT)
    assert made["apiBaseUrl"] == cloud.base_url
    assert len({entry["connection"] for entry in cloud.log(name)}) == 1


def test_the_ca_file_from_the_environment(passkey, cloud, ca, job):
    passkey.bind(cloud.bind_link(job("ok")), env={**STRICT, "PASSKEY_CA_FILE": ca.file})


def test_an_unknown_ca(passkey, cloud, tmp_path):
    before = len(cloud.log())
    other = Authority(tmp_path / "other", "Another CA")
    error = passkey.refuse(cloud.link("ok-unknown"), "--ca-file", other.file, env=STRICT)
    assert error["code"] == "tls_error" and len(cloud.log()) == before


def test_the_system_s_cas_do_not_know_it(passkey, cloud):
    before = len(cloud.log())
    error = passkey.refuse(cloud.link("ok-system"), env=STRICT)
    assert error["code"] == "tls_error" and len(cloud.log()) == before


def test_a_ca_file_that_is_not_there(passkey, cloud, tmp_path):
    error = passkey.refuse(cloud.link("ok-nofile"), "--ca-file", tmp_path / "none.pem", env=STRICT)
    assert error["code"] in ("tls_error", "invalid_option") and "ca_file" in error["message"] + error["hint"]


def test_a_certificate_for_another_host(passkey, ca):
    with serve(ca.issue("elsewhere.test")) as server:
        refused_by_tls(passkey, server, ca.file)


def test_an_expired_certificate(passkey, ca):
    with serve(ca.issue("localhost", end=PAST)) as server:
        refused_by_tls(passkey, server, ca.file)


def test_a_certificate_of_the_future(passkey, ca):
    with serve(ca.issue("localhost", begin=FUTURE)) as server:
        refused_by_tls(passkey, server, ca.file)


def test_tls_1_1_only(passkey, ca):
    with serve(ca.issue("localhost"), tls_version="TLSv1_1") as server:
        refused_by_tls(passkey, server, ca.file)


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_tls_1_2_and_1_3(passkey, ca, version):
    with serve(ca.issue("localhost"), tls_version=version) as server:
        passkey.bind(server.link("ok-version"), "--ca-file", ca.file, env=STRICT)


def test_plain_http_on_the_tls_port(passkey, cloud, ca):
    link = cloud.link("ok-plain").replace("https://", "http://")
    assert passkey.refuse(link, "--ca-file", ca.file)["exit"] == 4


def test_https_to_a_server_without_tls(passkey, mock, ca):
    link = mock.link("ok-notls").replace("http://", "https://")
    assert passkey.refuse(link, "--ca-file", ca.file, env=STRICT)["code"] == "tls_error"


def test_https_needs_an_allowed_domain_too(passkey, cloud, ca):
    before = len(cloud.log())
    error = passkey.refuse(cloud.link("ok-domain"), "--ca-file", ca.file, "--allowed-domains", "beyondidentity.com",
                           env=STRICT)
    assert error["code"] == "domain_not_allowed" and len(cloud.log()) == before
