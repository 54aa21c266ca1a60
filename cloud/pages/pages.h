/* SPDX-License-Identifier: Apache-2.0
 * Pages for people whose link does not lead on: plain HTML without scripts. */
#ifndef PK_PAGES_H
#define PK_PAGES_H

#include "call.h"

/* Turns an error that was answered into a page, when it is a person's browser
 * that asked: one that names HTML, and JSON not before it. What the status is
 * and what other headers say stays. */
void pk_pages_show(pk_call *call);

#endif
