# SPDX-License-Identifier: Apache-2.0
"""libpasskey in a process that uses the OpenSSL provider tpm2: ESYS asks OpenSSL for its digests, and the
provider asks ESYS."""
import subprocess

import pytest
from conftest import BUILD
from doctor_case import tools  # noqa: F401

has_provider = subprocess.run("ls /usr/lib/*/ossl-modules/tpm2.so", shell=True, capture_output=True).returncode == 0
pytestmark = pytest.mark.skipif(not has_provider, reason="the OpenSSL provider tpm2 (tpm2-openssl) is not installed")


@pytest.fixture(params=["swtpm", "the provider's"])
def tpm(request, tools):
    return "swtpm" if request.param == "swtpm" else tools.tcti


def test_beside_a_key_of_the_provider(passkey, mock, job, tools, tpm):
    env = passkey.environment({"TPM2OPENSSL_TCTI": tools.tcti, "PASSKEY_TPM": tpm})
    done = subprocess.run([BUILD / "tests" / "bin" / "beside_provider"], input=mock.link(job("ok")) + "\n", env=env,
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done
    assert [bound["id"] for bound in passkey.list()] == [done.stdout.strip()]


def test_where_the_configuration_activates_it(passkey, mock, job, tools, tpm, tmp_path):
    config = tmp_path / "openssl.cnf"
    config.write_text("openssl_conf = all\n[all]\nproviders = each\n[each]\ntpm2 = on\ndefault = on\n"
                      "[on]\nactivate = 1\n")
    env = {"OPENSSL_CONF": config, "TPM2OPENSSL_TCTI": tools.tcti}
    listed = subprocess.run(["openssl", "list", "-providers"], env=passkey.environment(env), capture_output=True, text=True)
    assert "tpm2" in listed.stdout, listed
    bound = passkey.bind(mock.link(job("ok")), "--tpm", tpm, env=env)
    assert passkey.list() == [bound]
    done = passkey("doctor", "--json", "--tpm", tpm, env=env)
    assert "The TPM takes the keys." in done.out, done
