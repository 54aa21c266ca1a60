/* SPDX-License-Identifier: Apache-2.0
 * Who may ask for what: no page of another site can make this application act.
 *
 * Browsers say in Sec-Fetch-... and Origin where a request comes from, and no page
 * can change that. It needs neither cookies nor hidden fields. */
#ifndef EXAMPLE_GUARD_H
#define EXAMPLE_GUARD_H

#include <stdbool.h>

/* A header that did not come is NULL. */
typedef struct request {
    const char *method;
    const char *target;
    const char *host;
    const char *origin;
    const char *fetch_site;
    const char *fetch_mode;
    const char *fetch_dest;
    bool is_ahead; /* a fetch nobody has asked for yet */
} request;

/* The HTTP status to refuse it with, or 0: it is fine. own is our origin. */

/* Another name for this machine was made by somebody else (DNS rebinding). */
unsigned guard_own_host_only(const request *asked, const char *own);

/* For forms: only those of our own pages. */
unsigned guard_same_origin_only(const request *asked, const char *own);

/* For the cloud's redirect: only what a browser sends when it takes a person to a
 * page. No frame, image, script or form, and nothing fetched ahead. */
unsigned guard_navigation_only(const request *asked);

/* What to tell who was refused. */
const char *guard_hint(unsigned status);

#endif
