/* SPDX-License-Identifier: Apache-2.0
 * To be preloaded (LD_PRELOAD): lets chosen calls on chosen files fail.
 *
 *     FAILING_FILES="fsync:*x/passkeys:1:EIO;read:*.json:2+:EIO"
 *
 * The call is fsync, read, write, pwrite or posix_fallocate. The pattern is matched
 * (fnmatch) with the path that the file has at that moment. 2 is the second
 * such call of the process alone, 2+ that one and all that follow.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_RULES 8

typedef struct rule {
    char call[20];
    char pattern[PATH_MAX];
    unsigned long first;
    bool and_later;
    int failure;
    unsigned long num_calls;
} rule;

static rule rules[MAX_RULES];
static size_t num_rules;

static const struct {
    const char *name;
    int failure;
} FAILURES[] = {{"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EMFILE", EMFILE}, {"EDQUOT", EDQUOT}};

static int failure_of(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof FAILURES / sizeof *FAILURES; i++)
        if (!strcmp(FAILURES[i].name, name))
            return FAILURES[i].failure;
    fprintf(stderr, "failing_files: %s is not known\n", name);
    abort();
}

static void add_rule(const char *text)
{
    rule *this = &rules[num_rules++];
    char number[20], name[20];

    if (num_rules > MAX_RULES || sscanf(text, "%19[^:]:%4095[^:]:%19[^:]:%19[^:;]", this->call,
                                        this->pattern, number, name) != 4) {
        fprintf(stderr, "failing_files: no rule: %s\n", text);
        abort();
    }
    this->first = strtoul(number, NULL, 10);
    this->and_later = strchr(number, '+');
    this->failure = failure_of(name);
}

__attribute__((constructor)) static void read_rules(void)
{
    char text[PATH_MAX];
    char *at = NULL, *one;

    snprintf(text, sizeof text, "%s", getenv("FAILING_FILES") ? getenv("FAILING_FILES") : "");
    for (one = strtok_r(text, ";", &at); one; one = strtok_r(NULL, ";", &at))
        add_rule(one);
}

static bool applies(rule *this, const char *call, const char *path)
{
    unsigned long number;

    if (strcmp(this->call, call) || fnmatch(this->pattern, path, 0))
        return false;
    number = __atomic_add_fetch(&this->num_calls, 1, __ATOMIC_SEQ_CST);
    return number == this->first || (this->and_later && number > this->first);
}

/* 0, or why this call is to fail. */
static int why_fail(const char *call, int fd)
{
    char link[40], path[PATH_MAX];
    ssize_t len;
    size_t i;

    if (!num_rules)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    len = readlink(link, path, sizeof path - 1);
    path[len < 0 ? 0 : len] = '\0';
    for (i = 0; i < num_rules; i++)
        if (applies(&rules[i], call, path))
            return rules[i].failure;
    return 0;
}

static void *real(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

int fsync(int fd)
{
    int failure = why_fail("fsync", fd);

    if (!failure)
        return ((int (*)(int))real("fsync"))(fd);
    errno = failure;
    return -1;
}

ssize_t read(int fd, void *out, size_t len)
{
    int failure = why_fail("read", fd);

    if (!failure)
        return ((ssize_t(*)(int, void *, size_t))real("read"))(fd, out, len);
    errno = failure;
    return -1;
}

/* What read is when it was compiled with _FORTIFY_SOURCE. */
ssize_t __read_chk(int fd, void *out, size_t len, size_t out_size);
ssize_t __read_chk(int fd, void *out, size_t len, size_t out_size)
{
    if (len > out_size)
        abort();
    return read(fd, out, len);
}

ssize_t write(int fd, const void *x, size_t len)
{
    int failure = why_fail("write", fd);

    if (!failure)
        return ((ssize_t(*)(int, const void *, size_t))real("write"))(fd, x, len);
    errno = failure;
    return -1;
}

ssize_t pwrite(int fd, const void *x, size_t len, off_t at)
{
    int failure = why_fail("pwrite", fd);

    if (!failure)
        return ((ssize_t(*)(int, const void *, size_t, off_t))real("pwrite"))(fd, x, len, at);
    errno = failure;
    return -1;
}

int posix_fallocate(int fd, off_t offset, off_t len)
{
    int failure = why_fail("posix_fallocate", fd);

    return failure ? failure
                   : ((int (*)(int, off_t, off_t))real("posix_fallocate"))(fd, offset, len);
}
