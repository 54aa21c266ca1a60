/* SPDX-License-Identifier: Apache-2.0
 * The store's folders: whether bind may keep a passkey in them, and nobody else
 * may. */
#include "base/file.h"
#include "base/file_facts.h"
#include "base/user.h"
#include "doctor/doctor.h"
#include "doctor/store_records.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NEED_BYTES 65536u         /* a record, a key and the software TPM's state, each twice */
#define FEW_BYTES (16u << 20)     /* worth a warning */
#define NEED_FILES 8u

/* --------------------------------------------------------- where it shall be */

/* The nearest folder above path that is there. */
static bool nearest_folder(const char *path, char out[PATH_MAX])
{
    pk_file_facts facts;
    bool more = pk_path_parent(path, out, PATH_MAX);

    while (more && pk_file_look(out, &facts) == ENOENT)
        more = pk_path_parent(out, out, PATH_MAX);
    return more;
}

/* The first bind makes it, if it may. */
static void check_future_home(pk_doctor *this)
{
    char above[PATH_MAX];
    int failure = nearest_folder(this->home, above) ? pk_folder_look_writable(above) : ENOENT;

    if (!failure) {
        pk_ok(this->found, PK_CHECK_STORE_FOLDER, "There is no store at %s yet; the first bind "
              "makes it.", this->home);
        return;
    }
    pk_problem(this->found, PK_CHECK_STORE_FOLDER, "There is no store at %s, and none can be made: "
               "%s: %s.", this->home, above, strerrordesc_np(failure));
    pk_remedy(this->found, "Set the option home (PASSKEY_HOME) to a folder of this user, or have "
                           "%s made for it with mode 0700.", pk_word(this->home).x);
}

/* Whether there is a folder to look into. */
static bool check_home(pk_doctor *this, pk_file_facts *out)
{
    int failure = this->home ? pk_file_look(this->home, out) : 0;

    if (!this->home) {
        pk_problem(this->found, PK_CHECK_STORE_FOLDER, "There is no place for the store: the "
                   "option home, XDG_DATA_HOME and HOME are unset.");
        pk_remedy(this->found, "Set PASSKEY_HOME to a folder of this user.");
    } else if (failure == ENOENT) {
        check_future_home(this);
    } else if (failure) {
        pk_problem(this->found, PK_CHECK_STORE_FOLDER, "The store %s cannot be looked at: %s.",
                   this->home, strerrordesc_np(failure));
        pk_remedy(this->found, "Check the permissions of the folders it is in (namei -l %s).",
                  pk_word(this->home).x);
    } else if (out->kind != PK_FILE_FOLDER) {
        pk_problem(this->found, PK_CHECK_STORE_FOLDER, "The store %s is no folder.", this->home);
        pk_remedy(this->found, "Set the option home (PASSKEY_HOME) to a folder.");
    } else {
        pk_ok(this->found, PK_CHECK_STORE_FOLDER, "The store is %s.", this->home);
        return true;
    }
    return false;
}

/* ------------------------------------------------------ whose it is, who may */

static void judge_owner(pk_doctor *this, const char *path, const pk_file_facts *facts)
{
    char owner[PK_USER_NAME_SIZE], user[PK_USER_NAME_SIZE];

    if (facts->owner == geteuid())
        return;
    pk_user_name(facts->owner, owner);
    pk_user_name(geteuid(), user);
    pk_problem(this->found, PK_CHECK_STORE_OWNER, "%s belongs to %s, not to this user (%s).", path,
               owner, user);
    pk_remedy(this->found, "Run as %s, or: sudo chown -R %s %s", owner, user,
              pk_word(this->home).x);
}

static void judge_permissions(pk_doctor *this, const char *path, const pk_file_facts *facts)
{
    if (!(facts->mode & 077))
        return;
    pk_problem(this->found, PK_CHECK_STORE_PERMISSIONS, "Group or others may use %s (mode %04o).",
               path, (unsigned)facts->mode);
    pk_remedy(this->found, "Run: %schmod 700 %s", facts->owner == geteuid() ? "" : "sudo ",
              pk_word(path).x);
}

static const char *const FOLDERS[] = {"passkeys", "keys", "pending", "swtpm"};

static void judge_inner(pk_doctor *this, const char *name)
{
    char path[PATH_MAX];
    pk_file_facts facts;
    int len = snprintf(path, sizeof path, "%s/%s", this->home, name);

    if (len < 0 || (size_t)len >= sizeof path || pk_file_look(path, &facts) != 0)
        return;
    if (facts.kind != PK_FILE_FOLDER) {
        pk_problem(this->found, PK_CHECK_STORE_FOLDER, "%s is no folder.", path);
        pk_remedy(this->found, "Move it away: it is no part of a store.");
        return;
    }
    judge_owner(this, path, &facts);
    judge_permissions(this, path, &facts);
    if (facts.owner == geteuid() && pk_folder_look_writable(path) != 0) {
        pk_problem(this->found, PK_CHECK_STORE_WRITABLE, "%s cannot be written.", path);
        pk_remedy(this->found, "Run: chmod 700 %s", pk_word(path).x);
    }
}

/* One finding when all is well. */
static void check_access(pk_doctor *this, const pk_file_facts *home)
{
    size_t before = passkey_examination_count(this->found), i;

    judge_owner(this, this->home, home);
    judge_permissions(this, this->home, home);
    for (i = 0; i < sizeof FOLDERS / sizeof *FOLDERS; i++)
        judge_inner(this, FOLDERS[i]);
    if (passkey_examination_count(this->found) == before)
        pk_ok(this->found, PK_CHECK_STORE_PERMISSIONS, "It belongs to this user, and nobody else "
              "may use it.");
}

/* Many systems give each user a group of the same name. */
static bool is_own_group(gid_t gid)
{
    char user[PK_USER_NAME_SIZE], group[PK_USER_NAME_SIZE];

    pk_user_name(geteuid(), user);
    pk_group_name(gid, group);
    return !strcmp(user, group);
}

/* The sticky bit lets nobody remove what is another's. */
static bool may_others_write(const pk_file_facts *facts)
{
    if (facts->mode & 01000)
        return false;
    return (facts->mode & 002) || ((facts->mode & 020) && !is_own_group(facts->group));
}

/* Whether there was anything to find. */
static bool judge_parent(pk_doctor *this, const char *path, const pk_file_facts *facts)
{
    char owner[PK_USER_NAME_SIZE];

    if (may_others_write(facts)) {
        pk_warn(this->found, PK_CHECK_STORE_PARENTS, "Others may write to %s (mode %04o), and so "
                "put another store in the place of this one.", path, (unsigned)facts->mode);
        pk_remedy(this->found, "Run: %schmod go-w %s", facts->owner == geteuid() ? "" : "sudo ",
                  pk_word(path).x);
        return true;
    }
    if (facts->owner == 0 || facts->owner == geteuid())
        return false;
    pk_user_name(facts->owner, owner);
    pk_warn(this->found, PK_CHECK_STORE_PARENTS, "%s belongs to %s, who can put another store in "
            "the place of this one.", path, owner);
    pk_remedy(this->found, "Set the option home (PASSKEY_HOME) to a folder elsewhere.");
    return true;
}

/* One finding is enough: the nearest. */
static void check_parents(pk_doctor *this)
{
    char path[PATH_MAX];
    pk_file_facts facts;
    bool more = pk_path_parent(this->home, path, sizeof path);

    for (; more; more = pk_path_parent(path, path, sizeof path))
        if (pk_file_look(path, &facts) == 0 && judge_parent(this, path, &facts))
            return;
    pk_ok(this->found, PK_CHECK_STORE_PARENTS, "Only this user and root may replace it.");
}

/* ------------------------------------------------------------- room and locks */

static void find_no_space(pk_doctor *this, const char *why)
{
    pk_problem(this->found, PK_CHECK_STORE_SPACE, "The disk of the store has no room: %s.", why);
    pk_remedy(this->found, "Make room on it: df -h %s; df -i %s", pk_word(this->home).x,
              pk_word(this->home).x);
}

/* A limit of this user (a quota) shows only when a file is made: where one that
 * is left behind is swept away later. */
static int try_room(int home_fd)
{
    char temporary[PK_TEMPORARY_SIZE];
    int inner_fd = -1;
    int fd = pk_folder_open_at(home_fd, FOLDERS[0], false, &inner_fd) ? home_fd : inner_fd;
    int failure = pk_file_reserve_at(fd, NEED_BYTES, temporary);

    if (!failure)
        failure = pk_file_remove_at(fd, temporary);
    pk_folder_close(inner_fd);
    return failure;
}

static void check_space(pk_doctor *this, int home_fd)
{
    uint64_t bytes = UINT64_MAX, files = UINT64_MAX;
    int failure = try_room(home_fd);

    pk_folder_room(home_fd, &bytes, &files);
    if (failure == EACCES || failure == EPERM) {
        return; /* was found already */
    } else if (failure == ENOMEM) {
        pk_examination_no_memory(this->found);
    } else if (failure) {
        find_no_space(this, strerrordesc_np(failure));
    } else if (files < NEED_FILES) {
        find_no_space(this, "no more files can be made");
    } else if (bytes < FEW_BYTES) {
        pk_warn(this->found, PK_CHECK_STORE_SPACE, "The disk of the store has only %llu kB left.",
                (unsigned long long)(bytes / 1024));
        pk_remedy(this->found, "Make room on it: df -h %s", pk_word(this->home).x);
    } else {
        pk_ok(this->found, PK_CHECK_STORE_SPACE, "Its disk has %llu MB left.",
              (unsigned long long)(bytes >> 20));
    }
}

/* Whether a file could be made. */
static bool check_writable(pk_doctor *this, const pk_file_facts *home)
{
    int failure = pk_folder_look_writable(this->home);

    if (!failure) {
        pk_ok(this->found, PK_CHECK_STORE_WRITABLE, "It can be written.");
        return true;
    }
    pk_problem(this->found, PK_CHECK_STORE_WRITABLE, "The store %s cannot be written: %s.",
               this->home, strerrordesc_np(failure));
    if (failure == EROFS)
        pk_remedy(this->found, "Its disk is mounted read-only: mount it for writing, or set the "
                               "option home (PASSKEY_HOME) to a folder elsewhere.");
    else
        pk_remedy(this->found, "Run: %schmod 700 %s", home->owner == geteuid() ? "" : "sudo ",
                  pk_word(this->home).x);
    return false;
}

static void check_lock(pk_doctor *this, int home_fd)
{
    pk_file_facts facts;
    int lock = -1, failure;

    if (pk_file_look_at(home_fd, "lock", &facts) != 0)
        return;
    failure = pk_file_lock_at(home_fd, "lock", PK_DOCTOR_LOCK_MS, this->canceled, &lock);
    pk_file_unlock(lock);
    if (!failure)
        return;
    pk_problem(this->found, PK_CHECK_STORE_LOCK, "The lock of the store %s cannot be had: %s.",
               this->home, failure == ETIMEDOUT ? "another process keeps it"
                                                : strerrordesc_np(failure));
    pk_remedy(this->found, "See which process has it: fuser -v %s/lock; end it if it hangs.",
              pk_word(this->home).x);
}

void pk_doctor_store(pk_doctor *this)
{
    pk_file_facts home;
    int home_fd = -1;

    if (!check_home(this, &home))
        return;
    check_access(this, &home);
    check_parents(this);
    if (pk_folder_open(this->home, false, &home_fd) != 0) {
        check_writable(this, &home);
        return;
    }
    if (check_writable(this, &home)) {
        check_space(this, home_fd);
        check_lock(this, home_fd);
    }
    pk_doctor_records(this, home_fd);
    pk_folder_close(home_fd);
}
