# SPDX-License-Identifier: Apache-2.0
"""The calls."""
from __future__ import annotations

import os
from typing import TYPE_CHECKING, Iterable

from . import _native, _operations, _results
from ._options import OptionValue, core_text, option_text
from ._results import BindResult, Job, Link, PasskeyList

if TYPE_CHECKING:
    from types import TracebackType


class Client:
    """The options and the store that calls work with.

        with passkey.Client(tpm="swtpm", home="/srv/app/passkeys") as client:
            result = client.bind_passkey(link)

    An option that is not given is taken from the environment (PASSKEY_HOME,
    PASSKEY_TPM, ...) or has its default; docs/options.md describes each. A
    client may be used from several threads at once, but not across fork().
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
            "api_base_url": api_base_url,
            "tenant": tenant,
            "realm": realm,
            "authenticator_config": authenticator_config,
            "api_token": api_token,
        }
        native = _native.new_client()
        for name, value in {**named, **others}.items():
            if value is not None:
                native.set_option(core_text(name, "an option's name"), option_text(value, name))
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
        return native

    def bind_passkey(self, link: str) -> BindResult:
        """Turns a passkey creation link into a passkey in the TPM, registered
        with the cloud and stored. Blocks; Ctrl-C cancels it."""
        with _operations.binding(self._open(), core_text(link, "link")) as operation:
            _operations.wait(operation)
            return _results.bind_result(operation.take_result())

    async def bind_passkey_async(self, link: str) -> BindResult:
        """bind_passkey for asyncio. Canceling the task cancels the bind."""
        import asyncio

        loop = asyncio.get_running_loop()
        ended: asyncio.Future[None] = loop.create_future()

        def settle() -> None:
            if not ended.done():
                ended.set_result(None)

        def on_done() -> None:
            try:
                loop.call_soon_threadsafe(settle)
            except RuntimeError:
                pass  # the loop was closed meanwhile: nobody waits any more

        with _operations.binding(self._open(), core_text(link, "link")) as operation:
            operation.when_done(on_done)
            await ended
            return _results.bind_result(operation.take_result())

    def list_passkeys(self) -> PasskeyList:
        """The passkeys in the store, oldest first."""
        return _results.passkey_list(self._open().read_passkeys())

    def check(self, link: str) -> Link:
        """Says what a link is, without contacting anything. Fails as
        bind_passkey would for a link that it does not take."""
        return _results.link_description(self._open().check_link(core_text(link, "link")))

    def create_job(
        self,
        identity_id: str,
        delivery_method: str = "RETURN",
        post_binding_redirect_uri: str | None = None,
    ) -> Job:
        """Creates a credential binding job with the options api_base_url,
        tenant, realm, authenticator_config and api_token. With RETURN the
        answer holds the passkey creation link, with EMAIL the user gets it."""
        if post_binding_redirect_uri is not None:
            core_text(post_binding_redirect_uri, "post_binding_redirect_uri")
        return _results.job(
            self._open().make_job(
                core_text(identity_id, "identity_id"),
                core_text(delivery_method, "delivery_method"),
                post_binding_redirect_uri,
            )
        )


def bind_passkey(link: str) -> BindResult:
    """Client().bind_passkey(link), with the options of the environment."""
    with Client() as client:
        return client.bind_passkey(link)


def list_passkeys() -> PasskeyList:
    """Client().list_passkeys(), with the options of the environment."""
    with Client() as client:
        return client.list_passkeys()


def is_bind_passkey_url(url: str) -> bool:
    """Is this text a passkey creation link? Host, scheme and expiry do not
    matter and nothing is contacted."""
    return _native.is_bind_passkey_url(core_text(url, "url"))


def is_authenticate_url(url: str) -> bool:
    """Is this text an authentication link? As is_bind_passkey_url."""
    return _native.is_authenticate_url(core_text(url, "url"))
