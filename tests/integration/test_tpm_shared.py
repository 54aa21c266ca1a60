# SPDX-License-Identifier: Apache-2.0
"""A TPM without a resource manager has room for three keys, whoever uses it."""
from doctor_case import tools  # noqa: F401


def test_binds_at_once_do_not_wait_for_each_other(passkey, mock, job, tools):
    binds = [passkey.start("bind", mock.link(job("ok")), "--json", "--tpm", tools.tcti) for _ in range(4)]
    for bind in binds:
        _, err = bind.communicate(timeout=120)
        assert bind.returncode == 0, err
    assert tools("getcap", "handles-transient").stdout == "" == tools("getcap", "handles-loaded-session").stdout
