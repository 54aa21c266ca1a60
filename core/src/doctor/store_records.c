/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/store_records.h"

#include "base/file.h"
#include "base/file_facts.h"
#include "doctor/store_keys.h"

#include <errno.h>
#include <string.h>

typedef struct visit {
    pk_doctor *doctor;
    int keys_fd;
    pk_doctor_keys keys;
    size_t num_fine, num_foreign;
    size_t num_pending;
} visit;

#define FOUND(visit) ((visit)->doctor->found)

/* ------------------------------------------------------------------ one record */

static void find_damaged(visit *this, const pk_record_looks *looks)
{
    const char *home = this->doctor->home;

    pk_problem(FOUND(this), PK_CHECK_STORE_RECORDS, "The record %s cannot be understood: %s.",
               looks->file, looks->why);
    pk_remedy(FOUND(this), "Restore %s/passkeys/%s from a backup, or delete it and create a new "
                           "passkey.", pk_word(home).x, pk_word(looks->file).x);
}

static void find_unreadable(visit *this, const pk_record_looks *looks)
{
    pk_problem(FOUND(this), PK_CHECK_STORE_RECORDS, "The record %s cannot be read: %s.",
               looks->file, looks->why);
    pk_remedy(FOUND(this), "It must be a file of this user of mode 0600 in %s/passkeys; then see "
                           "what the system's log says of the disk.",
              pk_word(this->doctor->home).x);
}

static void find_newer(visit *this, const pk_record_looks *looks)
{
    pk_problem(FOUND(this), PK_CHECK_STORE_VERSION, "The record %s was written by a newer version "
               "of libpasskey than this one (" PASSKEY_VERSION ").", looks->file);
    pk_remedy(FOUND(this), "Update libpasskey; the record is not damaged.");
}

static void find_key(visit *this, const pk_record_looks *looks)
{
    bool missing = looks->fault == PK_RECORD_KEY_MISSING;

    pk_problem(FOUND(this), PK_CHECK_STORE_KEYS, "The key file %s of the passkey %s %s.",
               looks->key_file, looks->id,
               missing ? "is missing" : "was changed, or cannot be read");
    pk_remedy(FOUND(this), "Restore %s/keys/%s from a backup; else delete the record "
                           "%s/passkeys/%s and create a new passkey.",
              pk_word(this->doctor->home).x, looks->key_file, pk_word(this->doctor->home).x,
              pk_word(looks->file).x);
}

/* The Name of the storage root key is in each record: no key needs to be tried. */
static void find_foreign(visit *this, const pk_record_looks *looks)
{
    this->num_foreign++;
    pk_problem(FOUND(this), PK_CHECK_STORE_TPM, "The key of the passkey %s belongs to another TPM "
               "than the one in use, or to this one before it was cleared.", looks->id);
    pk_remedy(FOUND(this), "If it was made with another value of the option tpm (now \"%s\"), set "
                           "that one; else create a new passkey.", this->doctor->tpm);
}

static void check_permissions(visit *this, const pk_record_looks *looks)
{
    pk_file_facts facts;

    if (this->keys_fd < 0 || pk_file_look_at(this->keys_fd, looks->key_file, &facts) != 0 ||
        !(facts.mode & 077))
        return;
    pk_warn(FOUND(this), PK_CHECK_STORE_KEY_PERMISSIONS, "The key file %s has mode %04o; only its "
            "folder keeps others out.", looks->key_file, (unsigned)facts.mode);
    pk_remedy(FOUND(this), "Run: chmod 600 %s/keys/%s", pk_word(this->doctor->home).x,
              looks->key_file);
}

static void visit_fine(visit *this, const pk_record_looks *looks)
{
    this->num_fine++;
    check_permissions(this, looks);
    switch (pk_doctor_key_origin(this->doctor, looks->srk_name)) {
    case PK_KEY_OF_OTHER_TPM: find_foreign(this, looks); break;
    case PK_KEY_OF_THIS_TPM: pk_doctor_key(&this->keys, this->keys_fd, looks); break;
    case PK_KEY_OF_UNKNOWN_TPM: break;
    }
}

static void visit_record(void *user, const pk_record_looks *looks)
{
    switch (looks->fault) {
    case PK_RECORD_FINE: visit_fine(user, looks); break;
    case PK_RECORD_DAMAGED: find_damaged(user, looks); break;
    case PK_RECORD_NEWER: find_newer(user, looks); break;
    case PK_RECORD_KEY_MISSING:
    case PK_RECORD_KEY_CHANGED: find_key(user, looks); break;
    case PK_RECORD_UNREADABLE: find_unreadable(user, looks); break;
    }
}

static void visit_orphan(void *user, const char *file)
{
    visit *this = user;

    if (this->num_pending) /* it may be the key of one of these */
        return;
    pk_warn(FOUND(this), PK_CHECK_STORE_ORPHANS, "No readable record names the key file %s: a bind "
            "that was killed may have left it.", file);
    pk_remedy(FOUND(this), "If no record is damaged, it is of no use: rm %s/keys/%s",
              pk_word(this->doctor->home).x, pk_word(file).x);
}

/* ------------------------------------------------------------------ all of them */

static void conclude(visit *this, int failure)
{
    if (failure == ENOMEM) {
        pk_examination_no_memory(FOUND(this));
    } else if (failure) {
        pk_problem(FOUND(this), PK_CHECK_STORE_RECORDS, "The records cannot be read: %s.",
                   strerrordesc_np(failure));
        pk_remedy(FOUND(this), "See what the system's log says of the disk.");
    } else {
        pk_ok(FOUND(this), PK_CHECK_STORE_RECORDS, "%zu passkey%s with record and key.",
              this->num_fine, this->num_fine == 1 ? "" : "s");
        if (this->doctor->has_all_srk_names && this->num_fine && !this->num_foreign)
            pk_ok(FOUND(this), PK_CHECK_STORE_TPM, "The keys were made under the storage root key "
                  "of the TPM in use.");
        pk_doctor_keys_conclude(&this->keys);
    }
}

static int open_inner(int home_fd, const char *name, int *out_fd)
{
    int failure = pk_folder_open_at(home_fd, name, false, out_fd);

    return failure == ENOENT ? 0 : failure;
}

void pk_doctor_records(pk_doctor *doctor, int home_fd)
{
    visit this = {.doctor = doctor,
                  .keys_fd = -1,
                  .keys = {.doctor = doctor},
                  .num_pending = pk_doctor_pending(doctor, home_fd)};
    const pk_store_visitor visitor = {visit_record, visit_orphan, &this};
    int passkeys_fd = -1;
    int failure = open_inner(home_fd, "passkeys", &passkeys_fd);

    if (!failure)
        failure = open_inner(home_fd, "keys", &this.keys_fd);
    if (!failure)
        failure = pk_store_inspect(passkeys_fd, this.keys_fd, &visitor);
    conclude(&this, failure);
    pk_doctor_keys_end(&this.keys);
    pk_folder_close(this.keys_fd);
    pk_folder_close(passkeys_fd);
}
