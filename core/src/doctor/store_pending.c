/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/file.h"
#include "base/file_facts.h"
#include "doctor/store_records.h"

#define LONG_S 300 /* no bind takes that long, unless its cloud is very slow */

typedef struct counting {
    int fd;
    size_t num, num_old;
} counting;

static bool count_one(const char *name, void *user)
{
    counting *this = user;
    pk_file_facts facts;

    if (*name == '.' || pk_file_look_at(this->fd, name, &facts) != 0 ||
        facts.kind != PK_FILE_REGULAR)
        return true;
    this->num++;
    this->num_old += facts.changed_s < pk_clock_now_ms() / 1000 - LONG_S;
    return true;
}

size_t pk_doctor_pending(pk_doctor *doctor, int home_fd)
{
    counting this = {.fd = -1};

    if (pk_folder_open_at(home_fd, "pending", false, &this.fd) != 0)
        return 0;
    pk_folder_each(this.fd, "", count_one, &this);
    pk_folder_close(this.fd);
    if (this.num_old) {
        pk_warn(doctor->found, PK_CHECK_STORE_PENDING, "%zu bind%s ended too early and can go on.",
                this.num_old, this.num_old == 1 ? "" : "s");
        pk_remedy(doctor->found, "Run: passkey resume");
    }
    return this.num;
}
