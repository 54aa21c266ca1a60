# SPDX-License-Identifier: Apache-2.0
"""An editor and a type checker see what they should."""
import subprocess
import sys

from conftest import PACKAGE_PATH

USE = """
import asyncio
import passkey

async def bind(link: str) -> str | None:
    with passkey.Client(tpm="swtpm", allowed_domains=["localhost"], timeout_ms=1000) as client:
        try:
            result = await client.bind_passkey_async(link)
        except passkey.PasskeyError as error:
            return error.hint if error.retryable else error.code
        except (TimeoutError, LookupError, ValueError):
            return None
        reveal_type(client.list_passkeys().damaged)
        for job in await client.list_jobs_async():
            reveal_type(job.credential_id)
        info = client.info(link, on_progress=print)
        reveal_type(info.identity.email_address)
        reveal_type(await client.wait_job_async("-", "job", timeout=1.5))
        client.delete_passkey(client.get_passkey("id").id)
        for resumed in await client.resume_async():
            reveal_type(resumed.outcome)
            if resumed.error is not None:
                return resumed.error.hint
        for finding in passkey.examine(on_progress=print):
            reveal_type(finding.level)
            reveal_type(finding.remedy)
        return result.post_binding_redirect_uri


def wrong(client: passkey.Client) -> None:
    client.bind_passkey(b"link")  # type: ignore[arg-type]
    client.bind_passkey("link", on_progress=1)  # type: ignore[arg-type]
    client.wait_job("-", "job", timeout="1")  # type: ignore[arg-type]
    passkey.Client(timeout_ms=1.5)  # type: ignore[arg-type]
    client.get_passkey("id").id = "another"  # type: ignore[misc]
"""


def test_mypy_strict_accepts_the_package_and_its_use(tmp_path):
    (tmp_path / "use.py").write_text(USE)

    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", tmp_path / "cache",
         "--python-version", "3.10", "use.py", PACKAGE_PATH / "passkey"],
        cwd=tmp_path, env={"MYPYPATH": str(PACKAGE_PATH)}, capture_output=True, text=True)

    assert checked.returncode == 0, checked.stdout + checked.stderr
    for revealed in ("tuple[", '"str | None"', "_results.Job", "Literal['finished']", "Literal['ok']"):
        assert revealed in checked.stdout, checked.stdout
