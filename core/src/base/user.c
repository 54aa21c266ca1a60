/* SPDX-License-Identifier: Apache-2.0 */
#include "base/user.h"

#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>

#define STORAGE_SIZE 4096
#define MAX_GROUPS 1024

void pk_user_name(uid_t uid, char out[PK_USER_NAME_SIZE])
{
    char storage[STORAGE_SIZE];
    struct passwd user, *found = NULL;

    if (getpwuid_r(uid, &user, storage, sizeof storage, &found) == 0 && found)
        snprintf(out, PK_USER_NAME_SIZE, "%s", user.pw_name);
    else
        snprintf(out, PK_USER_NAME_SIZE, "%lu", (unsigned long)uid);
}

void pk_group_name(gid_t gid, char out[PK_USER_NAME_SIZE])
{
    char storage[STORAGE_SIZE];
    struct group group, *found = NULL;

    if (getgrgid_r(gid, &group, storage, sizeof storage, &found) == 0 && found)
        snprintf(out, PK_USER_NAME_SIZE, "%s", group.gr_name);
    else
        snprintf(out, PK_USER_NAME_SIZE, "%lu", (unsigned long)gid);
}

bool pk_user_is_member(uid_t uid, gid_t gid)
{
    char storage[STORAGE_SIZE];
    struct passwd user, *found = NULL;
    gid_t groups[MAX_GROUPS];
    int num = MAX_GROUPS, i;

    if (getpwuid_r(uid, &user, storage, sizeof storage, &found) != 0 || !found ||
        getgrouplist(user.pw_name, user.pw_gid, groups, &num) < 0)
        return false;
    for (i = 0; i < num; i++)
        if (groups[i] == gid)
            return true;
    return false;
}
