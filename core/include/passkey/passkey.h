/* SPDX-License-Identifier: Apache-2.0
 *
 * libpasskey: a passkey creation link becomes a private key that never leaves
 * the machine's TPM 2.0, registered with the cloud.
 *
 *     passkey_client *client = NULL;
 *     passkey_bind_result *result = NULL;
 *     passkey_error *error = NULL;
 *
 *     if (passkey_client_new(&client, &error) != PASSKEY_OK ||
 *         passkey_client_bind(client, link, &result, &error) != PASSKEY_OK)
 *         fprintf(stderr, "%s\n", passkey_error_text(error));
 *     else
 *         puts(passkey_credential_id(passkey_bind_result_passkey(result)));
 *
 *     passkey_error_free(error);
 *     passkey_bind_result_free(result);
 *     passkey_client_free(client);
 *
 * Rules that hold for every function:
 *
 * - A returned pointer is borrowed: it lives as long as the object it came
 *   from. What arrives through an out_ parameter is yours: free it with the
 *   _free function of its type. Every _free takes NULL.
 * - A fallible function returns a passkey_status. PASSKEY_OK is 0. On failure
 *   no out_ parameter is touched but out_error, which may be NULL if you do
 *   not want the reason. *out_error must be NULL or unset before the call; it
 *   is overwritten, not freed.
 * - Strings are UTF-8 and end with NUL. A getter of an optional field returns
 *   NULL when the field is absent. Getters take NULL and answer NULL or 0.
 * - A client may be used from several threads at once. Result, list and error
 *   objects never change after you receive them and may be read from several
 *   threads; free each once.
 * - The library never prints, never exits, changes no signal handler, umask,
 *   locale or environment variable, and follows no HTTP redirect.
 * - After fork(), a child makes clients of its own; clients and operations of
 *   the parent are not to be used in it. Best is to fork while no operation is
 *   under way (passkey_drain).
 * - Operations wait without a thread. While there are any, the library has one
 *   thread for the network and at most four workers; they end when there has
 *   been nothing to do for some seconds. All signals are blocked on them.
 */
#ifndef PASSKEY_PASSKEY_H
#define PASSKEY_PASSKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PASSKEY_VERSION_MAJOR 0
#define PASSKEY_VERSION_MINOR 1
#define PASSKEY_VERSION_PATCH 0
#define PASSKEY_VERSION "0.1.0"

#if defined(_WIN32)
#define PASSKEY_API
#else
#define PASSKEY_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------ status */

/* Every way a call can fail: enumerator, number, name, what it means, what to
 * do about it. The name is the error code in every language and in --json
 * output. Numbers and names never change; new ones are added at the end of
 * their hundred. docs/errors.md is made from this list. */
#define PASSKEY_STATUS_MAP(X)                                                                      \
    X(OK, 0, "ok", "It worked.", "")                                                               \
    /* the caller */                                                                               \
    X(INVALID_ARGUMENT, 1, "invalid_argument", "An argument is missing or not allowed.",           \
      "See the function's description in passkey.h.")                                              \
    X(INVALID_OPTION, 2, "invalid_option", "An option is unknown or its value is not allowed.",    \
      "See docs/options.md for the names and values.")                                             \
    X(OUT_OF_MEMORY, 3, "out_of_memory", "Memory could not be allocated.",                         \
      "Free some memory and try again.")                                                           \
    X(CANCELED, 4, "canceled", "The caller canceled the operation.",                               \
      "Start it again when you are ready.")                                                        \
    X(UNSUPPORTED, 5, "unsupported", "This is not supported here.",                                \
      "See the message for what is not supported.")                                                \
    X(INTERNAL, 6, "internal", "Something happened that should be impossible.",                    \
      "Please report it together with the message.")                                               \
    /* the link */                                                                                 \
    X(INVALID_LINK, 100, "invalid_link", "The text is not a passkey creation link.",               \
      "Pass the whole link as it was received, including its query.")                              \
    X(UNSUPPORTED_LINK, 101, "unsupported_link", "The link is of a kind that bind does not take.", \
      "Ask for a passkey creation link (a credential binding job).")                               \
    X(DOMAIN_NOT_ALLOWED, 102, "domain_not_allowed",                                               \
      "The link or the cloud's answer names a host that may not be contacted.",                    \
      "If you trust the host, add it to the option allowed_domains.")                              \
    X(INSECURE_URL, 103, "insecure_url", "The URL would send secrets without TLS.",                \
      "Use an https URL; for a cloud on this machine set allow_loopback_http.")                    \
    /* the cloud's answer */                                                                       \
    X(BAD_REQUEST, 200, "bad_request", "The cloud did not accept the request (HTTP 400).",         \
      "Ask for a new link; if it happens again, report it.")                                       \
    X(UNAUTHORIZED, 201, "unauthorized", "The cloud did not accept the token (HTTP 401).",         \
      "Check that the link is complete, or ask for a new one.")                                    \
    X(FORBIDDEN, 202, "forbidden", "The cloud does not permit this (HTTP 403).",                   \
      "Ask the administrator of the realm.")                                                       \
    X(NOT_FOUND, 203, "not_found", "The cloud does not know this (HTTP 404).",                     \
      "Check that the link is complete, or ask for a new one.")                                    \
    X(CONFLICT, 204, "conflict", "The link was used already, with another key (HTTP 409).",        \
      "Ask for a new link: each one creates one passkey.")                                         \
    X(LINK_EXPIRED, 205, "link_expired", "The link has expired (HTTP 410).",                       \
      "Ask for a new link.")                                                                       \
    X(LINK_REVOKED, 206, "link_revoked", "The link was revoked (HTTP 410).",                       \
      "Ask for a new link.")                                                                       \
    X(UNPROCESSABLE, 207, "unprocessable", "The cloud cannot act on the request (HTTP 422).",      \
      "See the message; correct the identity or the job.")                                         \
    X(RATE_LIMITED, 208, "rate_limited", "The cloud asks to slow down (HTTP 429).",                \
      "Wait a little and try again.")                                                              \
    X(SERVER_ERROR, 209, "server_error", "The cloud failed (HTTP 5xx).",                           \
      "Try again later with the same link.")                                                       \
    X(UNEXPECTED_STATUS, 210, "unexpected_status",                                                 \
      "The cloud answered with a status this protocol does not have.",                             \
      "Check that the link's host really is the cloud; redirects are not followed.")               \
    X(BAD_RESPONSE, 211, "bad_response", "The cloud's answer is not what the protocol says.",      \
      "Check that the link's host really is the cloud and no proxy answers for it.")               \
    /* the network */                                                                              \
    X(NETWORK_ERROR, 300, "network_error", "The cloud could not be reached.",                      \
      "Check the network, the name server and the proxy, then try again.")                         \
    X(TLS_ERROR, 301, "tls_error", "The cloud's certificate or TLS connection was not accepted.",  \
      "Check the clock and the CA certificates; for a private CA set the option ca_file.")         \
    X(TIMEOUT, 302, "timeout", "The time allowed has passed.",                                     \
      "Try again, or allow more time with the option timeout_ms.")                                 \
    /* the TPM */                                                                                  \
    X(NO_TPM, 400, "no_tpm", "There is no TPM to use.",                                            \
      "Enable the TPM in the firmware; for development set the option tpm to swtpm.")              \
    X(TPM_PERMISSION, 401, "tpm_permission", "This user may not use the TPM device.",              \
      "Add the user to the group that owns the device and log in again.")                          \
    X(TPM_GONE, 402, "tpm_gone", "The TPM stopped answering in the middle of the work.",           \
      "Try again; if it happens again, restart the machine.")                                      \
    X(TPM_STATE_CORRUPT, 403, "tpm_state_corrupt", "The software TPM cannot read its state.",      \
      "Restore the folder swtpm in the store from a backup, or move it away and bind again.")      \
    X(TPM_TAMPERED, 404, "tpm_tampered", "Something between here and the TPM changed the data.",   \
      "Do not trust this machine's TPM until the cause is known.")                                 \
    X(TPM_BUSY, 405, "tpm_busy", "The TPM has no room or time for us now.",                        \
      "Close other programs that use the TPM, or use /dev/tpmrm0, then try again.")                \
    X(TPM_DISABLED, 406, "tpm_disabled", "The TPM's owner hierarchy is disabled.",                 \
      "Enable the TPM's storage hierarchy in the firmware settings.")                              \
    X(TPM_OWNER_AUTH_REQUIRED, 407, "tpm_owner_auth_required",                                     \
      "The TPM has an owner password and no persistent storage key.",                              \
      "Who knows the owner password runs once: passkey tpm provision.")                      \
    X(TPM_LOCKOUT, 408, "tpm_lockout", "The TPM is in dictionary attack lockout.",                 \
      "Wait for the lockout to end; do not retry before.")                                         \
    X(TPM_FAILED, 409, "tpm_failed", "The TPM is in failure mode or not available.",               \
      "Restart the machine.")                                                                      \
    X(TPM_UNSUPPORTED, 410, "tpm_unsupported", "The TPM lacks something a passkey needs.",         \
      "A TPM 2.0 with ECC P-256 and ECDSA with SHA-256 is needed.")                                \
    X(TPM_ERROR, 411, "tpm_error", "The TPM answered with an error.",                              \
      "See the cause; it names the TPM response code.")                                            \
    X(KEY_UNUSABLE, 412, "key_unusable", "The key does not belong to this TPM as it is now.",      \
      "The TPM was cleared or replaced, or the key file damaged: create a new passkey.")           \
    X(KEY_FILE_DAMAGED, 413, "key_file_damaged", "The key file cannot be understood.",             \
      "Restore it from a backup, or create a new passkey.")                                        \
    /* the store */                                                                                \
    X(STORE_UNWRITABLE, 500, "store_unwritable", "The store cannot be written.",                   \
      "Check the owner, the permissions and the free space of the store's folder.")                \
    X(STORE_UNREADABLE, 501, "store_unreadable", "The store cannot be read.",                      \
      "Check the owner and the permissions of the store's folder.")                                \
    X(STORE_UNSAFE, 502, "store_unsafe", "Others than its owner can use the store's folder.",      \
      "Take the folder back: owner the user itself, permissions 0700.")                            \
    X(STORE_DAMAGED, 503, "store_damaged", "A record in the store cannot be understood.",          \
      "Restore the file named in the message from a backup, or delete it.")                        \
    X(STORE_BUSY, 504, "store_busy", "Another process has held the store for too long.",           \
      "Wait for the other process to end, then try again.")                                        \
    X(NO_SUCH_PASSKEY, 505, "no_such_passkey", "The store has no passkey with this id.",           \
      "See the ids with passkey list.")

typedef enum passkey_status {
#define PASSKEY_STATUS_ENUMERATOR(name, number, code, meaning, hint) PASSKEY_##name = number,
    PASSKEY_STATUS_MAP(PASSKEY_STATUS_ENUMERATOR)
#undef PASSKEY_STATUS_ENUMERATOR
} passkey_status;

/* The name of a status, such as "link_expired"; "unknown" for a number that is
 * not in the list. Static: never freed. */
PASSKEY_API const char *passkey_status_name(passkey_status status);

/* The version of the library at run time, such as "0.1.0". Static. */
PASSKEY_API const char *passkey_version(void);

/* ------------------------------------------------------------------- error */

/* Why a call failed and what to do next. Holds no link and no token. */
typedef struct passkey_error passkey_error;

PASSKEY_API passkey_status passkey_error_status(const passkey_error *error);

/* The status's name, such as "link_expired". */
PASSKEY_API const char *passkey_error_code(const passkey_error *error);

/* What happened, in one sentence. */
PASSKEY_API const char *passkey_error_message(const passkey_error *error);

/* What to do about it, in one or two sentences; never NULL, may be "". */
PASSKEY_API const char *passkey_error_hint(const passkey_error *error);

/* The technical cause, such as "TSS2_RC 0x000a000a tcti:IO failure" or
 * "CURLE_COULDNT_CONNECT"; NULL when there is none. */
PASSKEY_API const char *passkey_error_cause(const passkey_error *error);

/* The HTTP status of the cloud's answer; 0 when there was no answer. */
PASSKEY_API int passkey_error_http_status(const passkey_error *error);

/* The x-correlation-id of the cloud's answer; NULL when there was none. */
PASSKEY_API const char *passkey_error_correlation_id(const passkey_error *error);

/* True when the same call may succeed later with nothing changed. */
PASSKEY_API bool passkey_error_retryable(const passkey_error *error);

/* "code: message (hint)", ready to be shown or logged. */
PASSKEY_API const char *passkey_error_text(const passkey_error *error);

/* {"code","message","hint","cause"?,"httpStatus"?,"correlationId"?,"retryable"} */
PASSKEY_API const char *passkey_error_json(const passkey_error *error);

PASSKEY_API void passkey_error_free(passkey_error *error);

/* -------------------------------------------------------------------- links */

/* Would the official SDK take this text for a passkey creation link, or for an
 * authentication link? Purely syntactic, as WHATWG URL parsing sees it: host,
 * scheme and expiry do not matter, nothing is contacted. NULL is false. */
PASSKEY_API bool passkey_is_bind_passkey_url(const char *url);
PASSKEY_API bool passkey_is_authenticate_url(const char *url);

/* ------------------------------------------------------------------- client */

/* The options and the store that calls work with. */
typedef struct passkey_client passkey_client;
typedef struct passkey_link passkey_link;
typedef struct passkey_bind_result passkey_bind_result;
typedef struct passkey_credential passkey_credential;
typedef struct passkey_credential_list passkey_credential_list;
typedef struct passkey_info passkey_info;
typedef struct passkey_resumption passkey_resumption;
typedef struct passkey_job passkey_job;
typedef struct passkey_job_list passkey_job_list;
typedef struct passkey_examination passkey_examination;
typedef struct passkey_provisioning passkey_provisioning;
typedef struct passkey_operation passkey_operation;

/* Makes a client whose options are the defaults, overridden by the environment
 * (PASSKEY_HOME, PASSKEY_TPM, …; not read in a set-user-ID program). Touches
 * neither disk, network nor TPM. INVALID_OPTION when a variable holds a value
 * that is not allowed, OUT_OF_MEMORY. */
PASSKEY_API passkey_status passkey_client_new(passkey_client **out_client,
                                              passkey_error **out_error);

/* Sets one option. The names are those of docs/options.md: home, tpm,
 * allowed_domains, allow_loopback_http ("1" or "0", "true" or "false"),
 * ca_file, proxy, timeout_ms (decimal milliseconds, 1 to 3600000), log ("off",
 * "error", "warning", "info", "debug"; see passkey_client_set_log), api_base_url, tenant, realm, authenticator_config, api_token. value NULL
 * restores the default. Calls already under way keep what they began with.
 * INVALID_OPTION, INVALID_ARGUMENT, OUT_OF_MEMORY. */
PASSKEY_API passkey_status passkey_client_set_option(passkey_client *client, const char *name,
                                                     const char *value, passkey_error **out_error);

typedef enum passkey_log_level {
    PASSKEY_LOG_OFF = 0,
    PASSKEY_LOG_ERROR = 1,   /* a call failed */
    PASSKEY_LOG_WARNING = 2, /* something is not as it should be; the call goes on */
    PASSKEY_LOG_INFO = 3,    /* an operation has ended */
    PASSKEY_LOG_DEBUG = 4    /* each step, each answer of the cloud */
} passkey_log_level;

/* Has log(user, level, message) called for all that the option log lets
 * through; its default is "off". Without a callback nothing is written
 * anywhere. message is one line of UTF-8, valid during the call, and never
 * holds a link, a token or a JWS. Called on threads of the library and on the
 * calling thread, perhaps on several at once; it must not wait for an
 * operation. Operations under way keep what they began with. user_free(user)
 * is called once, when the callback has been replaced or its client freed and
 * the last operation with it has ended and been freed; it may be NULL. log NULL
 * takes the callback away. On failure user stays the caller's.
 * INVALID_ARGUMENT, OUT_OF_MEMORY. */
PASSKEY_API passkey_status passkey_client_set_log(
    passkey_client *client,
    void (*log)(void *user, passkey_log_level level, const char *message), void *user,
    void (*user_free)(void *user), passkey_error **out_error);

/* Frees a client. Operations that were started with it go on and keep what
 * they need. */
PASSKEY_API void passkey_client_free(passkey_client *client);

/* Says what a link is and whether bind would take it, without contacting
 * anything. On success out_link describes the link. Fails with the error bind
 * would give: INVALID_LINK, UNSUPPORTED_LINK, DOMAIN_NOT_ALLOWED,
 * INSECURE_URL. */
PASSKEY_API passkey_status passkey_client_check(passkey_client *client, const char *link,
                                                passkey_link **out_link, passkey_error **out_error);

/* Turns a passkey creation link into a passkey: asks the cloud what to bind,
 * creates an ECC P-256 key in the TPM, registers its public half and stores
 * the record. Blocks; no longer than timeout_ms for the network plus the TPM's
 * own time. When it returns PASSKEY_OK the passkey is durable. When the cloud
 * may have registered the key but did not say so, the key is kept as a pending
 * bind: the same link goes on with it, as passkey_client_resume does. After any
 * other failure the store is as it was before. A passkey of the same tenant,
 * realm and identity is replaced after the new one succeeded. Of two binds of
 * the same link one waits for the other.
 *
 * link: a credential binding link (…:invokeAuthenticator?token=…) or the
 * …/bind?api_base_url=…&token=… URL that an application receives; at most
 * 65536 bytes. It is a bearer secret and appears in no error.
 *
 * Any status but UNSUPPORTED may come; see docs/errors.md. */
PASSKEY_API passkey_status passkey_client_bind(passkey_client *client, const char *link,
                                               passkey_bind_result **out_result,
                                               passkey_error **out_error);

/* Goes on with the binds that a crash, a lost connection or a full disk ended
 * after their key was made: registers each with the key it has, and stores it.
 * One that the cloud refuses is given up, one that it does not answer stays
 * pending; what another operation works on is left to it. Succeeds whatever
 * becomes of them, also when one cannot be read (STORE_DAMAGED in the report).
 * STORE_UNREADABLE, STORE_UNWRITABLE, STORE_UNSAFE, CANCELED, OUT_OF_MEMORY. */
PASSKEY_API passkey_status passkey_client_resume(passkey_client *client,
                                                 passkey_resumption **out_report,
                                                 passkey_error **out_error);

/* The passkeys in the store, oldest first. A store that does not exist yet is
 * an empty list. STORE_UNREADABLE, STORE_UNSAFE, OUT_OF_MEMORY. A record that
 * cannot be understood hides no other: see passkey_credential_list_damaged. */
PASSKEY_API passkey_status passkey_client_list(passkey_client *client,
                                               passkey_credential_list **out_list,
                                               passkey_error **out_error);

/* The passkey with this local id; the credential is yours, free it with
 * passkey_credential_free. INVALID_ARGUMENT for text that is no id (1 to 64
 * letters, digits, - and _), NO_SUCH_PASSKEY, STORE_DAMAGED when its record
 * cannot be understood, STORE_UNREADABLE, STORE_UNSAFE, OUT_OF_MEMORY. */
PASSKEY_API passkey_status passkey_client_get(passkey_client *client, const char *id,
                                              passkey_credential **out_passkey,
                                              passkey_error **out_error);

/* Deletes a passkey from this machine: its record, then its key file; the
 * private key is lost with it. The cloud is not told: there the credential
 * stays until it is revoked. A damaged record is deleted too, and its key file
 * when it still says which; one that another record names stays. An id that the
 * store does not have succeeds, as in the official SDKs. INVALID_ARGUMENT for
 * text that is no id, STORE_UNWRITABLE, STORE_UNREADABLE, STORE_UNSAFE,
 * STORE_BUSY, OUT_OF_MEMORY. */
PASSKEY_API passkey_status passkey_client_delete(passkey_client *client, const char *id,
                                                 passkey_error **out_error);

/* Asks the cloud what bind would bind, and stops before a key is made: a dry
 * run. The link stays usable; its job moves on to REQUEST_DELIVERED. Neither
 * TPM nor store are touched. The statuses of links, cloud and network. */
PASSKEY_API passkey_status passkey_client_info(passkey_client *client, const char *link,
                                               passkey_info **out_info,
                                               passkey_error **out_error);

/* Creates a credential binding job (POST …/credential-binding-jobs) with the
 * options api_base_url, tenant, realm, authenticator_config and api_token.
 * delivery_method is "RETURN" or "EMAIL"; post_binding_redirect_uri may be
 * NULL. INVALID_OPTION when an option is missing, else the statuses of the
 * cloud and the network. */
PASSKEY_API passkey_status passkey_client_create_job(passkey_client *client,
                                                     const char *identity_id,
                                                     const char *delivery_method,
                                                     const char *post_binding_redirect_uri,
                                                     passkey_job **out_job,
                                                     passkey_error **out_error);

/* The job of this identity with this id; identity_id may be "-", any identity
 * of the realm. Needs the options of create_job but authenticator_config, as
 * do the next three. NOT_FOUND when the cloud has no such job. The link of a
 * job is told only once, by create_job. */
PASSKEY_API passkey_status passkey_client_get_job(passkey_client *client, const char *identity_id,
                                                  const char *job_id, passkey_job **out_job,
                                                  passkey_error **out_error);

/* All jobs of an identity, or of the realm ("-"), in the cloud's order. Asks
 * page after page until the cloud says there is no other; timeout_ms is for all
 * of them together. BAD_RESPONSE when they do not end. */
PASSKEY_API passkey_status passkey_client_list_jobs(passkey_client *client,
                                                    const char *identity_id,
                                                    passkey_job_list **out_list,
                                                    passkey_error **out_error);

/* Revokes a job: its link can no longer be used. CONFLICT when it has been
 * used already. */
PASSKEY_API passkey_status passkey_client_revoke_job(passkey_client *client,
                                                     const char *identity_id, const char *job_id,
                                                     passkey_job **out_job,
                                                     passkey_error **out_error);

/* Waits until a job has reached an end: COMPLETE, EXPIRED, REVOKED or
 * FAILED_TO_SEND, which passkey_job_state of *out_job then says; asks the cloud
 * about once a second, more slowly when it asks for that, and goes on when a
 * single answer is lost: only the fifth failure in a row (NETWORK_ERROR, TIMEOUT
 * or SERVER_ERROR) ends the wait. TIMEOUT after wait_ms milliseconds; 0 waits
 * without limit. The option timeout_ms is for each question. */
PASSKEY_API passkey_status passkey_client_wait_job(passkey_client *client,
                                                   const char *identity_id, const char *job_id,
                                                   unsigned wait_ms, passkey_job **out_job,
                                                   passkey_error **out_error);

/* Looks whether bind can work here, and what would stop it: this machine, the
 * TPM, the store, and the cloud if the option api_base_url names one (it is
 * asked once, without any secret). Changes nothing: a store and the state of a
 * software TPM are not made when they are not there (a TPM that is there notes
 * that it was started; in a store a file of 64 kB is made and removed, to see
 * whether there is room). What is wrong is no failure of the call but a finding.
 * May take some seconds. CANCELED, OUT_OF_MEMORY. */
PASSKEY_API passkey_status passkey_client_examine(passkey_client *client,
                                                  passkey_examination **out_examination,
                                                  passkey_error **out_error);

/* For the owner of the TPM, once: has it keep a storage root key at 0x81000001
 * (0x81000002 when that is taken by something else), made by the standard
 * template. With it binds are faster, and need no owner password on a TPM that
 * has one. Does nothing when a proper one is there. Keys made before stay
 * usable: it is the same key that bind makes for the moment.
 *
 * owner_password: NULL when the owner has none; at most 64 bytes. It is not sent
 * to the TPM in clear, and our copies are overwritten.
 * TPM_OWNER_AUTH_REQUIRED when it is missing or wrong; the other statuses of
 * the TPM, INVALID_ARGUMENT, CANCELED, OUT_OF_MEMORY. */
PASSKEY_API passkey_status passkey_client_provision_tpm(passkey_client *client,
                                                        const char *owner_password,
                                                        passkey_provisioning **out_provisioning,
                                                        passkey_error **out_error);

/* --------------------------------------------------------------- operations */

/* Starts bind without blocking. The operation is also its cancel token.
 * INVALID_ARGUMENT or OUT_OF_MEMORY at once; everything else through the
 * operation. */
PASSKEY_API passkey_status passkey_client_bind_start(passkey_client *client, const char *link,
                                                     passkey_operation **out_operation,
                                                     passkey_error **out_error);

/* Each of the other calls without blocking. INVALID_ARGUMENT or OUT_OF_MEMORY
 * at once; everything else through the operation. */
PASSKEY_API passkey_status passkey_client_info_start(passkey_client *client, const char *link,
                                                     passkey_operation **out_operation,
                                                     passkey_error **out_error);
PASSKEY_API passkey_status passkey_client_resume_start(passkey_client *client,
                                                       passkey_operation **out_operation,
                                                       passkey_error **out_error);
PASSKEY_API passkey_status passkey_client_list_start(passkey_client *client,
                                                     passkey_operation **out_operation,
                                                     passkey_error **out_error);
PASSKEY_API passkey_status passkey_client_get_start(passkey_client *client, const char *id,
                                                    passkey_operation **out_operation,
                                                    passkey_error **out_error);
PASSKEY_API passkey_status passkey_client_delete_start(passkey_client *client, const char *id,
                                                       passkey_operation **out_operation,
                                                       passkey_error **out_error);
PASSKEY_API passkey_status passkey_client_create_job_start(passkey_client *client,
                                                           const char *identity_id,
                                                           const char *delivery_method,
                                                           const char *post_binding_redirect_uri,
                                                           passkey_operation **out_operation,
                                                           passkey_error **out_error);
PASSKEY_API passkey_status passkey_client_get_job_start(passkey_client *client,
                                                        const char *identity_id,
                                                        const char *job_id,
                                                        passkey_operation **out_operation,
                                                        passkey_error **out_error);
PASSKEY_API passkey_status passkey_client_list_jobs_start(passkey_client *client,
                                                          const char *identity_id,
                                                          passkey_operation **out_operation,
                                                          passkey_error **out_error);
PASSKEY_API passkey_status passkey_client_revoke_job_start(passkey_client *client,
                                                           const char *identity_id,
                                                           const char *job_id,
                                                           passkey_operation **out_operation,
                                                           passkey_error **out_error);
PASSKEY_API passkey_status passkey_client_wait_job_start(passkey_client *client,
                                                         const char *identity_id,
                                                         const char *job_id, unsigned wait_ms,
                                                         passkey_operation **out_operation,
                                                         passkey_error **out_error);
PASSKEY_API passkey_status passkey_client_examine_start(passkey_client *client,
                                                        passkey_operation **out_operation,
                                                        passkey_error **out_error);
PASSKEY_API passkey_status passkey_client_provision_tpm_start(passkey_client *client,
                                                              const char *owner_password,
                                                              passkey_operation **out_operation,
                                                              passkey_error **out_error);

/* Waits until the operation has ended or timeout_ms milliseconds have passed;
 * negative waits without limit, 0 only asks. True when it has ended. */
PASSKEY_API bool passkey_operation_wait(passkey_operation *operation, int timeout_ms);

/* Asks the operation to end with CANCELED. From any thread, any number of
 * times, also after the end. Waiting for the network ends at once, work on the
 * TPM with the command that it is at. Once the cloud's answer to the
 * registration is here, the operation succeeds all the same; while that answer
 * is waited for, the cloud may have registered the key, which then stays as a
 * pending bind: the error's hint says so. */
PASSKEY_API void passkey_operation_cancel(passkey_operation *operation);

/* Calls on_done(user) once when the operation has ended: on a thread of the
 * library, or at once on the calling thread when it has ended already. Then
 * user_free(user) is called once, also when the operation is freed first; it
 * may be NULL. At most one callback: a second one replaces none and is
 * INVALID_ARGUMENT; on failure user stays yours. on_done must not wait for
 * another operation. */
PASSKEY_API passkey_status passkey_operation_on_done(passkey_operation *operation,
                                                     void (*on_done)(void *user), void *user,
                                                     void (*user_free)(void *user),
                                                     passkey_error **out_error);

/* Calls on_progress(user, step) when a step begins. The steps of a bind:
 *
 *     link         is judged, and the store looked at
 *     instruction  the cloud is asked what to bind (nothing is asked for a
 *                  …/bind?… link, which says it)
 *     info         the cloud is asked whom for
 *     key          is created in the TPM and signs
 *     register     the cloud is told the public key
 *     store        the passkey is made durable
 *
 * of info the first three; of the calls about jobs: job; of list, get and
 * delete: store; of resume: register; of examine: machine, tpm, store, cloud;
 * of provision_tpm: tpm. Each step is reported once, in this order, one at a
 * time, up to the one that failed, and before on_done: on a thread of the
 * library; steps that have begun already at once on the calling thread. Then
 * user_free(user) is called once; it may be NULL. step is static. At most one
 * callback: a second one replaces none and is INVALID_ARGUMENT; on failure user
 * stays yours. on_progress may cancel, but not wait for an operation. */
PASSKEY_API passkey_status passkey_operation_on_progress(
    passkey_operation *operation, void (*on_progress)(void *user, const char *step), void *user,
    void (*user_free)(void *user), passkey_error **out_error);

/* The outcome of a bind operation that has ended. The first call takes the
 * result or the error out of the operation; a second one, or one before the
 * end, is INVALID_ARGUMENT. */
PASSKEY_API passkey_status passkey_operation_bind_result(passkey_operation *operation,
                                                         passkey_bind_result **out_result,
                                                         passkey_error **out_error);

/* Likewise of the other operations: info; list; get; delete; create_job, get_job,
 * revoke_job and wait_job; list_jobs. */
PASSKEY_API passkey_status passkey_operation_info_result(passkey_operation *operation,
                                                         passkey_info **out_info,
                                                         passkey_error **out_error);
PASSKEY_API passkey_status passkey_operation_resume_result(passkey_operation *operation,
                                                           passkey_resumption **out_report,
                                                           passkey_error **out_error);
PASSKEY_API passkey_status passkey_operation_list_result(passkey_operation *operation,
                                                         passkey_credential_list **out_list,
                                                         passkey_error **out_error);
PASSKEY_API passkey_status passkey_operation_get_result(passkey_operation *operation,
                                                        passkey_credential **out_passkey,
                                                        passkey_error **out_error);
PASSKEY_API passkey_status passkey_operation_delete_result(passkey_operation *operation,
                                                           passkey_error **out_error);
PASSKEY_API passkey_status passkey_operation_job_result(passkey_operation *operation,
                                                        passkey_job **out_job,
                                                        passkey_error **out_error);
PASSKEY_API passkey_status passkey_operation_job_list_result(passkey_operation *operation,
                                                             passkey_job_list **out_list,
                                                             passkey_error **out_error);
PASSKEY_API passkey_status passkey_operation_examination_result(
    passkey_operation *operation, passkey_examination **out_examination, passkey_error **out_error);
PASSKEY_API passkey_status passkey_operation_provision_tpm_result(
    passkey_operation *operation, passkey_provisioning **out_provisioning,
    passkey_error **out_error);

/* Gives the operation back. It goes on if it has not ended; cancel it first if
 * it should not. */
PASSKEY_API void passkey_operation_free(passkey_operation *operation);

/* Waits until no operation runs anywhere in this process, and no callback can
 * come any more, or until timeout_ms milliseconds have passed (negative: no
 * limit). True when all is quiet: no thread of the library is in a callback, in
 * OpenSSL or in libcurl, and no connection is open. Call it before the process
 * ends while operations may run: their threads must not be in libcurl or
 * OpenSSL when these clean up. Not from a callback. A child made by fork()
 * begins with none. */
PASSKEY_API bool passkey_drain(int timeout_ms);

/* ------------------------------------------------------------------ results */

PASSKEY_API const passkey_credential *passkey_bind_result_passkey(const passkey_bind_result *result);

/* Where the application may send the user next; NULL when the job names
 * nothing. The library never goes there. */
PASSKEY_API const char *
passkey_bind_result_post_binding_redirect_uri(const passkey_bind_result *result);

/* {"passkey":{…},"postBindingRedirectUri":…} (null when absent) */
PASSKEY_API const char *passkey_bind_result_json(const passkey_bind_result *result);
PASSKEY_API void passkey_bind_result_free(passkey_bind_result *result);

PASSKEY_API size_t passkey_credential_list_count(const passkey_credential_list *list);

/* The passkey at index, 0 to count - 1, borrowed from the list; NULL beyond. */
PASSKEY_API const passkey_credential *passkey_credential_list_at(const passkey_credential_list *list,
                                                                 size_t index);

/* File names of records that could not be understood, and why. */
PASSKEY_API size_t passkey_credential_list_num_damaged(const passkey_credential_list *list);
PASSKEY_API const char *passkey_credential_list_damaged(const passkey_credential_list *list,
                                                        size_t index);

/* A JSON array of the passkeys. */
PASSKEY_API const char *passkey_credential_list_json(const passkey_credential_list *list);
PASSKEY_API void passkey_credential_list_free(passkey_credential_list *list);

/* A local passkey. Times are RFC 3339 in UTC. */
PASSKEY_API const char *passkey_credential_id(const passkey_credential *credential);
PASSKEY_API const char *passkey_credential_passkey_id(const passkey_credential *credential);
PASSKEY_API const char *passkey_credential_local_created(const passkey_credential *credential);
PASSKEY_API const char *passkey_credential_local_updated(const passkey_credential *credential);
PASSKEY_API const char *passkey_credential_created(const passkey_credential *credential);
PASSKEY_API const char *passkey_credential_updated(const passkey_credential *credential);
PASSKEY_API const char *passkey_credential_api_base_url(const passkey_credential *credential);
/* "km:" and 16 hex digits */
PASSKEY_API const char *passkey_credential_key_handle(const passkey_credential *credential);
/* "tpm" */
PASSKEY_API const char *passkey_credential_key_type(const passkey_credential *credential);
/* "hardware", "swtpm" or "unknown": what the TPM said of itself */
PASSKEY_API const char *passkey_credential_protection(const passkey_credential *credential);
/* RFC 7638 SHA-256 JWK thumbprint, base64url without padding, 43 characters */
PASSKEY_API const char *passkey_credential_thumbprint(const passkey_credential *credential);
/* "active", "revoked" or "unknown" */
PASSKEY_API const char *passkey_credential_state(const passkey_credential *credential);
PASSKEY_API const char *passkey_credential_tenant_id(const passkey_credential *credential);
PASSKEY_API const char *passkey_credential_tenant_display_name(const passkey_credential *credential);
PASSKEY_API const char *passkey_credential_realm_id(const passkey_credential *credential);
PASSKEY_API const char *passkey_credential_realm_display_name(const passkey_credential *credential);
PASSKEY_API const char *passkey_credential_identity_id(const passkey_credential *credential);
PASSKEY_API const char *
passkey_credential_identity_display_name(const passkey_credential *credential);
PASSKEY_API const char *passkey_credential_identity_username(const passkey_credential *credential);
PASSKEY_API const char *
passkey_credential_identity_email_address(const passkey_credential *credential);
PASSKEY_API const char *passkey_credential_theme_logo_url_light(const passkey_credential *credential);
PASSKEY_API const char *passkey_credential_theme_logo_url_dark(const passkey_credential *credential);
PASSKEY_API const char *passkey_credential_theme_support_url(const passkey_credential *credential);
/* All of it as one JSON object with camelCase names; see docs/passkey.md. */
PASSKEY_API const char *passkey_credential_json(const passkey_credential *credential);
/* Only for what passkey_client_get gave. */
PASSKEY_API void passkey_credential_free(passkey_credential *credential);

/* What a link says, without its token. */
/* "invokeAuthenticator" or "bind" */
PASSKEY_API const char *passkey_link_kind(const passkey_link *link);
/* scheme, host and port that bind would contact first */
PASSKEY_API const char *passkey_link_origin(const passkey_link *link);
PASSKEY_API const char *passkey_link_tenant_id(const passkey_link *link);
PASSKEY_API const char *passkey_link_realm_id(const passkey_link *link);
PASSKEY_API const char *passkey_link_identity_id(const passkey_link *link);
PASSKEY_API const char *passkey_link_job_id(const passkey_link *link);
/* {"kind","origin","tenantId","realmId","identityId","jobId"} */
PASSKEY_API const char *passkey_link_json(const passkey_link *link);
PASSKEY_API void passkey_link_free(passkey_link *link);

/* What the cloud says a link would bind. Display names and theme may be NULL. */
PASSKEY_API const char *passkey_info_api_base_url(const passkey_info *info);
PASSKEY_API const char *passkey_info_job_id(const passkey_info *info);
PASSKEY_API const char *passkey_info_tenant_id(const passkey_info *info);
PASSKEY_API const char *passkey_info_tenant_display_name(const passkey_info *info);
PASSKEY_API const char *passkey_info_realm_id(const passkey_info *info);
PASSKEY_API const char *passkey_info_realm_display_name(const passkey_info *info);
PASSKEY_API const char *passkey_info_identity_id(const passkey_info *info);
PASSKEY_API const char *passkey_info_identity_display_name(const passkey_info *info);
PASSKEY_API const char *passkey_info_identity_username(const passkey_info *info);
PASSKEY_API const char *passkey_info_identity_email_address(const passkey_info *info);
PASSKEY_API const char *passkey_info_theme_logo_url_light(const passkey_info *info);
PASSKEY_API const char *passkey_info_theme_logo_url_dark(const passkey_info *info);
PASSKEY_API const char *passkey_info_theme_support_url(const passkey_info *info);
PASSKEY_API const char *passkey_info_post_binding_redirect_uri(const passkey_info *info);
/* {"apiBaseUrl","jobId","tenant","realm","identity","theme",
 *  "postBindingRedirectUri"}, the four objects as in a passkey's JSON */
PASSKEY_API const char *passkey_info_json(const passkey_info *info);
PASSKEY_API void passkey_info_free(passkey_info *info);

/* What has become of the pending binds, 0 to count - 1; NULL beyond. */
PASSKEY_API size_t passkey_resumption_count(const passkey_resumption *report);
/* "finished", "refused" (by the cloud, and given up) or "pending" still */
PASSKEY_API const char *passkey_resumption_outcome(const passkey_resumption *report, size_t index);
/* What bind would have given; NULL unless finished. */
PASSKEY_API const passkey_bind_result *
passkey_resumption_result(const passkey_resumption *report, size_t index);
/* Why not; NULL when finished. */
PASSKEY_API const passkey_error *passkey_resumption_error(const passkey_resumption *report,
                                                          size_t index);
/* Both "" when the pending bind cannot be read: the error names its file. */
PASSKEY_API const char *passkey_resumption_identity_id(const passkey_resumption *report,
                                                       size_t index);
PASSKEY_API const char *passkey_resumption_job_id(const passkey_resumption *report, size_t index);
/* A JSON array of {"outcome","identityId","jobId","passkey","error"}, null where
 * there is none. */
PASSKEY_API const char *passkey_resumption_json(const passkey_resumption *report);
PASSKEY_API void passkey_resumption_free(passkey_resumption *report);

/* A credential binding job. Times are RFC 3339 in UTC, as the cloud wrote
 * them. A field that the cloud left out is NULL. */
PASSKEY_API const char *passkey_job_id(const passkey_job *job);
/* "LINK_SENT", "LINK_OPENED", "REQUEST_DELIVERED", "COMPLETE", "EXPIRED",
 * "FAILED_TO_SEND", "REVOKED", or what a newer cloud says */
PASSKEY_API const char *passkey_job_state(const passkey_job *job);
/* The credential binding link, a bearer secret; NULL but for a job just created
 * with RETURN. */
PASSKEY_API const char *passkey_job_link(const passkey_job *job);
PASSKEY_API const char *passkey_job_identity_id(const passkey_job *job);
/* The cloud's id of the credential that was bound. */
PASSKEY_API const char *passkey_job_credential_id(const passkey_job *job);
PASSKEY_API const char *passkey_job_delivery_method(const passkey_job *job);
PASSKEY_API const char *passkey_job_post_binding_redirect_uri(const passkey_job *job);
PASSKEY_API const char *passkey_job_expire_time(const passkey_job *job);
PASSKEY_API const char *passkey_job_create_time(const passkey_job *job);
PASSKEY_API const char *passkey_job_update_time(const passkey_job *job);
/* {"id","state","link","identityId","credentialId","deliveryMethod",
 *  "postBindingRedirectUri","expireTime","createTime","updateTime"}; null where
 * a field is absent. Holds the link, if there is one. */
PASSKEY_API const char *passkey_job_json(const passkey_job *job);
/* Only for what create_job, get_job, revoke_job and wait_job gave. */
PASSKEY_API void passkey_job_free(passkey_job *job);

PASSKEY_API size_t passkey_job_list_count(const passkey_job_list *list);
/* Borrowed from the list; NULL beyond the last. */
PASSKEY_API const passkey_job *passkey_job_list_at(const passkey_job_list *list, size_t index);
/* A JSON array of the jobs. */
PASSKEY_API const char *passkey_job_list_json(const passkey_job_list *list);
PASSKEY_API void passkey_job_list_free(passkey_job_list *list);

/* How much a finding matters: is as it should be; may become a trouble, or is
 * for you to judge; stops a bind, or the use of a passkey. */
typedef enum passkey_level {
    PASSKEY_LEVEL_OK = 0,
    PASSKEY_LEVEL_WARNING = 1,
    PASSKEY_LEVEL_PROBLEM = 2
} passkey_level;

/* "ok", "warning" or "problem"; "unknown" for another number. Static. */
PASSKEY_API const char *passkey_level_name(passkey_level level);

/* What passkey_client_examine has found. Holds no link and no token, but paths
 * and names of this machine. docs/doctor.md lists the checks. */
PASSKEY_API size_t passkey_examination_count(const passkey_examination *examination);
/* The worst of all levels. */
PASSKEY_API passkey_level passkey_examination_worst(const passkey_examination *examination);
/* The name of the check, such as "tpm_permission"; NULL beyond the last. A
 * check may have several findings, or none when it has no meaning here. */
PASSKEY_API const char *passkey_examination_check(const passkey_examination *examination,
                                                  size_t index);
PASSKEY_API passkey_level passkey_examination_level(const passkey_examination *examination,
                                                    size_t index);
/* What was found, in one or two sentences. */
PASSKEY_API const char *passkey_examination_message(const passkey_examination *examination,
                                                    size_t index);
/* What to do about it, with the command where there is one; NULL where there is
 * nothing to do. */
PASSKEY_API const char *passkey_examination_remedy(const passkey_examination *examination,
                                                   size_t index);
/* An array of {"check","level","message","remedy"}; remedy may be null. */
PASSKEY_API const char *passkey_examination_json(const passkey_examination *examination);
PASSKEY_API void passkey_examination_free(passkey_examination *examination);

/* The storage root key that the TPM keeps. */
/* "made" by this call, or "present" before */
PASSKEY_API const char *passkey_provisioning_outcome(const passkey_provisioning *provisioning);
/* "0x81000001" or "0x81000002" */
PASSKEY_API const char *passkey_provisioning_handle(const passkey_provisioning *provisioning);
/* such as "ECC P-256" or "RSA 2048" */
PASSKEY_API const char *passkey_provisioning_key_type(const passkey_provisioning *provisioning);
/* its TPM 2.0 Name, hexadecimal */
PASSKEY_API const char *passkey_provisioning_name(const passkey_provisioning *provisioning);
/* {"outcome","handle","keyType","name"} */
PASSKEY_API const char *passkey_provisioning_json(const passkey_provisioning *provisioning);
PASSKEY_API void passkey_provisioning_free(passkey_provisioning *provisioning);

#ifdef __cplusplus
}
#endif
#endif
