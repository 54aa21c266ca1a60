/* SPDX-License-Identifier: Apache-2.0
 *
 * Fails closed: a TPM that is there but may not be used is an error, never a
 * reason to take a weaker one, and tctildr is never left to its own default,
 * which ends at whoever listens on localhost:2321. */
#include "key/route.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/user.h"
#include "key/key.h"
#include "key/tpm_error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tss2/tss2_tctildr.h>

typedef enum route_kind { ROUTE_HARDWARE, ROUTE_SWTPM, ROUTE_AUTO, ROUTE_TCTI } route_kind;

/* ----------------------------------------------------------------- the option */

static passkey_status fail_option(passkey_error **out_error, const char *option, const char *why)
{
    pk_fail(out_error, PASSKEY_INVALID_OPTION, "The option tpm is \"%.200s\", which %s.", option,
            why);
    pk_error_set_hint(out_error, "Set it to hardware, swtpm, auto, or a TCTI with its "
                                 "configuration, such as device:" PK_TPM_DEVICE ".");
    return PASSKEY_INVALID_OPTION;
}

/* A TCTI is named with where to find the TPM. Only tabrmd may leave that out:
 * its default, the system bus, leads nowhere else. */
static passkey_status parse_tcti(const char *option, route_kind *out_kind,
                                 passkey_error **out_error)
{
    const char *colon = strchr(option, ':');

    if (!colon || colon == option)
        return fail_option(out_error, option, "is not a known word");
    if (!colon[1] && strcmp(option, "tabrmd:") != 0)
        return fail_option(out_error, option, "does not say where the TPM is");
    *out_kind = ROUTE_TCTI;
    return PASSKEY_OK;
}

static passkey_status parse_option(const char *option, route_kind *out_kind,
                                   passkey_error **out_error)
{
    if (!option || !*option)
        return fail_option(out_error, "", "is empty");
    if (!strcmp(option, "hardware"))
        *out_kind = ROUTE_HARDWARE;
    else if (!strcmp(option, "swtpm"))
        *out_kind = ROUTE_SWTPM;
    else if (!strcmp(option, "auto"))
        *out_kind = ROUTE_AUTO;
    else
        return parse_tcti(option, out_kind, out_error);
    return PASSKEY_OK;
}

passkey_status pk_tpm_option_check(const char *tpm_option, passkey_error **out_error)
{
    route_kind kind;

    return parse_option(tpm_option, &kind, out_error);
}

/* ----------------------------------------------------------------- the device */

/* The group is the node's own: distributions do not agree on its name. */
static passkey_status fail_permission(passkey_error **out_error, const char *path)
{
    char user[PK_USER_NAME_SIZE], owner[PK_USER_NAME_SIZE], group[PK_USER_NAME_SIZE];
    struct stat info;

    pk_user_name(geteuid(), user);
    if (stat(path, &info) != 0)
        return pk_fail(out_error, PASSKEY_TPM_PERMISSION,
                       "The user %s may not use the TPM device %s.", user, path);
    pk_user_name(info.st_uid, owner);
    pk_group_name(info.st_gid, group);
    pk_fail(out_error, PASSKEY_TPM_PERMISSION,
            "The user %s may not use the TPM device %s (mode %04o, owner %s, group %s).", user,
            path, (unsigned)(info.st_mode & 07777), owner, group);
    if ((info.st_mode & 0060) == 0060 && info.st_gid != 0)
        pk_error_set_hint(out_error, "Run: sudo usermod -aG %s %s, then log in again.", group,
                          user);
    else
        pk_error_set_hint(out_error, "The device is not open to a group of its own: install the "
                                     "package tpm-udev, or a udev rule that gives it to one.");
    return PASSKEY_TPM_PERMISSION;
}

static passkey_status fail_forbidden(passkey_error **out_error, const char *path)
{
    pk_fail(out_error, PASSKEY_TPM_PERMISSION, "The system forbids the use of the TPM device %s.",
            path);
    pk_error_set_hint(out_error, "In a container, start it with --device %s.", path);
    return PASSKEY_TPM_PERMISSION;
}

static passkey_status fail_absent(passkey_error **out_error, const char *path)
{
    pk_fail(out_error, PASSKEY_NO_TPM, "There is no TPM: %s does not exist.", path);
    pk_error_set_hint(out_error,
                      "Enable the TPM in the firmware; in a container, start it with --device %s; "
                      "for development, set the option tpm to swtpm.", path);
    return PASSKEY_NO_TPM;
}

#define HINT_FILES "Close files, or raise the limit on open files (ulimit -n)."

static bool is_out_of_files(int failure)
{
    return failure == EMFILE || failure == ENFILE;
}

static passkey_status fail_to_open(passkey_error **out_error, const char *path, int failure)
{
    const char *reason = strerrordesc_np(failure);

    if (failure == ENOMEM)
        return pk_fail_memory(out_error);
    pk_fail(out_error, PASSKEY_TPM_ERROR, "The TPM device %s cannot be opened: %s.", path, reason);
    pk_error_set_hint(out_error, is_out_of_files(failure) ? HINT_FILES
                                                          : "See what the system's log says.");
    pk_error_set_cause(out_error, "%s", reason);
    return PASSKEY_TPM_ERROR;
}

/* What an errno of open means to a person; the TSS has one code for all. */
static passkey_status fail_device(passkey_error **out_error, const char *path, int failure)
{
    passkey_status status;

    if (failure == ENOENT || failure == ENOTDIR || failure == ENODEV || failure == ENXIO)
        status = fail_absent(out_error, path);
    else if (failure == EACCES)
        status = fail_permission(out_error, path);
    else if (failure == EPERM)
        status = fail_forbidden(out_error, path);
    else if (failure == EBUSY)
        status = pk_fail(out_error, PASSKEY_TPM_BUSY, "Another program uses %s.", path);
    else
        return fail_to_open(out_error, path, failure);
    pk_error_set_cause(out_error, "%s", strerrordesc_np(failure));
    return status;
}

/* Without O_NONBLOCK the kernel would do a command's work inside write(), and
 * no limit of ours could end the wait. 0 or an errno value. */
static int open_device(const char *path, int *out_fd)
{
    int fd = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat info;

    if (fd < 0)
        return errno;
    if (fstat(fd, &info) != 0 || !S_ISCHR(info.st_mode)) {
        close(fd);
        return ENXIO;
    }
    *out_fd = fd;
    return 0;
}

/* ----------------------------------------------------------------- the routes */

static passkey_status route_device(const char *path, bool managed, const atomic_bool *canceled,
                                   pk_route *route, passkey_error **out_error)
{
    int failure = open_device(path, &route->fd);

    if (failure)
        return fail_device(out_error, path, failure);
    route->flushes_at_close = managed;
    route->tcti = pk_tcti_over_fd(route->fd, PK_TCTI_TIMEOUT_MS, canceled);
    return route->tcti ? PASSKEY_OK : pk_fail_memory(out_error);
}

static passkey_status route_swtpm(const char *home, const atomic_bool *canceled, pk_route *route,
                                  passkey_error **out_error)
{
    passkey_status status = pk_swtpm_start(home, canceled, &route->swtpm, out_error);

    if (status)
        return status;
    route->tcti = pk_tcti_over_fd(pk_swtpm_fd(route->swtpm), PK_TCTI_TIMEOUT_MS, canceled);
    return route->tcti ? PASSKEY_OK : pk_fail_memory(out_error);
}

/* Only a TPM that is not there makes way for the software TPM. */
static passkey_status route_auto(const char *path, const char *home, const atomic_bool *canceled,
                                 pk_route *route, passkey_error **out_error)
{
    passkey_error *error = NULL;
    passkey_status status = route_device(path, true, canceled, route, &error);

    if (status == PASSKEY_NO_TPM) {
        passkey_error_free(error);
        return route_swtpm(home, canceled, route, out_error);
    }
    if (status && out_error)
        *out_error = error;
    else
        passkey_error_free(error);
    return status;
}

/* Whether a file could be opened at all; 0 or an errno value. */
static int try_to_open(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

static passkey_status fail_files(passkey_error **out_error, const char *option)
{
    pk_fail(out_error, PASSKEY_TPM_ERROR,
            "The way to the TPM \"%.200s\" cannot be opened: too many open files.", option);
    pk_error_set_hint(out_error, HINT_FILES);
    return PASSKEY_TPM_ERROR;
}

/* tctildr has one code for everything; for some causes we can say more. */
static passkey_status fail_tcti(passkey_error **out_error, const char *option, TSS2_RC rc)
{
    const char *path = !strncmp(option, "device:", 7) ? option + 7 : NULL;
    int fd = -1;
    int failure = path ? open_device(path, &fd) : 0;

    if (fd >= 0)
        close(fd);
    if (failure)
        return fail_device(out_error, path, failure);
    if (is_out_of_files(try_to_open()))
        return fail_files(out_error, option);
    if (rc != TSS2_TCTI_RC_IO_ERROR && rc != TSS2_TCTI_RC_NO_CONNECTION)
        return pk_tpm_fail(out_error, rc, "connecting to the TPM");
    pk_fail(out_error, PASSKEY_NO_TPM, "No TPM answers at \"%.200s\".", option);
    pk_error_set_hint(out_error, "Check that it runs, and what stands behind the first colon of "
                                 "the option tpm.");
    pk_tpm_set_cause(out_error, rc);
    return PASSKEY_NO_TPM;
}

static passkey_status route_loaded(const char *option, const atomic_bool *canceled,
                                   pk_route *route, passkey_error **out_error)
{
    TSS2_RC rc = Tss2_TctiLdr_Initialize(option, &route->loaded);

    if (rc) {
        route->loaded = NULL;
        return fail_tcti(out_error, option, rc);
    }
    route->tcti = pk_tcti_over(route->loaded, canceled);
    return route->tcti ? PASSKEY_OK : pk_fail_memory(out_error);
}

/* The kernel's /dev/tpmrm… have a resource manager, /dev/tpm… have none. */
static bool is_managed(const char *path)
{
    const char *slash = strrchr(path, '/');

    return !strncmp(slash ? slash + 1 : path, "tpmrm", 5);
}

/* A device is opened as the default one is: the same errors, the same time
 * limit, and no line on stderr, which tctildr would write. */
static passkey_status route_tcti(const char *option, const atomic_bool *canceled, pk_route *route,
                                 passkey_error **out_error)
{
    static const char DEVICE[] = "device:";
    const char *path = option + sizeof DEVICE - 1;

    if (!strncmp(option, DEVICE, sizeof DEVICE - 1))
        return route_device(path, is_managed(path), canceled, route, out_error);
    return route_loaded(option, canceled, route, out_error);
}

passkey_status pk_route_open(const char *tpm_option, const char *home, const char *device_path,
                             const atomic_bool *canceled, pk_route *out_route,
                             passkey_error **out_error)
{
    pk_route route = PK_ROUTE_CLOSED;
    route_kind kind;
    passkey_status status = parse_option(tpm_option, &kind, out_error);

    if (status)
        return status;
    if (kind == ROUTE_HARDWARE)
        status = route_device(device_path, true, canceled, &route, out_error);
    else if (kind == ROUTE_SWTPM)
        status = route_swtpm(home, canceled, &route, out_error);
    else if (kind == ROUTE_AUTO)
        status = route_auto(device_path, home, canceled, &route, out_error);
    else
        status = route_tcti(tpm_option, canceled, &route, out_error);
    if (status)
        pk_route_close(&route);
    else
        *out_route = route;
    return status;
}

void pk_route_close(pk_route *route)
{
    pk_tcti_free(route->tcti);
    pk_swtpm_stop(route->swtpm);
    if (route->loaded)
        Tss2_TctiLdr_Finalize(&route->loaded);
    if (route->fd >= 0)
        close(route->fd);
    *route = (pk_route)PK_ROUTE_CLOSED;
}
