# SPDX-License-Identifier: Apache-2.0
"""What the tests share: the built package, the mock cloud, a client.

The package is taken from $PASSKEY_BUILD (default: build/ of the repository),
and so is passkey-cloud; the mock from $PASSKEY_MOCK_URL, or it is started here.
"""
import json
import os
import pathlib
import subprocess
import sys
import uuid

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("PASSKEY_BUILD") or REPOSITORY / "build").resolve()
PACKAGE_PATH = BUILD / "python"
sys.path.insert(0, str(PACKAGE_PATH))
sys.path.insert(1, str(REPOSITORY / "tests" / "support"))

import passkey  # noqa: E402

JOB_LINK = (
    "{cloud}/v1/tenants/mocktenant/realms/mockrealm/identities/identity1"
    "/credential-binding-jobs/{job}-{unique}:invokeAuthenticator?token=tok-{unique}"
)


@pytest.fixture(scope="session")
def cloud():
    """The base URL of a mock cloud."""
    if "PASSKEY_MOCK_URL" in os.environ:
        yield os.environ["PASSKEY_MOCK_URL"]
        return
    mock = REPOSITORY / "tests" / "support" / "mock_cloud.py"
    with subprocess.Popen(
        [sys.executable, mock, "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as process:
        yield json.loads(process.stdout.readline())["base_url"]
        process.terminate()


@pytest.fixture
def link(cloud):
    """link("slow-500"): a new link; mock_plan.py says what the job's name does."""

    def make(job="ok"):
        return JOB_LINK.format(cloud=cloud, job=job, unique=uuid.uuid4().hex)

    return make


@pytest.fixture
def options(tmp_path):
    return {
        "home": str(tmp_path / "home"),
        "tpm": "swtpm",
        "allowed_domains": "localhost",
        "allow_loopback_http": True,
        "timeout_ms": 20000,
    }


@pytest.fixture
def client(options):
    with passkey.Client(**options) as client:
        yield client


@pytest.fixture(scope="session")
def real_cloud():
    """A passkey-cloud, for what the mock does not do."""
    from cloud import Cloud

    with Cloud() as cloud:
        yield cloud


@pytest.fixture
def job_options(options, real_cloud):
    return {
        **options,
        "api_base_url": real_cloud.api_base_url,
        "tenant": real_cloud.tenant_id,
        "realm": real_cloud.realm_id,
        "authenticator_config": real_cloud.authenticator_config_id,
        "api_token": real_cloud.api_token,
    }


@pytest.fixture
def manager(job_options):
    """A client that may also ask for jobs of the real cloud."""
    with passkey.Client(**job_options) as client:
        yield client


def _python(options):
    def start(code, *arguments, flags=(), stdin=None):
        return subprocess.Popen(
            [sys.executable, *flags, "-c", f"options = {options!r}\n{code}", *arguments],
            env={**os.environ, "PYTHONPATH": str(PACKAGE_PATH)},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


@pytest.fixture
def python(options):
    """python(code, *arguments): a process whose `options` are the test's."""
    return _python(options)


@pytest.fixture
def python_with_jobs(job_options):
    return _python(job_options)
