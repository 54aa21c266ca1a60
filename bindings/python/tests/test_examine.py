# SPDX-License-Identifier: Apache-2.0
"""Whether a bind can work here; docs/doctor.md lists the checks."""
import asyncio
import dataclasses
import pathlib

import pytest

import passkey

STEPS = ["machine", "tpm", "store", "cloud"]


@pytest.fixture(params=["blocking", "asyncio"])
def examine(request):
    """examine(options): what a client with these finds."""

    def run(options, **named):
        with passkey.Client(**options) as client:
            if request.param == "blocking":
                return client.examine(**named)
            return asyncio.run(client.examine_async(**named))

    return run


def level_of(findings, check):
    (level,) = {each.level for each in findings if each.check == check}
    return level


def test_a_machine_that_is_ready(examine, options, cloud):
    steps = []

    found = examine({**options, "api_base_url": cloud}, on_progress=steps.append)

    assert steps == STEPS
    for check in ("clock", "swtpm", "store_folder", "cloud_url", "cloud_answer"):
        assert level_of(found, check) == "ok", found
    assert not pathlib.Path(options["home"]).exists()


def test_what_is_wrong_is_a_finding_with_a_remedy(examine, options):
    found = examine({**options, "tpm": "device:/dev/no-such-tpm"})

    (finding,) = (each for each in found if each.check == "tpm_device")
    assert finding.level == "problem" and "/dev/no-such-tpm" in finding.message
    assert finding.remedy and any(each.remedy is None for each in found)


def test_a_finding_does_not_change(examine, options):
    finding = examine(options)[0]

    with pytest.raises(dataclasses.FrozenInstanceError):
        finding.level = "ok"
    assert finding == passkey.Finding(finding.check, finding.level, finding.message, finding.remedy)


def test_what_on_progress_raises_cancels_it(examine, options):
    def refuse(step):
        raise LookupError(step)

    with pytest.raises(LookupError, match="machine"):
        examine(options, on_progress=refuse)


def test_no_secret_is_told(examine, options, cloud):
    found = examine({**options, "api_base_url": cloud, "api_token": "sesame-123"})

    assert "sesame-123" not in repr(found)


def test_the_module_s_function_takes_the_options_of_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("PASSKEY_TPM", "device:/dev/no-such-tpm")
    monkeypatch.setenv("PASSKEY_HOME", str(tmp_path / "home"))

    assert level_of(passkey.examine(), "tpm_device") == "problem"
