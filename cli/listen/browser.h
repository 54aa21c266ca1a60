/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_LISTEN_BROWSER_H
#define CLI_LISTEN_BROWSER_H

#include <stdbool.h>

/* Has the desktop show this URL to the person, by xdg-open. False when there is
 * no such program. The URL is seen in the list of processes: no secret. */
bool handler_show(const char *url);

#endif
