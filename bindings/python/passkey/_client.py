# SPDX-License-Identifier: Apache-2.0
"""The calls."""
from __future__ import annotations

import os
from typing import TYPE_CHECKING, Iterable, List, TypeVar

from . import _calls, _log, _native, _operations, _results
from ._operations import Call, OnProgress
from ._options import OptionValue, core_text, option_text
from ._results import (
    BindResult,
    Finding,
    Info,
    Job,
    Link,
    Passkey,
    PasskeyList,
    Resumed,
)

if TYPE_CHECKING:
    from types import TracebackType

Answer = TypeVar("Answer")


class Client:
    """The options and the store that calls work with.

        with passkey.Client(tpm="swtpm", home="/srv/app/passkeys") as client:
            result = client.bind_passkey(link)

    An option that is not given is taken from the environment (PASSKEY_HOME,
    PASSKEY_TPM, ...) or has its default; docs/options.md describes each. A
    client may be used from several threads at once, but not across fork().

    Every call blocks, and Ctrl-C cancels it; the call with _async at its end
    is the same for asyncio, where canceling the task cancels it. on_progress
    is told the name of each step of a call as it begins, on the thread that
    waits; what it raises cancels the call and comes out of it.
    """

    def __init__(
        self,
        *,
        home: str | os.PathLike[str] | None = None,
        tpm: str | None = None,
        allowed_domains: str | Iterable[str] | None = None,
        allow_loopback_http: bool | str | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        proxy: str | None = None,
        timeout_ms: int | str | None = None,
        log: str | None = None,
        api_base_url: str | None = None,
        tenant: str | None = None,
        realm: str | None = None,
        authenticator_config: str | None = None,
        api_token: str | None = None,
        **others: OptionValue | None,
    ) -> None:
        named: dict[str, OptionValue | None] = {
            "home": home,
            "tpm": tpm,
            "allowed_domains": allowed_domains,
            "allow_loopback_http": allow_loopback_http,
            "ca_file": ca_file,
            "proxy": proxy,
            "timeout_ms": timeout_ms,
            "log": log,
            "api_base_url": api_base_url,
            "tenant": tenant,
            "realm": realm,
            "authenticator_config": authenticator_config,
            "api_token": api_token,
        }
        native = _operations.new_client()
        for name, value in {**named, **others}.items():
            if value is not None:
                native.set_option(core_text(name, "an option's name"), option_text(value, name))
        native.set_log(_log.write)
        self._follows_logger = log is None and not os.environ.get("PASSKEY_LOG")
        self._log_level = ""
        self._native: _native.NativeClient | None = native
        self._process = os.getpid()

    def __enter__(self) -> Client:
        self._open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Gives the client back; calls under way in other threads go on. Any
        further call but close() is a ValueError."""
        self._native = None

    def _open(self) -> _native.NativeClient:
        native = self._native
        if native is None:
            raise ValueError("this passkey.Client is closed")
        if self._process != os.getpid():
            raise RuntimeError("this passkey.Client was made before fork(): make one in the child")
        if self._follows_logger and self._log_level != (wanted := _log.wanted()):
            native.set_option("log", wanted)
            self._log_level = wanted
        return native

    def _run(self, call: Call[Answer], on_progress: OnProgress | None = None) -> Answer:
        return _operations.run(self._open(), call, on_progress)

    async def _run_async(self, call: Call[Answer], on_progress: OnProgress | None = None) -> Answer:
        return await _operations.run_async(self._open(), call, on_progress)

    # ------------------------------------------------------------------ links

    def check(self, link: str) -> Link:
        """Says what a link is, without contacting anything. Fails as
        bind_passkey would for a link that it does not take."""
        return _results.link_description(self._open().check_link(core_text(link, "link")))

    def bind_passkey(self, link: str, *, on_progress: OnProgress | None = None) -> BindResult:
        """Turns a passkey creation link into a passkey in the TPM, registered
        with the cloud and stored. The steps: link, instruction, info, key,
        register, store."""
        return self._run(_calls.bind(link), on_progress)

    async def bind_passkey_async(
        self, link: str, *, on_progress: OnProgress | None = None
    ) -> BindResult:
        """bind_passkey for asyncio."""
        return await self._run_async(_calls.bind(link), on_progress)

    def info(self, link: str, *, on_progress: OnProgress | None = None) -> Info:
        """Asks the cloud what bind_passkey would bind, and stops before a key
        is made. The link stays usable."""
        return self._run(_calls.info(link), on_progress)

    async def info_async(self, link: str, *, on_progress: OnProgress | None = None) -> Info:
        """info for asyncio."""
        return await self._run_async(_calls.info(link), on_progress)

    def resume(self) -> List[Resumed]:
        """Goes on with the binds that a crash, a lost connection or a full
        disk ended after their key was made, and says what became of each."""
        return self._run(_calls.resume())

    async def resume_async(self) -> List[Resumed]:
        """resume for asyncio."""
        return await self._run_async(_calls.resume())

    # --------------------------------------------------------------- passkeys

    def list_passkeys(self) -> PasskeyList:
        """The passkeys in the store, oldest first."""
        return self._run(_calls.list_passkeys())

    async def list_passkeys_async(self) -> PasskeyList:
        """list_passkeys for asyncio."""
        return await self._run_async(_calls.list_passkeys())

    def get_passkey(self, id: str) -> Passkey:
        """The passkey with this local id; a NoSuchPasskeyError, which is a
        LookupError, when there is none."""
        return self._run(_calls.get_passkey(id))

    async def get_passkey_async(self, id: str) -> Passkey:
        """get_passkey for asyncio."""
        return await self._run_async(_calls.get_passkey(id))

    def delete_passkey(self, id: str) -> None:
        """Deletes a passkey from this machine, and its private key with it.
        The cloud is not told. An id that the store does not have succeeds."""
        self._run(_calls.delete_passkey(id))

    async def delete_passkey_async(self, id: str) -> None:
        """delete_passkey for asyncio."""
        await self._run_async(_calls.delete_passkey(id))

    # ------------------------------------------------------------------- jobs

    def create_job(
        self,
        identity_id: str,
        delivery_method: str = "RETURN",
        post_binding_redirect_uri: str | None = None,
    ) -> Job:
        """Creates a credential binding job with the options api_base_url,
        tenant, realm, authenticator_config and api_token. With RETURN the
        answer holds the passkey creation link, with EMAIL the user gets it."""
        return self._run(_calls.create_job(identity_id, delivery_method, post_binding_redirect_uri))

    async def create_job_async(
        self,
        identity_id: str,
        delivery_method: str = "RETURN",
        post_binding_redirect_uri: str | None = None,
    ) -> Job:
        """create_job for asyncio."""
        return await self._run_async(
            _calls.create_job(identity_id, delivery_method, post_binding_redirect_uri)
        )

    def get_job(self, identity_id: str, job_id: str) -> Job:
        """A job of an identity, or of any ("-"). Without its link, which is
        told only once."""
        return self._run(_calls.get_job(identity_id, job_id))

    async def get_job_async(self, identity_id: str, job_id: str) -> Job:
        """get_job for asyncio."""
        return await self._run_async(_calls.get_job(identity_id, job_id))

    def list_jobs(self, identity_id: str = "-") -> List[Job]:
        """All jobs of an identity, or of the realm, in the cloud's order."""
        return self._run(_calls.list_jobs(identity_id))

    async def list_jobs_async(self, identity_id: str = "-") -> List[Job]:
        """list_jobs for asyncio."""
        return await self._run_async(_calls.list_jobs(identity_id))

    def revoke_job(self, identity_id: str, job_id: str) -> Job:
        """Revokes a job: its link can no longer be used."""
        return self._run(_calls.revoke_job(identity_id, job_id))

    async def revoke_job_async(self, identity_id: str, job_id: str) -> Job:
        """revoke_job for asyncio."""
        return await self._run_async(_calls.revoke_job(identity_id, job_id))

    def wait_job(self, identity_id: str, job_id: str, timeout: float | None = None) -> Job:
        """Waits until a job is COMPLETE, EXPIRED, REVOKED or FAILED_TO_SEND,
        which its state then says. A PasskeyTimeoutError, which is a
        TimeoutError, after timeout seconds; None waits without limit."""
        return self._run(_calls.wait_job(identity_id, job_id, timeout))

    async def wait_job_async(
        self, identity_id: str, job_id: str, timeout: float | None = None
    ) -> Job:
        """wait_job for asyncio."""
        return await self._run_async(_calls.wait_job(identity_id, job_id, timeout))

    # --------------------------------------------------------------- examine

    def examine(self, *, on_progress: OnProgress | None = None) -> List[Finding]:
        """Looks whether bind_passkey can work here, and what would stop it:
        this machine, the TPM, the store, and the cloud if the option
        api_base_url names one. Changes nothing; what is wrong is a finding,
        not an exception. The steps: machine, tpm, store, cloud."""
        return self._run(_calls.examine(), on_progress)

    async def examine_async(self, *, on_progress: OnProgress | None = None) -> List[Finding]:
        """examine for asyncio."""
        return await self._run_async(_calls.examine(), on_progress)


# ------------------------------------- with the options of the environment


def bind_passkey(link: str, *, on_progress: OnProgress | None = None) -> BindResult:
    """Client().bind_passkey(link), with the options of the environment."""
    with Client() as client:
        return client.bind_passkey(link, on_progress=on_progress)


async def bind_passkey_async(link: str, *, on_progress: OnProgress | None = None) -> BindResult:
    """bind_passkey for asyncio."""
    with Client() as client:
        return await client.bind_passkey_async(link, on_progress=on_progress)


def info(link: str, *, on_progress: OnProgress | None = None) -> Info:
    """Client().info(link), with the options of the environment."""
    with Client() as client:
        return client.info(link, on_progress=on_progress)


def resume() -> List[Resumed]:
    """Client().resume(), with the options of the environment."""
    with Client() as client:
        return client.resume()


def list_passkeys() -> PasskeyList:
    """Client().list_passkeys(), with the options of the environment."""
    with Client() as client:
        return client.list_passkeys()


def get_passkey(id: str) -> Passkey:
    """Client().get_passkey(id), with the options of the environment."""
    with Client() as client:
        return client.get_passkey(id)


def delete_passkey(id: str) -> None:
    """Client().delete_passkey(id), with the options of the environment."""
    with Client() as client:
        client.delete_passkey(id)


def examine(*, on_progress: OnProgress | None = None) -> List[Finding]:
    """Client().examine(), with the options of the environment."""
    with Client() as client:
        return client.examine(on_progress=on_progress)


def is_bind_passkey_url(url: str) -> bool:
    """Is this text a passkey creation link? Host, scheme and expiry do not
    matter and nothing is contacted."""
    return _native.is_bind_passkey_url(core_text(url, "url"))


def is_authenticate_url(url: str) -> bool:
    """Is this text an authentication link? As is_bind_passkey_url."""
    return _native.is_authenticate_url(core_text(url, "url"))
