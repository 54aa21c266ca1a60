# SPDX-License-Identifier: Apache-2.0
"""What calls answer: plain, unchanging values."""
from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, List, TypeVar

from . import _errors

if TYPE_CHECKING:
    from typing import Literal

    from ._native import NativeDocument, NativeLink, NativePasskeyList, NativeResumption


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


@dataclass(frozen=True)
class Resumed:
    """What became of a pending bind."""

    #: "refused": the cloud does not take it, and it was given up; "pending": it
    #: still is, and can be resumed again.
    outcome: Literal["finished", "refused", "pending"]
    identity_id: str
    job_id: str
    #: What bind_passkey would have returned; None unless finished.
    result: BindResult | None
    #: Why not; None when finished.
    error: _errors.PasskeyError | None


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
class Info:
    """What the cloud says a link would bind."""

    api_base_url: str
    job_id: str
    tenant: Tenant
    realm: Realm
    identity: Identity
    theme: Theme
    #: Where the application may send the user after a bind.
    post_binding_redirect_uri: str | None


@dataclass(frozen=True)
class Job:
    """A credential binding job. Times are RFC 3339 in UTC; what the cloud left
    out is None."""

    id: str
    #: "LINK_SENT", "LINK_OPENED", "REQUEST_DELIVERED", "COMPLETE", "EXPIRED",
    #: "FAILED_TO_SEND", "REVOKED", or what a newer cloud says.
    state: str
    #: The passkey creation link, a secret that repr() leaves out; None but for
    #: a job just created with RETURN.
    link: str | None = field(repr=False)
    identity_id: str | None
    #: The cloud's id of the credential that was bound.
    credential_id: str | None
    delivery_method: str | None
    post_binding_redirect_uri: str | None
    expire_time: str | None
    create_time: str | None
    update_time: str | None


@dataclass(frozen=True)
class Finding:
    """What an examination has found. May name paths of this machine, but holds
    no link and no token."""

    #: The name of the check, such as "tpm_permission"; docs/doctor.md lists them.
    check: str
    #: "warning": it may become a trouble, or is for you to judge; "problem": it
    #: stops a bind or the use of a passkey.
    level: Literal["ok", "warning", "problem"]
    message: str
    #: What to do about it; None where there is nothing to do.
    remedy: str | None


Value = TypeVar("Value")


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _read(kind: type[Value], document: dict[str, Any], **parts: Any) -> Value:
    """A dataclass from a JSON object; parts are fields that are read already."""
    names = (each.name for each in fields(kind))  # type: ignore[arg-type]
    values = {name: document.get(_camel_case(name)) for name in names}
    return kind(**{**values, **parts})


def _parts(document: dict[str, Any]) -> dict[str, Any]:
    """The four objects that a passkey and an info have in common."""
    return {
        "tenant": _read(Tenant, document["tenant"]),
        "realm": _read(Realm, document["realm"]),
        "identity": _read(Identity, document["identity"]),
        "theme": _read(Theme, document["theme"]),
    }


def _passkey(document: dict[str, Any]) -> Passkey:
    return _read(Passkey, document, **_parts(document))


def passkey(native: NativeDocument) -> Passkey:
    return _passkey(json.loads(native.json()))


def bind_result(native: NativeDocument) -> BindResult:
    document = json.loads(native.json())
    return _read(BindResult, document, passkey=_passkey(document["passkey"]))


def _resumed(native: NativeResumption, index: int) -> Resumed:
    result, error = native.result(index), native.error(index)
    return Resumed(
        native.outcome(index),
        native.identity_id(index),
        native.job_id(index),
        bind_result(result) if result else None,
        _errors.from_native(error) if error else None,
    )


def resumption(native: NativeResumption) -> List[Resumed]:
    return [_resumed(native, index) for index in range(native.count())]


def passkey_list(native: NativePasskeyList) -> PasskeyList:
    passkeys = PasskeyList(_passkey(document) for document in json.loads(native.json()))
    passkeys.damaged = tuple(native.damaged(index) for index in range(native.num_damaged()))
    return passkeys


def info(native: NativeDocument) -> Info:
    document = json.loads(native.json())
    return _read(Info, document, **_parts(document))


def link_description(native: NativeLink) -> Link:
    return Link(**{each.name: getattr(native, each.name)() for each in fields(Link)})


def job(native: NativeDocument) -> Job:
    return _read(Job, json.loads(native.json()))


def job_list(native: NativeDocument) -> List[Job]:
    return [_read(Job, document) for document in json.loads(native.json())]


def examination(native: NativeDocument) -> List[Finding]:
    return [_read(Finding, document) for document in json.loads(native.json())]
