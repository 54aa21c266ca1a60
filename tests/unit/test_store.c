/* SPDX-License-Identifier: Apache-2.0
 * The store: ids, records, replacement, permissions, damage. */
#include "unit.h"

#include "store/store.h"

#include <sys/stat.h>
#include <unistd.h>

static const uint8_t NAME[34] = {0, 0x0b, 1};
static const char PEM[] = "-----BEGIN TSS2 PRIVATE KEY-----\n";

typedef struct place {
    char *home;
    pk_store *store;
} place;

static int open_place(void **state)
{
    place *this = calloc(1, sizeof *this);

    this->home = unit_folder();
    *state = this;
    return pk_store_open(this->home, &this->store, NULL);
}

static int close_place(void **state)
{
    place *this = *state;

    pk_store_close(this->store);
    unit_folder_remove(this->home);
    free(this);
    return 0;
}

/* A complete passkey of an identity, made at a time. */
static passkey_credential passkey_of(const char *identity, const char *created, const char *handle)
{
    passkey_credential credential = {0};

#define FILL(member, path, required) credential.member = strdup(#member " \xf0\x9f\x94\x91");
    PK_CREDENTIAL_FIELDS(FILL)
#undef FILL
    free(credential.id);
    free(credential.identity_id);
    free(credential.local_created);
    free(credential.key_handle);
    credential.identity_id = strdup(identity);
    credential.local_created = strdup(created);
    credential.key_handle = strdup(handle);
    credential.id = pk_credential_make_id(credential.tenant_id, credential.realm_id, identity,
                                          created);
    assert_true(pk_credential_finish(&credential));
    return credential;
}

static void add(place *this, const char *identity, const char *created)
{
    const pk_record_key key = {PEM, NAME, NAME, sizeof NAME};
    pk_store *store = NULL;
    char handle[PK_KEY_HANDLE_SIZE];
    passkey_credential credential;

    assert_int_equal(pk_store_open(this->home, &store, NULL), PASSKEY_OK);
    assert_true(pk_store_new_handle(handle));
    assert_int_equal(pk_store_put_key(store, handle, PEM, NULL), PASSKEY_OK);
    credential = passkey_of(identity, created, handle);
    assert_int_equal(pk_store_add(store, &credential, &key, NULL), PASSKEY_OK);
    pk_store_close(store);
    pk_credential_clear(&credential);
}

static passkey_credential_list *list(const place *this)
{
    passkey_credential_list *found = NULL;

    assert_int_equal(pk_store_list(this->home, &found, NULL), PASSKEY_OK);
    return found;
}

static int num_files(const place *this, const char *folder)
{
    char command[300];
    FILE *pipe;
    int count = -1;

    snprintf(command, sizeof command, "find '%s/%s' -type f | wc -l", this->home, folder);
    pipe = popen(command, "r");
    assert_int_equal(fscanf(pipe, "%d", &count), 1);
    pclose(pipe);
    return count;
}

static void id_as_the_official_sdk_makes_it(void **state)
{
    char *id = pk_credential_make_id("tt1700000000120", "rr", "ii", "2023-11-14T22:13:20.120Z");
    (void)state;

    assert_int_equal(strlen(id), 64);
    assert_int_equal(strncmp(id, "870b80bb67bd40ef", 16), 0);
    pk_text_free(id);
}

static void added_passkeys_are_listed_oldest_first(void **state)
{
    place *this = *state;
    passkey_credential_list *found;

    add(this, "bob", "2026-01-02T00:00:00.005Z");
    add(this, "ann", "2026-01-02T00:00:00Z");
    found = list(this);
    assert_int_equal(passkey_credential_list_count(found), 2);
    assert_string_equal(passkey_credential_identity_id(passkey_credential_list_at(found, 0)), "ann");
    assert_string_equal(passkey_credential_identity_username(passkey_credential_list_at(found, 1)),
                        "identity_username \xf0\x9f\x94\x91");
    assert_null(passkey_credential_list_at(found, 2));
    assert_int_equal(passkey_credential_list_json(found)[0], '[');
    passkey_credential_list_free(found);
}

static void a_new_passkey_replaces_that_of_the_same_identity(void **state)
{
    place *this = *state;
    passkey_credential_list *found;

    add(this, "ann", "2026-01-01T00:00:00Z");
    add(this, "bob", "2026-01-01T00:00:00Z");
    add(this, "ann", "2026-01-03T00:00:00Z");
    found = list(this);
    assert_int_equal(passkey_credential_list_count(found), 2);
    assert_string_equal(passkey_credential_local_created(passkey_credential_list_at(found, 1)),
                        "2026-01-03T00:00:00Z");
    assert_int_equal(num_files(this, "keys"), 2);
    assert_int_equal(num_files(this, "passkeys"), 2 + 1); /* one is reserved */
    passkey_credential_list_free(found);
}

static void files_are_private(void **state)
{
    static const char *const folders[] = {"", "/passkeys", "/keys"};
    place *this = *state;
    char command[400];
    struct stat info;
    size_t i;

    add(this, "ann", "2026-01-01T00:00:00Z");
    for (i = 0; i < NUM(folders); i++) {
        char path[300];

        snprintf(path, sizeof path, "%s%s", this->home, folders[i]);
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_mode & 07777, 0700);
    }
    snprintf(command, sizeof command, "test -z \"$(find '%s' -type f ! -perm 600)\"", this->home);
    assert_int_equal(system(command), 0);
}

static void a_damaged_record_is_named_and_hides_no_other(void **state)
{
    static const char *const damage[] = {"",
                                         "not json",
                                         "{}",
                                         "{\"version\":2}",
                                         "{\"version\":1,\"passkey\":{\"keyHandle\":\"km:../../x\"}}",
                                         "[]"};
    place *this = *state;
    passkey_credential_list *found;
    size_t i;

    add(this, "ann", "2026-01-01T00:00:00Z");
    for (i = 0; i < NUM(damage); i++) {
        char path[300];
        FILE *file;

        snprintf(path, sizeof path, "%s/passkeys/%zu.json", this->home, i);
        file = fopen(path, "w");
        fputs(damage[i], file);
        fclose(file);
    }
    found = list(this);
    assert_int_equal(passkey_credential_list_count(found), 1);
    assert_int_equal(passkey_credential_list_num_damaged(found), NUM(damage));
    assert_non_null(strstr(passkey_credential_list_damaged(found, 0), ".json: "));
    passkey_credential_list_free(found);
}

static void a_record_under_another_name_counts_as_damaged(void **state)
{
    place *this = *state;
    passkey_credential_list *found;
    char command[400];

    add(this, "ann", "2026-01-01T00:00:00Z");
    snprintf(command, sizeof command, "cd '%s/passkeys' && cp *.json copy.json", this->home);
    assert_int_equal(system(command), 0);
    found = list(this);
    assert_int_equal(passkey_credential_list_count(found), 1);
    assert_int_equal(passkey_credential_list_num_damaged(found), 1);
    passkey_credential_list_free(found);
}

static void a_store_that_others_may_use_is_refused(void **state)
{
    place *this = *state;
    passkey_credential_list *found = NULL;
    pk_store *store = NULL;
    passkey_error *error;

    assert_int_equal(chmod(this->home, 0755), 0);
    assert_fails_with(PASSKEY_STORE_UNSAFE, pk_store_open(this->home, &store, &error), error);
    assert_non_null(strstr(passkey_error_hint(error), "chmod 700"));
    passkey_error_free(error);
    assert_fails_with(PASSKEY_STORE_UNSAFE, pk_store_list(this->home, &found, &error), error);
    passkey_error_free(error);
    assert_null(store);
    assert_null(found);
}

static void a_store_that_is_not_there_is_empty_and_not_made(void **state)
{
    place *this = *state;
    passkey_credential_list *found = NULL;
    char path[300];

    snprintf(path, sizeof path, "%s/none", this->home);
    assert_int_equal(pk_store_list(path, &found, NULL), PASSKEY_OK);
    assert_int_equal(passkey_credential_list_count(found), 0);
    assert_string_equal(passkey_credential_list_json(found), "[]");
    assert_int_not_equal(access(path, F_OK), 0);
    passkey_credential_list_free(found);
}

static void a_file_in_the_folders_place_is_an_error(void **state)
{
    place *this = *state;
    passkey_error *error;
    pk_store *store = NULL;
    char path[300];

    snprintf(path, sizeof path, "%s/file", this->home);
    fclose(fopen(path, "w"));
    assert_fails_with(PASSKEY_STORE_UNWRITABLE, pk_store_open(path, &store, &error), error);
    passkey_error_free(error);
}

static void a_dropped_key_is_gone_and_a_strange_handle_harmless(void **state)
{
    place *this = *state;
    char handle[PK_KEY_HANDLE_SIZE];

    assert_true(pk_store_new_handle(handle));
    assert_int_equal(strncmp(handle, "km:", 3), 0);
    assert_int_equal(strlen(handle), 19);
    assert_int_equal(pk_store_put_key(this->store, handle, PEM, NULL), PASSKEY_OK);
    assert_int_equal(num_files(this, "keys"), 1);
    pk_store_drop_key(this->store, "km:../passkeys/x");
    pk_store_drop_key(this->store, handle);
    assert_int_equal(num_files(this, "keys"), 0);
    assert_int_equal(pk_store_put_key(this->store, "km:../passkeys/x", PEM, NULL),
                     PASSKEY_STORE_UNWRITABLE);
}

static void a_key_that_a_record_names_is_not_dropped(void **state)
{
    place *this = *state;
    passkey_credential_list *found;

    add(this, "ann", "2026-01-01T00:00:00Z");
    found = list(this);
    pk_store_drop_key(this->store,
                      passkey_credential_key_handle(passkey_credential_list_at(found, 0)));
    assert_int_equal(num_files(this, "keys"), 1);
    passkey_credential_list_free(found);
}

static void every_truncation_of_a_record_is_damage(void **state)
{
    const pk_record_key key = {PEM, NAME, NAME, sizeof NAME};
    passkey_credential credential = passkey_of("ann", "2026-01-01T00:00:00Z",
                                               "km:0123456789abcdef");
    char *text = pk_record_text(&credential, &key);
    char sha256[PK_HEX_SHA256_SIZE];
    size_t len;
    (void)state;

    for (len = 0; len < strlen(text); len++) {
        passkey_credential read = {0};
        pk_buffer part = {0};

        pk_buffer_append(&part, text, len);
        assert_non_null(pk_record_read(&part, &read, sha256));
        pk_buffer_free(&part);
    }
    pk_text_free(text);
    pk_credential_clear(&credential);
}

static void records_survive_the_round_trip(void **state)
{
    const pk_record_key key = {PEM, NAME, NAME, sizeof NAME};
    passkey_credential credential = passkey_of("ann", "2026-01-01T00:00:00Z",
                                               "km:0123456789abcdef");
    passkey_credential read = {0};
    char sha256[PK_HEX_SHA256_SIZE];
    pk_buffer buffer = {0};
    char *text;
    (void)state;

    pk_text_free(credential.identity_email_address);
    credential.identity_email_address = NULL;
    pk_credential_finish(&credential);
    text = pk_record_text(&credential, &key);
    pk_buffer_append_text(&buffer, text);
    assert_null(pk_record_read(&buffer, &read, sha256));
    assert_string_equal(read.json, credential.json);
    assert_null(passkey_credential_identity_email_address(&read));
    pk_credential_clear(&read);
    pk_credential_clear(&credential);
    pk_buffer_free(&buffer);
    pk_text_free(text);
}

static void a_record_whose_key_is_gone_or_changed_is_damaged(void **state)
{
    place *this = *state;
    passkey_credential_list *found;
    char command[400];

    add(this, "ann", "2026-01-01T00:00:00Z");
    add(this, "bob", "2026-01-02T00:00:00Z");
    snprintf(command, sizeof command, "cd '%s/keys' && for f in *; do echo >>$f; break; done",
             this->home);
    assert_int_equal(system(command), 0);
    found = list(this);
    assert_int_equal(passkey_credential_list_count(found), 1);
    assert_non_null(strstr(passkey_credential_list_damaged(found, 0), "its key file was changed"));
    passkey_credential_list_free(found);
    snprintf(command, sizeof command, "rm -r '%s/keys'", this->home);
    assert_int_equal(system(command), 0);
    found = list(this);
    assert_int_equal(passkey_credential_list_num_damaged(found), 2);
    passkey_credential_list_free(found);
}

static void a_bind_that_is_given_up_leaves_nothing_reserved(void **state)
{
    place *this = *state;

    pk_store_close(this->store);
    this->store = NULL;
    assert_int_equal(num_files(this, "passkeys"), 0);
}

static void folders_inside_the_store_are_judged_too(void **state)
{
    static const char *const damage[] = {"chmod 777 keys", "mkdir other; ln -s other keys",
                                         "mkdir -m 700 other; ln -s other passkeys"};
    place *this = *state;
    size_t i;

    for (i = 0; i < NUM(damage); i++) {
        pk_store *store = NULL;
        char command[400];

        snprintf(command, sizeof command, "cd '%s' && rm -rf keys passkeys other none && mkdir%s && %s",
                 this->home, i ? " -m 700 none" : " keys", damage[i]);
        assert_int_equal(system(command), 0);
        assert_int_not_equal(pk_store_open(this->home, &store, NULL), PASSKEY_OK);
        assert_null(store);
    }
}

#define PLACE_TEST(test) cmocka_unit_test_setup_teardown(test, open_place, close_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(id_as_the_official_sdk_makes_it),
        PLACE_TEST(added_passkeys_are_listed_oldest_first),
        PLACE_TEST(a_new_passkey_replaces_that_of_the_same_identity),
        PLACE_TEST(files_are_private),
        PLACE_TEST(a_damaged_record_is_named_and_hides_no_other),
        PLACE_TEST(a_record_under_another_name_counts_as_damaged),
        PLACE_TEST(a_store_that_others_may_use_is_refused),
        PLACE_TEST(a_store_that_is_not_there_is_empty_and_not_made),
        PLACE_TEST(a_file_in_the_folders_place_is_an_error),
        PLACE_TEST(a_dropped_key_is_gone_and_a_strange_handle_harmless),
        PLACE_TEST(a_key_that_a_record_names_is_not_dropped),
        PLACE_TEST(a_record_whose_key_is_gone_or_changed_is_damaged),
        PLACE_TEST(a_bind_that_is_given_up_leaves_nothing_reserved),
        PLACE_TEST(folders_inside_the_store_are_judged_too),
        cmocka_unit_test(every_truncation_of_a_record_is_damage),
        cmocka_unit_test(records_survive_the_round_trip),
    };

    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
