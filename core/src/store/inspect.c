/* SPDX-License-Identifier: Apache-2.0 */
#include "store/inspect.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/file_facts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define KEY_SUFFIX ".pem"

typedef struct inspection {
    int passkeys_fd, keys_fd;
    const pk_store_visitor *visitor;
    pk_buffer named; /* "\nfile\n…": the key files that records name */
    int failure;
} inspection;

/* ------------------------------------------------------------------ one record */

/* What pk_record_read does not tell: whether the record is of a newer version,
 * and the Name of the storage root key. */
static bool read_version(inspection *this, const pk_buffer *text, pk_record_looks *out)
{
    const char *reason = NULL, *name;
    pk_json *record = pk_json_parse(text->data, text->len, &reason);
    long long version = 0;
    bool newer;

    if (reason == PK_JSON_NO_MEMORY)
        this->failure = ENOMEM;
    newer = pk_json_number(record, "version", &version) && version > PK_RECORD_VERSION;
    name = pk_json_text(record, "key.srkName");
    snprintf(out->srk_name, sizeof out->srk_name, "%s", name ? name : "");
    pk_json_free(record);
    return newer;
}

static void judge_key(inspection *this, const char *key_sha256, pk_record_looks *looks)
{
    pk_buffer pem = {0};
    int failure = this->keys_fd < 0 ? ENOENT
                                    : pk_file_read_at(this->keys_fd, looks->key_file,
                                                      PK_KEY_FILE_MAX, &pem);

    if (failure == ENOMEM) {
        this->failure = failure;
    } else if (failure) {
        looks->fault = failure == ENOENT ? PK_RECORD_KEY_MISSING : PK_RECORD_KEY_CHANGED;
        looks->why = failure == ENOENT ? "it is missing" : strerrordesc_np(failure);
    } else if ((looks->why = pk_record_key_reason(&pem, key_sha256))) {
        looks->fault = PK_RECORD_KEY_CHANGED;
    }
    pk_buffer_free(&pem);
}

static void judge_record(inspection *this, const pk_buffer *text, passkey_credential *credential,
                         pk_record_looks *looks)
{
    char key_sha256[PK_HEX_SHA256_SIZE], file[PK_RECORD_FILE_SIZE];
    bool newer = read_version(this, text, looks);

    looks->why = pk_record_read(text, credential, key_sha256);
    if (looks->why) {
        looks->fault = newer ? PK_RECORD_NEWER : PK_RECORD_DAMAGED;
        return;
    }
    looks->id = credential->id;
    if (!pk_record_file(credential->id, file) || strcmp(file, looks->file) != 0) {
        looks->fault = PK_RECORD_DAMAGED;
        looks->why = "its id does not fit its file name";
        return;
    }
    judge_key(this, key_sha256, looks);
}

/* Who replaces or deletes a passkey removes first its record, then its key. */
static bool is_gone(const inspection *this, const char *file)
{
    pk_file_facts facts;

    return pk_file_look_at(this->passkeys_fd, file, &facts) == ENOENT;
}

static void note_named(inspection *this, const char *file)
{
    if (!pk_buffer_printf(&this->named, "\n%s\n", file))
        this->failure = ENOMEM;
}

static bool inspect_record(const char *file, void *user)
{
    inspection *this = user;
    passkey_credential credential = {0};
    pk_record_looks looks = {.file = file, .fault = PK_RECORD_FINE};
    char key_file[PK_KEY_FILE_SIZE];
    pk_buffer text = {0};
    int failure = pk_file_read_at(this->passkeys_fd, file, PK_RECORD_MAX, &text);

    if (failure == ENOENT)
        return true; /* replaced while we look */
    if (failure) {
        looks.fault = PK_RECORD_UNREADABLE;
        looks.why = strerrordesc_np(failure);
    } else {
        if (pk_record_key_named(&text, key_file)) {
            looks.key_file = key_file;
            note_named(this, key_file);
        }
        judge_record(this, &text, &credential, &looks);
    }
    if (looks.why == PK_JSON_NO_MEMORY || failure == ENOMEM)
        this->failure = ENOMEM;
    if (!this->failure && !(looks.fault == PK_RECORD_KEY_MISSING && is_gone(this, file)))
        this->visitor->on_record(this->visitor->user, &looks);
    pk_credential_clear(&credential);
    pk_buffer_free(&text);
    return !this->failure;
}

/* ------------------------------------------------------------------- the keys */

static bool is_named(const inspection *this, const char *file)
{
    pk_buffer line = {0};
    bool named = !pk_buffer_printf(&line, "\n%s\n", file) ||
                 (this->named.data && strstr(this->named.data, line.data));

    pk_buffer_free(&line);
    return named;
}

static bool inspect_key(const char *file, void *user)
{
    inspection *this = user;
    pk_file_facts facts;

    if (!is_named(this, file) && pk_file_look_at(this->keys_fd, file, &facts) == 0 &&
        facts.changed_s < pk_clock_now_ms() / 1000 - PK_STORE_ORPHAN_AGE_S)
        this->visitor->on_orphan(this->visitor->user, file);
    return true;
}

int pk_store_inspect(int passkeys_fd, int keys_fd, const pk_store_visitor *visitor)
{
    inspection this = {.passkeys_fd = passkeys_fd, .keys_fd = keys_fd, .visitor = visitor};
    int failure = 0;

    if (passkeys_fd >= 0)
        failure = pk_folder_each(passkeys_fd, PK_RECORD_SUFFIX, inspect_record, &this);
    if (!failure)
        failure = this.failure;
    if (!failure && keys_fd >= 0)
        failure = pk_folder_each(keys_fd, KEY_SUFFIX, inspect_key, &this);
    pk_buffer_free(&this.named);
    return failure;
}
