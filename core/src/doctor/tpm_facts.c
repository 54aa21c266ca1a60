/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/tpm_facts.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define NEED_OBJECTS 2 /* the key, and its parent when that is not kept */

static void judge_maker(pk_doctor *this, const pk_tpm_facts *facts)
{
    char firmware[32];

    snprintf(firmware, sizeof firmware, "%u.%u.%u.%u", facts->firmware[0], facts->firmware[1],
             facts->firmware[2], facts->firmware[3]);
    pk_ok(this->found, PK_CHECK_TPM, "The TPM answers: %s%s%s, firmware %s, protection %s.",
          facts->manufacturer, *facts->vendor ? ", " : "", facts->vendor, firmware,
          facts->protection);
}

static void judge_algorithms(pk_doctor *this, const pk_tpm_facts *facts)
{
    if (facts->can_sign && facts->can_store) {
        pk_ok(this->found, PK_CHECK_TPM_ALGORITHMS,
              "It has P-256, ECDSA with SHA-256 and AES-128-CFB.");
        return;
    }
    pk_problem(this->found, PK_CHECK_TPM_ALGORITHMS, "It lacks %s.",
               facts->can_sign ? "storage keys with P-256 and AES-128-CFB"
                               : "keys for P-256 and ECDSA with SHA-256");
    pk_remedy(this->found, "Look for a firmware update of the TPM, or for its algorithms in the "
                           "firmware settings; else another TPM is needed.");
}

static void judge_hierarchy(pk_doctor *this, const pk_tpm_facts *facts)
{
    if (facts->is_storage_enabled) {
        pk_ok(this->found, PK_CHECK_TPM_HIERARCHY, "The storage hierarchy is enabled.");
        return;
    }
    pk_problem(this->found, PK_CHECK_TPM_HIERARCHY, "The TPM's storage hierarchy is disabled: no "
               "key can be made or used.");
    pk_remedy(this->found, "Enable the storage (owner) hierarchy in the firmware settings; one "
                           "that a program has disabled comes back with a restart of the machine.");
}

static void judge_srk(pk_doctor *this, const pk_tpm_facts *facts)
{
    char *name = facts->num_srk_names ? pk_hex_encode(facts->srk_names[0], PK_TPM_NAME_SIZE) : NULL;

    if (!facts->is_storage_enabled)
        ; /* then none can be seen */
    else if (facts->srk == PK_SRK_OTHER)
        pk_ok(this->found, PK_CHECK_TPM_SRK, "The handle 0x%08x holds a key that is no storage root "
              "key (%s), which is left alone; bind makes its own for the moment each time.",
              facts->srk_handle, facts->srk_type);
    else if (facts->srk == PK_SRK_USUAL)
        pk_ok(this->found, PK_CHECK_TPM_SRK, "The storage root key (%s) is at 0x%08x, Name %s.",
              facts->srk_type, facts->srk_handle, name ? name : "");
    else if (name)
        pk_ok(this->found, PK_CHECK_TPM_SRK, "No storage root key is kept at 0x81000001 or "
              "0x81000002; bind makes it each time, always the same, Name %s.", name);
    pk_text_free(name);
}

static void judge_owner_password(pk_doctor *this, const pk_tpm_facts *facts)
{
    if (!facts->has_owner_password) {
        pk_ok(this->found, PK_CHECK_TPM_OWNER_AUTH, "The TPM's owner has no password.");
    } else if (facts->srk == PK_SRK_UNKNOWN) {
        pk_ok(this->found, PK_CHECK_TPM_OWNER_AUTH, "The TPM's owner has a password.");
    } else if (facts->srk == PK_SRK_USUAL) {
        pk_ok(this->found, PK_CHECK_TPM_OWNER_AUTH, "The TPM's owner has a password; with the "
              "storage root key at 0x%08x it is not needed.", facts->srk_handle);
    } else {
        pk_problem(this->found, PK_CHECK_TPM_OWNER_AUTH, "The TPM has an owner password and no "
                   "storage root key at 0x81000001 or 0x81000002: bind can make none.");
        pk_remedy(this->found, "Who has the password runs once: passkey tpm provision");
    }
}

static void write_duration(uint32_t seconds, char *out, size_t size)
{
    if (seconds == UINT32_MAX)
        snprintf(out, size, "a time that it does not tell");
    else if (seconds >= 7200)
        snprintf(out, size, "%u hours", (seconds + 3599) / 3600);
    else if (seconds >= 120)
        snprintf(out, size, "%u minutes", (seconds + 59) / 60);
    else
        snprintf(out, size, "%u seconds", seconds);
}

/* Our own keys take no part in it. Not so the keys of others. */
static void judge_lockout(pk_doctor *this, const pk_tpm_facts *facts)
{
    const char *password = facts->has_lockout_password ? " -p LOCKOUTPASSWORD" : "";
    char wait[48];

    write_duration(facts->lockout_interval_s, wait, sizeof wait);
    if (facts->is_in_lockout) {
        pk_warn(this->found, PK_CHECK_TPM_LOCKOUT, "The TPM is in dictionary attack lockout (%u "
                "failures of %u, one is forgotten every %s). Passkeys take no part in it and work; "
                "keys with a password do not.", facts->num_failures, facts->max_failures, wait);
        pk_remedy(this->found, "%s: tpm2_dictionarylockout --clear-lockout%s",
                  facts->lockout_interval_s ? "Wait: it forgets one failure after the other. Or run"
                                            : "It does not end by itself. Run", password);
    } else if (facts->num_failures == UINT32_MAX) {
        pk_ok(this->found, PK_CHECK_TPM_LOCKOUT, "The TPM is not in lockout.");
    } else {
        pk_ok(this->found, PK_CHECK_TPM_LOCKOUT, "The TPM is not in lockout (%u failures of %u; "
              "one is forgotten every %s); its own password is %s.", facts->num_failures,
              facts->max_failures, wait, facts->has_lockout_password ? "set" : "not set");
    }
}

/* A resource manager makes room; a TPM that does not tell has it. */
static void judge_room(pk_doctor *this, const pk_tpm_facts *facts)
{
    uint32_t num_sessions = facts->num_free_loaded_sessions < facts->num_free_sessions
                                ? facts->num_free_loaded_sessions
                                : facts->num_free_sessions;

    if (facts->num_free_objects < NEED_OBJECTS || num_sessions < 1) {
        pk_problem(this->found, PK_CHECK_TPM_ROOM, "The TPM has no room: %u keys and %u sessions "
                   "fit, %d and 1 are needed.", facts->num_free_objects, num_sessions,
                   NEED_OBJECTS);
        pk_remedy(this->found, "Use the resource manager /dev/tpmrm0, or drop what other programs "
                               "left behind: tpm2_flushcontext -t; tpm2_flushcontext -l; "
                               "tpm2_flushcontext -s");
    } else if (facts->num_free_objects == UINT32_MAX) {
        pk_ok(this->found, PK_CHECK_TPM_ROOM, "The TPM does not tell how much room it has.");
    } else {
        pk_ok(this->found, PK_CHECK_TPM_ROOM, "It has room for %u keys and %u sessions.",
              facts->num_free_objects, num_sessions);
    }
}

static void (*const JUDGES[])(pk_doctor *this, const pk_tpm_facts *facts) = {
    judge_maker, judge_algorithms,     judge_hierarchy, judge_srk,
    judge_owner_password, judge_lockout, judge_room,
};

void pk_doctor_tpm_facts(pk_doctor *this, const pk_tpm_facts *facts)
{
    size_t i;

    for (i = 0; i < sizeof JUDGES / sizeof *JUDGES; i++)
        JUDGES[i](this, facts);
}
