/* SPDX-License-Identifier: Apache-2.0 */
#include "client/draft.h"

#include "base/clock.h"
#include "base/text.h"

#include <string.h>

#define VERSION 1

const char PK_DRAFT_NEWER[] = "it was written by a newer version of the library";

/* Moves *from out. */
static char *moved(char **from)
{
    char *text = *from;

    *from = NULL;
    return text;
}

static char *without_end_slash(const char *url)
{
    size_t len = strlen(url);

    while (len && url[len - 1] == '/')
        len--;
    return pk_text_copy_n(url, len);
}

static bool fill(passkey_credential *passkey, const pk_instruction *instruction, pk_info *info,
                 const pk_key *key, const char *key_handle)
{
    char now[PK_RFC3339_SIZE];

    if (!pk_rfc3339_format(pk_clock_now_ms(), now))
        return false;
    *passkey = (passkey_credential){
        .id = pk_credential_make_id(instruction->tenant_id, instruction->realm_id,
                                    instruction->identity_id, now),
        .passkey_id = pk_text_copy(""),
        .local_created = pk_text_copy(now),
        .local_updated = pk_text_copy(now),
        .created = pk_text_copy(""),
        .updated = pk_text_copy(""),
        .api_base_url = without_end_slash(instruction->api_base_url),
        .key_handle = pk_text_copy(key_handle),
        .key_type = pk_text_copy("tpm"),
        .protection = pk_text_copy(key->protection),
        .thumbprint = pk_jwk_thumbprint(key->x, key->y),
        .state = pk_text_copy(""),
        .tenant_id = pk_text_copy(instruction->tenant_id),
        .tenant_display_name = moved(&info->tenant_display_name),
        .realm_id = pk_text_copy(instruction->realm_id),
        .realm_display_name = moved(&info->realm_display_name),
        .identity_id = pk_text_copy(instruction->identity_id),
        .identity_display_name = moved(&info->identity_display_name),
        .identity_username = moved(&info->username),
        .identity_email_address = moved(&info->email_address),
        .theme_logo_url_light = moved(&info->logo_url_light),
        .theme_logo_url_dark = moved(&info->logo_url_dark),
        .theme_support_url = moved(&info->support_url),
    };
#define IS_THERE(member, path, required) &&(!(required) || passkey->member)
    return true PK_CREDENTIAL_FIELDS(IS_THERE) && pk_credential_finish(passkey);
#undef IS_THERE
}

bool pk_draft_make(pk_draft *draft, pk_instruction *instruction, pk_info *info, pk_key *key,
                   const char *key_handle)
{
    bool filled = fill(&draft->passkey, instruction, info, key, key_handle);

    draft->instruction = *instruction;
    memset(instruction, 0, sizeof *instruction);
    draft->pem = moved(&key->pem);
    memcpy(draft->name, key->name, sizeof draft->name);
    memcpy(draft->srk_name, key->srk_name, sizeof draft->srk_name);
    draft->post_binding_redirect_uri = moved(&info->post_binding_redirect_uri);
    return filled;
}

/* ---------------------------------------------------------------------- the note */

static bool add_bytes(pk_json *json, const char *name, const void *x, size_t x_len)
{
    char *text = pk_base64url_encode(x, x_len);
    bool added = text && pk_json_add_text(json, name, text);

    pk_text_free(text);
    return added;
}

static pk_json *instruction_json(const pk_instruction *instruction)
{
    pk_json *json = pk_json_new_object();

    if (pk_json_add_text(json, "apiBaseUrl", instruction->api_base_url) &&
        pk_json_add_text(json, "tenantId", instruction->tenant_id) &&
        pk_json_add_text(json, "realmId", instruction->realm_id) &&
        pk_json_add_text(json, "identityId", instruction->identity_id) &&
        pk_json_add_text(json, "jobId", instruction->job_id) &&
        pk_json_add_text(json, "token", instruction->token))
        return json;
    pk_json_free(json);
    return NULL;
}

static pk_json *key_json(const pk_draft *draft)
{
    pk_json *json = pk_json_new_object();

    if (pk_json_add_text(json, "pem", draft->pem) &&
        add_bytes(json, "name", draft->name, sizeof draft->name) &&
        add_bytes(json, "srkName", draft->srk_name, sizeof draft->srk_name))
        return json;
    pk_json_free(json);
    return NULL;
}

char *pk_draft_text(const pk_draft *draft)
{
    pk_json *json = pk_json_new_object();
    char *text = NULL;

    if (pk_json_add_number(json, "version", VERSION) &&
        pk_json_add(json, "instruction", instruction_json(&draft->instruction)) &&
        pk_json_add(json, "passkey", pk_credential_to_json(&draft->passkey)) &&
        pk_json_add(json, "key", key_json(draft)) && pk_json_add_text(json, "jws", draft->jws) &&
        pk_json_add_text_or_null(json, "postBindingRedirectUri",
                                 draft->post_binding_redirect_uri))
        text = pk_json_print(json);
    pk_json_free(json);
    return text;
}

/* Copies the text at path; *reason tells when there is none. */
static char *copy(const pk_json *json, const char *path, const char **reason)
{
    const char *text = pk_json_text(json, path);
    char *own = pk_text_copy(text);

    if (!text)
        *reason = "a field is missing or not a string";
    else if (!own)
        *reason = PK_JSON_NO_MEMORY;
    return own;
}

static void read_name(const pk_json *json, const char *path, uint8_t out[PK_TPM_NAME_SIZE],
                      const char **reason)
{
    const char *text = pk_json_text(json, path);
    pk_buffer name = {0};

    if (text && pk_base64url_decode(text, strlen(text), &name) && name.len == PK_TPM_NAME_SIZE)
        memcpy(out, name.data, PK_TPM_NAME_SIZE);
    else
        *reason = "a Name is missing or malformed";
    pk_buffer_free(&name);
}

/* What goes into a path or a header is judged as it was when it came from the
 * link. */
static void judge_instruction(const pk_instruction *instruction, const char **reason)
{
    const char *const values[] = {instruction->tenant_id, instruction->realm_id,
                                  instruction->identity_id, instruction->job_id,
                                  instruction->token};
    size_t i;

    for (i = 0; i < sizeof values / sizeof *values && !*reason; i++)
        *reason = pk_instruction_value_reason(values[i], strlen(values[i]));
}

static void read_fields(const pk_json *json, pk_draft *draft, const char **reason)
{
    const char *path = NULL;

    draft->instruction = (pk_instruction){
        .api_base_url = copy(json, "instruction.apiBaseUrl", reason),
        .tenant_id = copy(json, "instruction.tenantId", reason),
        .realm_id = copy(json, "instruction.realmId", reason),
        .identity_id = copy(json, "instruction.identityId", reason),
        .job_id = copy(json, "instruction.jobId", reason),
        .token = copy(json, "instruction.token", reason),
    };
    draft->jws = copy(json, "jws", reason);
    draft->pem = copy(json, "key.pem", reason);
    read_name(json, "key.name", draft->name, reason);
    read_name(json, "key.srkName", draft->srk_name, reason);
    if (pk_json_text(json, "postBindingRedirectUri"))
        draft->post_binding_redirect_uri = copy(json, "postBindingRedirectUri", reason);
    if (!*reason)
        judge_instruction(&draft->instruction, reason);
    if (!*reason &&
        !pk_credential_from_json(pk_json_get(json, "passkey"), &draft->passkey, &path))
        *reason = path ? "a field is missing or not a string" : PK_JSON_NO_MEMORY;
}

const char *pk_draft_read(const pk_buffer *note, pk_draft *out_draft)
{
    const char *reason = "it is empty";
    pk_json *json = note->len ? pk_json_parse(note->data, note->len, &reason) : NULL;
    pk_draft draft = {0};
    long long version = 0;

    if (!json)
        return reason;
    reason = NULL;
    if (!pk_json_number(json, "version", &version) || version != VERSION)
        reason = version > VERSION ? PK_DRAFT_NEWER : "it has no version";
    else
        read_fields(json, &draft, &reason);
    pk_json_free(json);
    if (reason)
        pk_draft_free(&draft);
    else
        *out_draft = draft;
    return reason;
}

void pk_draft_free(pk_draft *draft)
{
    pk_instruction_free(&draft->instruction);
    pk_text_free(draft->jws);
    pk_credential_clear(&draft->passkey);
    pk_text_free(draft->pem);
    pk_text_free(draft->post_binding_redirect_uri);
    *draft = (pk_draft){0};
}

/* ---------------------------------------------------------------------- its name */

/* Each part with its NUL, so that none can run into the next. */
static bool append_part(pk_buffer *out, const char *part)
{
    return part && pk_buffer_append(out, part, strlen(part) + 1);
}

static bool append_digest(pk_buffer *out, const char *x, size_t x_len)
{
    uint8_t digest[PK_SHA256_SIZE];

    return pk_sha256(x, x_len, digest) && pk_buffer_append(out, digest, sizeof digest);
}

static bool append_token(pk_buffer *out, const pk_link *link)
{
    const char *query = link->invoke_url ? strchr(link->invoke_url, '?') : NULL;
    pk_buffer token = {0};
    bool done;

    if (link->kind == PK_LINK_BIND)
        return append_digest(out, link->instruction.token, strlen(link->instruction.token));
    done = query && pk_query_get(query + 1, strlen(query + 1), "token", &token) >= 0 &&
           append_digest(out, token.data ? token.data : "", token.len);
    pk_buffer_free(&token);
    return done;
}

bool pk_draft_pending_name(const pk_link *link, char out[PK_PENDING_NAME_SIZE])
{
    const pk_instruction *ids = &link->instruction;
    char *origin = pk_url_origin(link->kind == PK_LINK_BIND ? ids->api_base_url
                                                            : link->invoke_url);
    pk_buffer parts = {0};
    uint8_t digest[PK_SHA256_SIZE];
    char *hex = NULL;
    bool named;

    if (append_part(&parts, origin) && append_part(&parts, ids->tenant_id) &&
        append_part(&parts, ids->realm_id) && append_part(&parts, ids->identity_id) &&
        append_part(&parts, ids->job_id) && append_token(&parts, link) &&
        pk_sha256(parts.data, parts.len, digest) && (hex = pk_hex_encode(digest, sizeof digest)))
        memcpy(out, hex, PK_PENDING_NAME_SIZE);
    named = hex;
    pk_buffer_free(&parts);
    pk_text_free(origin);
    pk_text_free(hex);
    return named;
}
