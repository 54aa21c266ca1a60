/* SPDX-License-Identifier: Apache-2.0 */
#include <passkey/passkey.h>

const char *passkey_version(void)
{
    return PASSKEY_VERSION;
}
