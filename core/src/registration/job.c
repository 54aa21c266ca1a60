/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/job.h"

#include "base/error.h"
#include "base/memory.h"
#include "registration/fields.h"

#include <stdlib.h>
#include <string.h>

/* Member and getter name, name in the cloud's answer, name in our JSON. The
 * link stands between them, as it comes beside the job. */
#define FIRST_FIELDS(X)                                                                            \
    X(id, "id", "id", PK_USABLE)                                                                   \
    X(state, "state", "state", PK_REQUIRED)
#define OTHER_FIELDS(X)                                                                            \
    X(identity_id, "identity_id", "identityId", PK_OPTIONAL)                                       \
    X(credential_id, "credential_id", "credentialId", PK_OPTIONAL)                                 \
    X(delivery_method, "delivery_method", "deliveryMethod", PK_OPTIONAL)                           \
    X(post_binding_redirect_uri, "post_binding_redirect_uri", "postBindingRedirectUri",            \
      PK_OPTIONAL)                                                                                 \
    X(expire_time, "expire_time", "expireTime", PK_OPTIONAL)                                       \
    X(create_time, "create_time", "createTime", PK_OPTIONAL)                                       \
    X(update_time, "update_time", "updateTime", PK_OPTIONAL)

#define FIELDS(X) FIRST_FIELDS(X) OTHER_FIELDS(X)

struct passkey_job {
#define MEMBER(member, path, name, need) char *member;
    FIELDS(MEMBER)
#undef MEMBER
    char *link;
    char *json;
};

static const pk_field RULES[] = {
#define RULE(member, path, name, need) {path, need, offsetof(passkey_job, member)},
    FIELDS(RULE)
#undef RULE
};

static pk_json *job_json(const passkey_job *job)
{
    pk_json *json = pk_json_new_object();
    bool done = json;

#define ADD(member, path, name, need)                                                              \
    done = done && pk_json_add_text_or_null(json, name, job->member);
    FIRST_FIELDS(ADD)
    done = done && pk_json_add_text_or_null(json, "link", job->link);
    OTHER_FIELDS(ADD)
#undef ADD
    if (done)
        return json;
    pk_json_free(json);
    return NULL;
}

static bool finish(passkey_job *job, const char *link)
{
    pk_json *json;

    job->link = pk_text_copy(link);
    if (link && !job->link)
        return false;
    json = job_json(job);
    job->json = pk_json_print(json);
    pk_json_free(json);
    return job->json;
}

passkey_status pk_job_read(const pk_json *json, const char *what, const char *link,
                           passkey_job **out_job, passkey_error **out_error)
{
    passkey_job *job = calloc(1, sizeof *job);
    passkey_status status;

    if (!job)
        return pk_fail_memory(out_error);
    status = pk_fields_take(json, what, RULES, sizeof RULES / sizeof *RULES, job, out_error);
    if (!status && !finish(job, link))
        status = pk_fail_memory(out_error);
    if (status)
        passkey_job_free(job);
    else
        *out_job = job;
    return status;
}

bool pk_job_has_ended(const passkey_job *job)
{
    return !strcmp(job->state, "COMPLETE") || !strcmp(job->state, "EXPIRED") ||
           !strcmp(job->state, "REVOKED") || !strcmp(job->state, "FAILED_TO_SEND");
}

#define GETTER(member, path, name, need)                                                           \
    const char *passkey_job_##member(const passkey_job *job)                                       \
    {                                                                                              \
        return job ? job->member : NULL;                                                           \
    }
FIELDS(GETTER)
GETTER(link, "", "", PK_OPTIONAL)
GETTER(json, "", "", PK_OPTIONAL)
#undef GETTER

void passkey_job_free(passkey_job *job)
{
    if (!job)
        return;
    pk_fields_free(job, RULES, sizeof RULES / sizeof *RULES);
    pk_text_free(job->link);
    pk_text_free(job->json);
    free(job);
}

/* ----------------------------------------------------------------- several jobs */

struct passkey_job_list {
    passkey_job **items;
    size_t num_items, capacity;
    char *json;
};

passkey_job_list *pk_job_list_new(void)
{
    return calloc(1, sizeof(passkey_job_list));
}

static bool make_room(passkey_job_list *list)
{
    size_t capacity = list->capacity ? 2 * list->capacity : 16;
    passkey_job **items;

    if (list->num_items < list->capacity)
        return true;
    items = reallocarray(list->items, capacity, sizeof *items);
    if (!items)
        return false;
    list->items = items;
    list->capacity = capacity;
    return true;
}

bool pk_job_list_add(passkey_job_list *list, passkey_job *job)
{
    if (!make_room(list)) {
        passkey_job_free(job);
        return false;
    }
    list->items[list->num_items++] = job;
    return true;
}

/* Of the texts that the jobs have already: each was made by the same printer. */
static bool append_jobs(const passkey_job_list *list, pk_buffer *text)
{
    size_t i;

    for (i = 0; i < list->num_items; i++)
        if ((i && !pk_buffer_append_text(text, ",")) ||
            !pk_buffer_append_text(text, list->items[i]->json))
            return false;
    return true;
}

bool pk_job_list_finish(passkey_job_list *list)
{
    pk_buffer text = {0};

    if (pk_buffer_append_text(&text, "[") && append_jobs(list, &text) &&
        pk_buffer_append_text(&text, "]"))
        list->json = pk_buffer_take(&text);
    pk_buffer_free(&text);
    return list->json;
}

size_t passkey_job_list_count(const passkey_job_list *list)
{
    return list ? list->num_items : 0;
}

const passkey_job *passkey_job_list_at(const passkey_job_list *list, size_t index)
{
    return list && index < list->num_items ? list->items[index] : NULL;
}

const char *passkey_job_list_json(const passkey_job_list *list)
{
    return list ? list->json : NULL;
}

void passkey_job_list_free(passkey_job_list *list)
{
    size_t i;

    if (!list)
        return;
    for (i = 0; i < list->num_items; i++)
        passkey_job_free(list->items[i]);
    free(list->items);
    pk_text_free(list->json);
    free(list);
}
