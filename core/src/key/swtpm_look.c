/* SPDX-License-Identifier: Apache-2.0 */
#include "key/swtpm_look.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/file_facts.h"

#include <errno.h>
#include <time.h>

static bool is_there(int folder, const char *name)
{
    pk_file_facts facts;

    return pk_file_look_at(folder, name, &facts) == 0;
}

static bool is_kept_by_user(int folder, int wait_ms, const atomic_bool *canceled)
{
    int lock = -1;

    if (!is_there(folder, PK_SWTPM_USER_LOCK))
        return false;
    if (pk_file_lock_at(folder, PK_SWTPM_USER_LOCK, wait_ms, canceled, &lock) != 0)
        return true;
    pk_file_unlock(lock);
    return false;
}

/* swtpm's own lock is of a kind that nobody can wait for. */
static bool is_kept_by_swtpm(int folder, int64_t deadline_ms, const atomic_bool *canceled)
{
    struct timespec pause = {0, 5000000};

    while (pk_file_is_locked_at(folder, PK_SWTPM_STATE_LOCK)) {
        if (pk_clock_monotonic_ms() >= deadline_ms || (canceled && atomic_load(canceled)))
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

static void look_into(int folder, int wait_ms, const atomic_bool *canceled, pk_swtpm_looks *out)
{
    int64_t deadline_ms = pk_clock_monotonic_ms() + wait_ms;

    out->has_folder = true;
    out->has_state = is_there(folder, PK_SWTPM_STATE);
    out->is_kept = is_kept_by_user(folder, wait_ms, canceled) ||
                   is_kept_by_swtpm(folder, deadline_ms, canceled);
}

int pk_swtpm_look(const char *home, int wait_ms, const atomic_bool *canceled,
                  pk_swtpm_looks *out_looks)
{
    int home_fd = -1, folder = -1;
    int failure = pk_folder_open(home, false, &home_fd);

    *out_looks = (pk_swtpm_looks){.has_folder = false};
    if (failure)
        return failure == ENOENT ? 0 : failure;
    failure = pk_folder_open_at(home_fd, PK_SWTPM_FOLDER, false, &folder);
    if (!failure)
        look_into(folder, wait_ms, canceled, out_looks);
    pk_folder_close(folder);
    pk_folder_close(home_fd);
    return failure == ENOENT ? 0 : failure;
}
