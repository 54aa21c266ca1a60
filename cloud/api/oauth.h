/* SPDX-License-Identifier: Apache-2.0
 * What the OAuth 2.0 endpoints share: forms, clients, errors (RFC 6749). */
#ifndef PK_OAUTH_H
#define PK_OAUTH_H

#include "call.h"

/* A parameter of the form in the body, decoded; NULL when absent or empty. One
 * that holds a control character equals nothing. */
const char *pk_form_value(pk_call *call, const char *name);

/* {"error","error_description"} */
void pk_oauth_error(pk_call *call, int status, const char *error, const char *description);

/* The application whose client_id and client_secret the call shows, by Basic or
 * in its form: the path's, or when the path has none any of the realm. Loads
 * the realm. Else answers. */
bool pk_oauth_client(pk_call *call, pk_application *out_application);

/* tenants/…/realms/…/applications/… of an application in the call's realm. */
const char *pk_oauth_name(pk_call *call, const pk_application *application);

/* A member of the application's protocol_config. */
const pk_json *pk_oauth_protocol(pk_call *call, const pk_application *application);

#endif
