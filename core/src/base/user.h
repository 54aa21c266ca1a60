/* SPDX-License-Identifier: Apache-2.0
 * Users and groups as people name them. */
#ifndef PK_USER_H
#define PK_USER_H

#include <stdbool.h>
#include <sys/types.h>

#define PK_USER_NAME_SIZE 64

/* The name, or the number when there is none. */
void pk_user_name(uid_t uid, char out[PK_USER_NAME_SIZE]);
void pk_group_name(gid_t gid, char out[PK_USER_NAME_SIZE]);

/* Whether the system's lists have the user in the group: so it will be in a
 * session that begins now, whatever this one has. */
bool pk_user_is_member(uid_t uid, gid_t gid);

#endif
