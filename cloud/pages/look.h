/* SPDX-License-Identifier: Apache-2.0
 * What a realm looks like to people, in messages and on pages: its theme, as
 * far as it holds what it should, and our own taste for the rest. */
#ifndef PK_LOOK_H
#define PK_LOOK_H

#include "store/store.h"

typedef struct pk_look {
    const char *name;
    const char *logo_light; /* an http or https URL; NULL: none */
    const char *logo_dark;
    const char *support_url; /* also mailto; NULL: none */
    const char *button_color;
    const char *button_text_color;
} pk_look;

/* realm NULL: of no realm in particular; name is then NULL. False without
 * memory. */
bool pk_look_read(pk_arena *arena, const pk_realm *realm, pk_look *out);

#endif
