# SPDX-License-Identifier: Apache-2.0
"""A passkey creation link becomes a private key in this machine's TPM 2.0,
registered with the cloud.

    import passkey

    result = passkey.bind_passkey(link)
    print(result.id, result.passkey.identity.display_name)

The options come from the environment (PASSKEY_HOME, PASSKEY_TPM, ...), or from
a Client, which has every call, also for asyncio. A failure is a PasskeyError.
What the library tells of its work goes to the logger "passkey".
"""
from ._version import VERSION as __version__  # first: it checks the native half
from ._client import (
    Client,
    bind_passkey,
    bind_passkey_async,
    delete_passkey,
    examine,
    get_passkey,
    info,
    is_authenticate_url,
    is_bind_passkey_url,
    list_passkeys,
    resume,
)
from ._errors import (
    CanceledError,
    CloudError,
    InvalidArgumentError,
    LinkError,
    NetworkError,
    NoSuchPasskeyError,
    PasskeyError,
    PasskeyTimeoutError,
    StoreError,
    TpmError,
)
from ._results import (
    BindResult,
    Finding,
    Identity,
    Info,
    Job,
    Link,
    Passkey,
    PasskeyList,
    Realm,
    Resumed,
    Tenant,
    Theme,
)

# The names of the JavaScript SDK, for those who know it.
bindPasskey = bind_passkey
getPasskeys = list_passkeys
deletePasskey = delete_passkey
isBindPasskeyUrl = is_bind_passkey_url
isAuthenticateUrl = is_authenticate_url

__all__ = [
    "BindResult",
    "CanceledError",
    "Client",
    "CloudError",
    "Finding",
    "Identity",
    "Info",
    "InvalidArgumentError",
    "Job",
    "Link",
    "LinkError",
    "NetworkError",
    "NoSuchPasskeyError",
    "Passkey",
    "PasskeyError",
    "PasskeyList",
    "PasskeyTimeoutError",
    "Realm",
    "Resumed",
    "StoreError",
    "Tenant",
    "Theme",
    "TpmError",
    "__version__",
    "bindPasskey",
    "bind_passkey",
    "bind_passkey_async",
    "deletePasskey",
    "delete_passkey",
    "examine",
    "getPasskeys",
    "get_passkey",
    "info",
    "isAuthenticateUrl",
    "isBindPasskeyUrl",
    "is_authenticate_url",
    "is_bind_passkey_url",
    "list_passkeys",
    "resume",
]
