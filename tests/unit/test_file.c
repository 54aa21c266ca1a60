/* SPDX-License-Identifier: Apache-2.0
 * Files and folders: private, whole, durable. */
#include "unit.h"

#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct folder {
    char *path;
    int fd;
} folder;

static int open_folder(void **state)
{
    folder *this = calloc(1, sizeof *this);

    this->path = unit_folder();
    *state = this;
    return pk_folder_open(this->path, false, &this->fd);
}

static int close_folder(void **state)
{
    folder *this = *state;

    pk_folder_close(this->fd);
    unit_folder_remove(this->path);
    free(this);
    return 0;
}

static bool count_names(const char *name, void *user)
{
    (void)name;
    ++*(int *)user;
    return true;
}

static int num_entries(int fd)
{
    int count = 0;

    assert_int_equal(pk_folder_each(fd, "", count_names, &count), 0);
    return count - 2; /* . and .. */
}

static void written_file_is_private_and_reads_back(void **state)
{
    folder *this = *state;
    mode_t umask_before = umask(0);
    pk_buffer text = {0};
    struct stat info;

    assert_int_equal(pk_file_write_at(this->fd, "a.json", "first", 5), 0);
    assert_int_equal(pk_file_write_at(this->fd, "a.json", "second", 6), 0);
    umask(umask_before);
    assert_int_equal(fstatat(this->fd, "a.json", &info, 0), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_int_equal(pk_file_read_at(this->fd, "a.json", 6, &text), 0);
    assert_string_equal(text.data, "second");
    assert_int_equal(num_entries(this->fd), 1);
    pk_buffer_free(&text);
}

static void reading_is_bounded_and_follows_no_link(void **state)
{
    folder *this = *state;
    pk_buffer text = {0};

    assert_int_equal(pk_file_write_at(this->fd, "a", "12345", 5), 0);
    assert_int_equal(pk_file_read_at(this->fd, "a", 4, &text), EFBIG);
    assert_int_equal(text.len, 0);
    assert_int_equal(symlinkat("a", this->fd, "link"), 0);
    assert_int_equal(pk_file_read_at(this->fd, "link", 100, &text), ELOOP);
    assert_int_equal(mkfifoat(this->fd, "fifo", 0600), 0);
    assert_int_equal(pk_file_read_at(this->fd, "fifo", 100, &text), EINVAL);
    assert_int_equal(pk_file_read_at(this->fd, "none", 100, &text), ENOENT);
}

static void failed_write_leaves_the_old_file_and_no_other(void **state)
{
    folder *this = *state;
    pk_buffer text = {0};

    assert_int_equal(pk_file_write_at(this->fd, "a", "old", 3), 0);
    assert_int_equal(mkdirat(this->fd, "b", 0700), 0);
    assert_int_equal(pk_file_write_at(this->fd, "b", "new", 3), EISDIR);
    assert_int_equal(num_entries(this->fd), 2);
    assert_int_equal(pk_file_read_at(this->fd, "a", 9, &text), 0);
    assert_string_equal(text.data, "old");
    pk_buffer_free(&text);
}

static void folders_are_made_private(void **state)
{
    folder *this = *state;
    char path[300];
    struct stat info;
    int fd = -1;

    snprintf(path, sizeof path, "%s/x/y/z", this->path);
    assert_int_equal(pk_folder_open(path, false, &fd), ENOENT);
    assert_int_equal(pk_folder_open(path, true, &fd), 0);
    assert_int_equal(fstat(fd, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0700);
    assert_int_equal(pk_folder_check_private(fd), 0);
    assert_int_equal(fchmod(fd, 0750), 0);
    assert_int_equal(pk_folder_check_private(fd), EACCES);
    pk_folder_close(fd);
}

static void lock_excludes_and_times_out(void **state)
{
    folder *this = *state;
    int one = -1, other = -1;

    assert_int_equal(pk_file_lock_at(this->fd, "lock", 0, NULL, &one), 0);
    assert_int_equal(pk_file_lock_at(this->fd, "lock", 5, NULL, &other), ETIMEDOUT);
    pk_file_unlock(one);
    assert_int_equal(pk_file_lock_at(this->fd, "lock", 0, NULL, &other), 0);
    pk_file_unlock(other);
}

static void removing_twice_is_fine(void **state)
{
    folder *this = *state;

    assert_int_equal(pk_file_write_at(this->fd, "a", "x", 1), 0);
    assert_int_equal(pk_file_remove_at(this->fd, "a"), 0);
    assert_int_equal(pk_file_remove_at(this->fd, "a"), 0);
}

#define FILE_TEST(test) cmocka_unit_test_setup_teardown(test, open_folder, close_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(written_file_is_private_and_reads_back),
        FILE_TEST(reading_is_bounded_and_follows_no_link),
        FILE_TEST(failed_write_leaves_the_old_file_and_no_other),
        FILE_TEST(folders_are_made_private),
        FILE_TEST(lock_excludes_and_times_out),
        FILE_TEST(removing_twice_is_fine),
    };

    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
