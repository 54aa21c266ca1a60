/* SPDX-License-Identifier: Apache-2.0
 * The pages of a list of jobs, until the cloud says that there is no other. A
 * cloud that never says so is found out: by a page that comes round again, by
 * the number of pages, by the time allowed for the network. */
#include "base/error.h"
#include "base/text.h"
#include "registration/answer.h"
#include "registration/job_request.h"

#include <string.h>

#define PAGE_SIZE "200" /* the most that the cloud gives */
#define MAX_PAGE (1024 * 1024)
#define MAX_PAGES 1000
#define MAX_TOKEN 4096
#define WHAT "the list of credential binding jobs"

passkey_status pk_job_ask_page(pk_http *http, const pk_job_place *place, const pk_job_pages *pages,
                               passkey_error **out_error)
{
    pk_buffer path = {0};
    passkey_status status = PASSKEY_OUT_OF_MEMORY;

    if (pk_buffer_append_text(&path, "?page_size=" PAGE_SIZE) &&
        (!pages->next_token || (pk_buffer_append_text(&path, "&page_token=") &&
                                pk_percent_encode(&path, pages->next_token))))
        status = pk_job_get(http, place, path.data, MAX_PAGE, out_error);
    else
        pk_fail_memory(out_error);
    pk_buffer_free(&path);
    return status;
}

static passkey_status bad(const char *why, passkey_error **out_error)
{
    return pk_fail(out_error, PASSKEY_BAD_RESPONSE, "The cloud's answer to " WHAT ": %s.", why);
}

static passkey_status read_jobs(const pk_json *json, passkey_job_list *list,
                                passkey_error **out_error)
{
    const pk_json *jobs = pk_json_get(json, "credential_binding_jobs"), *each;
    passkey_status status = PASSKEY_OK;

    if (!pk_json_is_array(jobs))
        return bad("credential_binding_jobs is missing or no array", out_error);
    for (each = pk_json_first(jobs); each && !status; each = pk_json_next(each)) {
        passkey_job *job = NULL;

        status = pk_json_is_object(each) ? pk_job_read(each, WHAT, NULL, &job, out_error)
                                         : bad("a job is no object", out_error);
        if (!status && !pk_job_list_add(list, job))
            status = pk_fail_memory(out_error);
    }
    return status;
}

static bool copy(char **to, const char *from)
{
    pk_text_free(*to);
    *to = pk_text_copy(from);
    return *to;
}

/* Brent: a token is kept to compare with, and given up for a newer one after
 * twice as many pages as before. Whatever the length of the circle, one that is
 * kept comes again. */
static passkey_status take_token(pk_job_pages *pages, const char *token, passkey_error **out_error)
{
    if (strlen(token) > MAX_TOKEN)
        return bad("next_page_token is too long", out_error);
    if (pages->old_token && !strcmp(pages->old_token, token))
        return bad("its pages go round in a circle", out_error);
    if (++pages->num_pages >= MAX_PAGES)
        return bad("it has too many pages", out_error);
    if (pages->num_pages > pages->num_until_old) {
        pages->num_until_old = 2 * pages->num_pages;
        if (!copy(&pages->old_token, token))
            return pk_fail_memory(out_error);
    }
    return copy(&pages->next_token, token) ? PASSKEY_OK : pk_fail_memory(out_error);
}

passkey_status pk_job_read_page(const pk_json *json, pk_job_pages *pages,
                                passkey_error **out_error)
{
    const pk_json *next = pk_json_get(json, "next_page_token");
    const char *token = pk_json_string(next);
    passkey_status status = read_jobs(json, pages->list, out_error);

    if (status)
        return status;
    if (next && !token && !pk_json_is_null(next))
        return bad("next_page_token is not a string", out_error);
    if (token && *token)
        return take_token(pages, token, out_error);
    pk_text_free(pages->next_token);
    pages->next_token = NULL;
    return pk_job_list_finish(pages->list) ? PASSKEY_OK : pk_fail_memory(out_error);
}

passkey_status pk_job_take_page(pk_http *http, const pk_job_place *place, pk_job_pages *pages,
                                passkey_error **out_error)
{
    pk_http_answer answer = {0};
    pk_json *json = NULL;
    passkey_status status = pk_job_take_json(http, place, &answer, &json, out_error);

    if (!status && (status = pk_job_read_page(json, pages, out_error)))
        pk_answer_set_http(&answer, out_error);
    pk_json_free(json);
    pk_http_answer_free(&answer);
    return status;
}

void pk_job_pages_free(pk_job_pages *pages)
{
    passkey_job_list_free(pages->list);
    pk_text_free(pages->next_token);
    pk_text_free(pages->old_token);
}
