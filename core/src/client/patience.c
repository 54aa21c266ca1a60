/* SPDX-License-Identifier: Apache-2.0 */
#include "client/patience.h"

#define PAUSE_MS 1000
#define SLOW_DOWN_MS 5000 /* when the cloud asks for that, and does not say how long */
#define MAX_RETRY_AFTER_S 60
#define MAX_LOST 5 /* with the pauses between them, 15 s: a restart of the cloud */

static bool is_lost(passkey_status status)
{
    return status == PASSKEY_NETWORK_ERROR || status == PASSKEY_TIMEOUT ||
           status == PASSKEY_SERVER_ERROR;
}

static int64_t at_least(int64_t pause_ms, int retry_after_s)
{
    int64_t wanted_ms =
        1000 * (int64_t)(retry_after_s < MAX_RETRY_AFTER_S ? retry_after_s : MAX_RETRY_AFTER_S);

    return wanted_ms > pause_ms ? wanted_ms : pause_ms;
}

int64_t pk_patience_after(pk_patience *patience, passkey_status status, int retry_after_s)
{
    if (!status || status == PASSKEY_RATE_LIMITED) {
        patience->num_lost = 0;
        return at_least(status && !retry_after_s ? SLOW_DOWN_MS : PAUSE_MS, retry_after_s);
    }
    if (!is_lost(status) || ++patience->num_lost == MAX_LOST)
        return -1;
    return at_least((int64_t)PAUSE_MS << (patience->num_lost - 1), retry_after_s);
}
