/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/store_keys.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#include <string.h>

/* The Names of the TPM's storage root keys are known: no key needs to be tried
 * to know that it is of another TPM. */
static bool name_of(const char *hex, uint8_t out[PK_TPM_NAME_SIZE])
{
    size_t i;

    if (strlen(hex) != 2 * PK_TPM_NAME_SIZE)
        return false;
    for (i = 0; i < PK_TPM_NAME_SIZE; i++) {
        int high = pk_hex_value(hex[2 * i]), low = pk_hex_value(hex[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

pk_key_origin pk_doctor_key_origin(const pk_doctor *doctor, const char *srk_name)
{
    uint8_t name[PK_TPM_NAME_SIZE];
    size_t i;

    if (!doctor->num_srk_names || !*srk_name)
        return PK_KEY_OF_UNKNOWN_TPM;
    for (i = 0; name_of(srk_name, name) && i < doctor->num_srk_names; i++)
        if (memcmp(name, doctor->srk_names[i], PK_TPM_NAME_SIZE) == 0)
            return PK_KEY_OF_THIS_TPM;
    return doctor->has_all_srk_names ? PK_KEY_OF_OTHER_TPM : PK_KEY_OF_UNKNOWN_TPM;
}

/* What could be wrong with the TPM was found when it was examined. */
static bool open_tpm(pk_doctor_keys *this)
{
    if (!this->tpm && !this->has_failed) {
        this->has_failed = pk_tpm_open(this->doctor->tpm, this->doctor->home,
                                       this->doctor->canceled, &this->tpm, NULL) != PASSKEY_OK;
        this->end_ms = pk_clock_monotonic_ms() + PK_DOCTOR_KEYS_MS;
    }
    return this->tpm && pk_clock_monotonic_ms() < this->end_ms;
}

static void find_refused(pk_doctor_keys *this, const pk_record_looks *looks, passkey_error *error)
{
    this->num_refused++;
    pk_problem(this->doctor->found, PK_CHECK_STORE_KEYS_LOAD, "The key of the passkey %s does not "
               "load: %s", looks->id, passkey_error_message(error));
    if (passkey_error_status(error) == PASSKEY_KEY_FILE_DAMAGED)
        pk_remedy(this->doctor->found, "Restore %s/keys/%s from a backup; else delete the passkey "
                  "(passkey delete %s) and create a new one.", pk_word(this->doctor->home).x,
                  looks->key_file, looks->id);
    else
        pk_remedy(this->doctor->found, "%s", passkey_error_hint(error));
    passkey_error_free(error);
}

static void load(pk_doctor_keys *this, const pk_buffer *pem, const pk_record_looks *looks)
{
    uint8_t srk_name[PK_TPM_NAME_SIZE];
    passkey_error *error = NULL;

    if (!name_of(looks->srk_name, srk_name))
        return;
    if (pk_key_load(this->tpm, pem->data, pem->len, srk_name, &error) == PASSKEY_OK)
        this->num_loaded++;
    else
        find_refused(this, looks, error);
}

void pk_doctor_key(pk_doctor_keys *this, int keys_fd, const pk_record_looks *looks)
{
    pk_buffer pem = {0};

    if (!open_tpm(this))
        this->num_left++;
    else if (pk_file_read_at(keys_fd, looks->key_file, PK_KEY_FILE_MAX, &pem) == 0)
        load(this, &pem, looks); /* else it was replaced while we look */
    pk_buffer_free(&pem);
}

void pk_doctor_keys_conclude(pk_doctor_keys *this)
{
    if (this->num_loaded && !this->num_refused && !this->num_left)
        pk_ok(this->doctor->found, PK_CHECK_STORE_KEYS_LOAD, "The TPM takes the keys.");
    else if (this->num_loaded && !this->num_refused)
        pk_ok(this->doctor->found, PK_CHECK_STORE_KEYS_LOAD, "The TPM takes %zu keys; the other "
              "%zu were not tried, for want of time.", this->num_loaded, this->num_left);
}

void pk_doctor_keys_end(pk_doctor_keys *this)
{
    pk_tpm_close(this->tpm);
    this->tpm = NULL;
}
