# SPDX-License-Identifier: Apache-2.0
"""A passkey creation link becomes a private key in this machine's TPM 2.0,
registered with the cloud.

    import passkey

    result = passkey.bind_passkey(link)
    print(result.id, result.passkey.identity.display_name)

The options come from the environment (PASSKEY_HOME, PASSKEY_TPM, ...), or from
a Client. A failure is a PasskeyError.
"""
from ._client import (
    Client,
    bind_passkey,
    is_authenticate_url,
    is_bind_passkey_url,
    list_passkeys,
)
from ._errors import PasskeyError
from ._native import version as _version
from ._results import BindResult, Identity, Job, Link, Passkey, PasskeyList, Realm, Tenant, Theme

# The names of the JavaScript SDK, for those who know it.
bindPasskey = bind_passkey
isBindPasskeyUrl = is_bind_passkey_url
isAuthenticateUrl = is_authenticate_url

__version__: str = _version()

__all__ = [
    "BindResult",
    "Client",
    "Identity",
    "Job",
    "Link",
    "Passkey",
    "PasskeyError",
    "PasskeyList",
    "Realm",
    "Tenant",
    "Theme",
    "bindPasskey",
    "bind_passkey",
    "isAuthenticateUrl",
    "isBindPasskeyUrl",
    "is_authenticate_url",
    "is_bind_passkey_url",
    "list_passkeys",
]
