# SPDX-License-Identifier: Apache-2.0
"""What calls answer: plain, unchanging values."""
from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, List, TypeVar

if TYPE_CHECKING:
    from ._native import NativeJob, NativeLink, NativePasskeyList, NativeResult


@dataclass(frozen=True)
class Tenant:
    id: str
    display_name: str


@dataclass(frozen=True)
class Realm:
    id: str
    display_name: str


@dataclass(frozen=True)
class Identity:
    id: str
    display_name: str
    username: str
    email_address: str | None


@dataclass(frozen=True)
class Theme:
    logo_url_light: str
    logo_url_dark: str
    support_url: str


@dataclass(frozen=True)
class Passkey:
    """A passkey of this machine. Times are RFC 3339 in UTC."""

    #: The local id, 64 hex digits.
    id: str
    #: The credential's id in the cloud.
    passkey_id: str
    local_created: str
    local_updated: str
    #: When the cloud created and last changed the credential.
    created: str
    updated: str
    api_base_url: str
    #: "km:" and 16 hex digits.
    key_handle: str
    #: "tpm".
    key_type: str
    #: "hardware", "swtpm" or "unknown": what the TPM said of itself.
    protection: str
    #: RFC 7638 SHA-256 thumbprint of the public key.
    thumbprint: str
    #: "active", "revoked" or "unknown".
    state: str
    tenant: Tenant
    realm: Realm
    identity: Identity
    theme: Theme


@dataclass(frozen=True)
class BindResult:
    """What became of a passkey creation link."""

    passkey: Passkey
    #: Where the application may send the user next.
    post_binding_redirect_uri: str | None

    @property
    def id(self) -> str:
        """The passkey's local id."""
        return self.passkey.id


class PasskeyList(List[Passkey]):
    """The passkeys of a store, oldest first."""

    #: Records that could not be understood: file names, and why.
    damaged: tuple[str, ...] = ()


@dataclass(frozen=True)
class Link:
    """What a link says, without its token."""

    #: "invokeAuthenticator" or "bind".
    kind: str
    #: Scheme, host and port that bind would contact first.
    origin: str
    tenant_id: str | None
    realm_id: str | None
    identity_id: str | None
    job_id: str | None


@dataclass(frozen=True)
class Job:
    """A credential binding job just created."""

    id: str
    state: str
    #: The passkey creation link, a secret that repr() leaves out; None for EMAIL.
    link: str | None = field(repr=False)


Value = TypeVar("Value")


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _read(kind: type[Value], document: dict[str, Any], **parts: Any) -> Value:
    """A dataclass from a JSON object; parts are fields that are read already."""
    names = (each.name for each in fields(kind))  # type: ignore[arg-type]
    values = {name: document.get(_camel_case(name)) for name in names}
    return kind(**{**values, **parts})


def _passkey(document: dict[str, Any]) -> Passkey:
    return _read(
        Passkey,
        document,
        tenant=_read(Tenant, document["tenant"]),
        realm=_read(Realm, document["realm"]),
        identity=_read(Identity, document["identity"]),
        theme=_read(Theme, document["theme"]),
    )


def bind_result(native: NativeResult) -> BindResult:
    document = json.loads(native.json())
    return _read(BindResult, document, passkey=_passkey(document["passkey"]))


def passkey_list(native: NativePasskeyList) -> PasskeyList:
    passkeys = PasskeyList(_passkey(document) for document in json.loads(native.json()))
    passkeys.damaged = tuple(native.damaged(index) for index in range(native.num_damaged()))
    return passkeys


def link_description(native: NativeLink) -> Link:
    return Link(**{each.name: getattr(native, each.name)() for each in fields(Link)})


def job(native: NativeJob) -> Job:
    return Job(native.id(), native.state(), native.link())
