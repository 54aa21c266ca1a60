/* SPDX-License-Identifier: Apache-2.0 */
#include "site.h"

#include "failure.h"
#include "pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char style[] =
#include "style.inc"
    ;

/* ----------------------------------------------------------------------- answers */

static void answer_failure(const failure *told, answer *out)
{
    size_t size;
    FILE *page = open_memstream(&out->body, &size);

    out->status = told->status;
    if (!page)
        return;
    page_failure(page, told);
    fclose(page);
}

static void answer_refusal(unsigned status, answer *out)
{
    const failure told = {status, status == 404 ? "Nothing is here" : "This is not taken", NULL,
                          guard_hint(status), NULL};

    answer_failure(&told, out);
}

static void answer_error(const request *asked, passkey_error *error, answer *out)
{
    const failure told = failure_of(error, asked->target);

    answer_failure(&told, out);
    passkey_error_free(error);
}

/* After a form or a link: a page that may be reloaded, at an address without secrets. */
static void go_to(const char *path, const char *id, answer *out)
{
    size_t size;
    FILE *location = open_memstream(&out->location, &size);

    out->status = location ? 303 : 500;
    if (!location)
        return;
    fprintf(location, "%s%s", path, id);
    fclose(location);
}

/* -------------------------------------------------------------------- the two ways */

static void bind_link(const site *here, const request *asked, const char *link, answer *out)
{
    passkey_bind_result *result = NULL;
    passkey_error *error = NULL;

    if (passkey_client_bind(here->client, link, &result, &error) == PASSKEY_OK)
        go_to("/passkeys/", passkey_credential_id(passkey_bind_result_passkey(result)), out);
    else
        answer_error(asked, error, out);
    passkey_bind_result_free(result);
}

static void answer_link(const site *here, const request *asked, answer *out)
{
    passkey_job *job = NULL;
    passkey_error *error = NULL;

    if (passkey_client_create_job(here->client, here->identity_id, "RETURN", NULL, &job, &error) ==
        PASSKEY_OK)
        bind_link(here, asked, passkey_job_link(job), out);
    else
        answer_error(asked, error, out);
    passkey_job_free(job);
}

static void answer_email(const site *here, const request *asked, answer *out)
{
    passkey_job *job = NULL;
    passkey_error *error = NULL;

    if (passkey_client_create_job(here->client, here->identity_id, "EMAIL", NULL, &job, &error) ==
        PASSKEY_OK)
        go_to("/jobs/", passkey_job_id(job), out);
    else
        answer_error(asked, error, out);
    passkey_job_free(job);
}

static void answer_own_link(const site *here, const request *asked, const char *text, answer *out)
{
    static const failure foreign = {
        403, "This link is for somebody else",
        "It would create a passkey for another identity than yours.",
        "Nothing was done with it. Open the link of the message that was sent to you.", NULL};
    passkey_link *link = NULL;
    passkey_error *error = NULL;

    if (passkey_client_check(here->client, text, &link, &error) != PASSKEY_OK)
        answer_error(asked, error, out);
    else if (strcmp(passkey_link_identity_id(link), here->identity_id) != 0)
        answer_failure(&foreign, out);
    else
        bind_link(here, asked, text, out);
    passkey_link_free(link);
}

/* The link as it came, nothing decoded: the library reads it. */
static void answer_bind(const site *here, const request *asked, answer *out)
{
    const size_t size = strlen(here->origin) + strlen(asked->target) + 1;
    char *link = malloc(size);

    out->status = 500;
    if (!link)
        return;
    snprintf(link, size, "%s%s", here->origin, asked->target);
    answer_own_link(here, asked, link, out);
    explicit_bzero(link, size);
    free(link);
}

/* -------------------------------------------------------------------- what to see */

static void answer_start(const site *here, const request *asked, answer *out)
{
    passkey_credential_list *passkeys = NULL;
    passkey_error *error = NULL;
    size_t size;
    FILE *page;

    if (passkey_client_list(here->client, &passkeys, &error) != PASSKEY_OK) {
        answer_error(asked, error, out);
    } else if ((page = open_memstream(&out->body, &size))) {
        page_start(page, here->identity_id, passkeys);
        fclose(page);
    }
    passkey_credential_list_free(passkeys);
}

static void answer_job(const site *here, const request *asked, const char *id, answer *out)
{
    passkey_job *job = NULL;
    passkey_error *error = NULL;
    size_t size;
    FILE *page;

    if (passkey_client_get_job(here->client, here->identity_id, id, &job, &error) != PASSKEY_OK) {
        answer_error(asked, error, out);
    } else if ((page = open_memstream(&out->body, &size))) {
        page_job(page, job);
        fclose(page);
    }
    passkey_job_free(job);
}

static void answer_passkey(const site *here, const request *asked, const char *id, answer *out)
{
    passkey_credential *passkey = NULL;
    passkey_error *error = NULL;
    size_t size;
    FILE *page;

    if (passkey_client_get(here->client, id, &passkey, &error) != PASSKEY_OK) {
        answer_error(asked, error, out);
    } else if ((page = open_memstream(&out->body, &size))) {
        page_passkey(page, passkey);
        fclose(page);
    }
    passkey_credential_free(passkey);
}

static void answer_style(answer *out)
{
    out->type = "text/css; charset=utf-8";
    out->body = strdup(style);
}

/* ----------------------------------------------------------------------- dispatch */

static const char *behind(const char *target, const char *path)
{
    const size_t len = strlen(path);

    return strncmp(target, path, len) == 0 ? target + len : NULL;
}

static bool is_path(const char *target, const char *path)
{
    const char *rest = behind(target, path);

    return rest && (*rest == '\0' || *rest == '?');
}

static unsigned judge(const site *here, const request *asked)
{
    const unsigned refused = guard_own_host_only(asked, here->origin);

    if (refused)
        return refused;
    if (is_path(asked->target, "/bind"))
        return guard_navigation_only(asked);
    if (is_path(asked->target, "/link") || is_path(asked->target, "/email"))
        return guard_same_origin_only(asked, here->origin);
    return strcmp(asked->method, "GET") == 0 || strcmp(asked->method, "HEAD") == 0 ? 0 : 405;
}

static void dispatch(const site *here, const request *asked, answer *out)
{
    const char *job_id = behind(asked->target, "/jobs/");
    const char *id = behind(asked->target, "/passkeys/");

    if (is_path(asked->target, "/bind"))
        answer_bind(here, asked, out);
    else if (is_path(asked->target, "/link"))
        answer_link(here, asked, out);
    else if (is_path(asked->target, "/email"))
        answer_email(here, asked, out);
    else if (is_path(asked->target, "/"))
        answer_start(here, asked, out);
    else if (is_path(asked->target, "/style.css"))
        answer_style(out);
    else if (job_id)
        answer_job(here, asked, job_id, out);
    else if (id)
        answer_passkey(here, asked, id, out);
    else
        answer_refusal(404, out);
}

void site_answer(const site *here, const request *asked, answer *out)
{
    const unsigned refused = judge(here, asked);

    *out = (answer){.status = 200, .type = "text/html; charset=utf-8"};
    if (refused)
        answer_refusal(refused, out);
    else
        dispatch(here, asked, out);
}
