/* SPDX-License-Identifier: Apache-2.0
 * The description of the API (OpenAPI 3.1): openapi.json, as the build put it
 * into the program. */
#ifndef PK_OPENAPI_H
#define PK_OPENAPI_H

extern const char pk_openapi_text[];

#endif
