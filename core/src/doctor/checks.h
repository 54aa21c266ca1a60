/* SPDX-License-Identifier: Apache-2.0
 * The one list of what the doctor looks at: enumerator, name, what is looked
 * at. Names never change; docs/doctor.md explains each. */
#ifndef PK_CHECKS_H
#define PK_CHECKS_H

#define PK_CHECKS(X)                                                                               \
    /* the machine */                                                                              \
    X(ENVIRONMENT, "environment", "PASSKEY_ variables in the environment")                         \
    X(CLOCK, "clock", "this machine's clock")                                                      \
    X(LIBRARIES, "libraries", "the versions of the libraries")                                     \
    /* the TPM */                                                                                  \
    X(TPM_DEVICE, "tpm_device", "the device of the TPM")                                           \
    X(TPM_PERMISSION, "tpm_permission", "this user's permission to use the device")                \
    X(SWTPM, "swtpm", "the program swtpm")                                                         \
    X(SWTPM_FOLDER, "swtpm_folder", "the folder of the software TPM")                              \
    X(SWTPM_LOCK, "swtpm_lock", "whether another process keeps the software TPM")                  \
    X(SWTPM_STATE, "swtpm_state", "the state of the software TPM")                                 \
    X(TPM, "tpm", "whether the TPM answers, and who made it")                                      \
    X(TPM_ALGORITHMS, "tpm_algorithms", "the algorithms a passkey needs")                          \
    X(TPM_HIERARCHY, "tpm_hierarchy", "the TPM's storage hierarchy")                               \
    X(TPM_SRK, "tpm_srk", "the storage root key")                                                  \
    X(TPM_OWNER_AUTH, "tpm_owner_auth", "the TPM's owner password")                                \
    X(TPM_LOCKOUT, "tpm_lockout", "the dictionary attack protection")                              \
    X(TPM_ROOM, "tpm_room", "room in the TPM for keys and sessions")                               \
    /* the store */                                                                                \
    X(STORE_FOLDER, "store_folder", "the store's folder")                                          \
    X(STORE_OWNER, "store_owner", "whom the store belongs to")                                     \
    X(STORE_PERMISSIONS, "store_permissions", "who may use the store")                             \
    X(STORE_PARENTS, "store_parents", "the folders that the store is in")                          \
    X(STORE_WRITABLE, "store_writable", "whether the store can be written")                        \
    X(STORE_SPACE, "store_space", "room on the store's disk")                                      \
    X(STORE_LOCK, "store_lock", "whether another process keeps the store")                         \
    X(STORE_RECORDS, "store_records", "the records of the passkeys")                               \
    X(STORE_VERSION, "store_version", "records of a newer version")                                \
    X(STORE_KEYS, "store_keys", "the key file of each record")                                     \
    X(STORE_KEY_PERMISSIONS, "store_key_permissions", "who may read the key files")       \
    X(STORE_PENDING, "store_pending", "binds that ended too early")                                \
    X(STORE_ORPHANS, "store_orphans", "key files that no record names")                            \
    X(STORE_TPM, "store_tpm", "whether the keys belong to this TPM")                               \
    X(STORE_KEYS_LOAD, "store_keys_load", "whether the TPM takes the keys")                        \
    /* the cloud */                                                                                \
    X(CLOUD_URL, "cloud_url", "the option api_base_url")                                           \
    X(CLOUD_PROXY, "cloud_proxy", "the proxy")                                                     \
    X(CLOUD_DNS, "cloud_dns", "the cloud's host name")                                             \
    X(CLOUD_CONNECTION, "cloud_connection", "the connection to the cloud")                         \
    X(CLOUD_TLS, "cloud_tls", "TLS with the cloud")                                                \
    X(CLOUD_CERTIFICATE, "cloud_certificate", "the cloud's certificate")                           \
    X(CLOUD_ANSWER, "cloud_answer", "the cloud's answer")                                          \
    X(CLOUD_CLOCK, "cloud_clock", "this machine's clock beside the cloud's")

typedef enum pk_check {
#define CHECK_ENUM(enumerator, name, about) PK_CHECK_##enumerator,
    PK_CHECKS(CHECK_ENUM)
#undef CHECK_ENUM
} pk_check;

#endif
