/* SPDX-License-Identifier: Apache-2.0
 * A page token says which list, where in it, how large a page and when it was
 * made, so the server keeps nothing. It is no secret and grants nothing: each
 * call with it needs an API token like any other. The checksum is there so
 * that a token that was cut or changed is refused instead of misread. */
#include "page.h"

#include "answer.h"
#include "base/crypto.h"
#include "base/memory.h"
#include "base/text.h"
#include "names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_SIZE 20
#define MAX_SIZE 200
#define TOKEN_LIFETIME_MS (7LL * 24 * 60 * 60 * 1000)
#define CHECKSUM_LEN 16

static const char *or_none(const char *id)
{
    return id ? id : "-";
}

/* Ids are without spaces, or no list would have been found. */
static const char *list_name(pk_call *call, const pk_list *list)
{
    return pk_arena_printf(&call->arena, "2 %s %s %s %s %s ", list->name, or_none(call->tenant_id),
                           or_none(call->realm_id), or_none(call->identity_id), or_none(call->id));
}

/* ------------------------------------------------------------------- tokens */

static const char *token_of(pk_call *call, const pk_list *list, const pk_page *page)
{
    const char *name = list_name(call, list);
    const char *content =
        name ? pk_arena_printf(&call->arena, "%s%lld %lld %lld %s", name, page->last, page->size,
                               (long long)call->now_ms, list->filter ? list->filter : "")
             : NULL;
    const char *hash = pk_token_hash(&call->arena, content);
    const char *text = hash ? pk_arena_printf(&call->arena, "%.*s%s", CHECKSUM_LEN, hash, content)
                            : NULL;

    return text ? pk_arena_take(&call->arena, pk_base64url_encode(text, strlen(text))) : NULL;
}

/* What is inside a token behind its checksum; NULL when they do not agree. */
static const char *content_of(pk_call *call, const char *token)
{
    pk_buffer bytes = {0};
    const char *text = NULL;
    const char *hash;

    if (pk_base64url_decode(token, strlen(token), &bytes) && bytes.len > CHECKSUM_LEN &&
        strlen(bytes.data) == bytes.len)
        text = pk_arena_text(&call->arena, bytes.data);
    pk_buffer_free(&bytes);
    hash = text ? pk_token_hash(&call->arena, text + CHECKSUM_LEN) : NULL;
    return hash && strncmp(hash, text, CHECKSUM_LEN) == 0 ? text + CHECKSUM_LEN : NULL;
}

static bool read_token(pk_call *call, pk_list *list, const char *token, pk_page *page)
{
    const char *name = list_name(call, list);
    const char *content = content_of(call, token);
    long long made_ms = 0;
    int len = 0;

    if (!name || !content || strncmp(content, name, strlen(name)) != 0)
        return false;
    content += strlen(name);
    if (sscanf(content, "%lld %lld %lld%n", &page->after, &page->size, &made_ms, &len) != 3 ||
        content[len] != ' ')
        return false;
    list->filter = content[len + 1] ? content + len + 1 : NULL;
    if (page->after < 0 || page->size < 0 || made_ms < 0) /* the checksum has no key */
        return false;
    return made_ms <= call->now_ms && call->now_ms - made_ms <= TOKEN_LIFETIME_MS;
}

/* --------------------------------------------------------------- parameters */

/* A number from 0 on; an absent one leaves *out as it is. */
static bool read_number(pk_call *call, const char *name, long long *out)
{
    const char *text = pk_call_query(call, name);
    size_t len = text ? strlen(text) : 0;

    if (!text)
        return true;
    if (len == 0 || len > 9 || strspn(text, "0123456789") != len)
        return false;
    *out = atoll(text);
    return true;
}

/* With a token the filter may be left out; another one is a mistake. */
static bool read_filter(pk_call *call, pk_list *list, bool has_token)
{
    const char *filter = list->takes_filter ? pk_call_query(call, "filter") : NULL;

    if (!filter || !*filter)
        return true;
    if (has_token && (!list->filter || strcmp(filter, list->filter) != 0)) {
        pk_answer_violation(call, "filter", "not the filter of the page token");
        return false;
    }
    list->filter = filter;
    return true;
}

static void limit_size(const pk_list *list, pk_page *page)
{
    if (page->size == 0)
        page->size = list->max_size ? list->max_size : DEFAULT_SIZE;
    if (page->size > (list->max_size ? list->max_size : MAX_SIZE))
        page->size = list->max_size ? list->max_size : MAX_SIZE;
}

/* Which of two is meant, nobody can tell. */
static const char *name_given_twice(const pk_call *call)
{
    static const char *const names[] = {"page_size", "page_token", "skip", "filter"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (pk_call_num_queries(call, names[i]) > 1)
            return names[i];
    return NULL;
}

bool pk_page_read(pk_call *call, pk_list *list, pk_page *out_page)
{
    const char *token = pk_call_query(call, "page_token");
    bool has_token = token && *token;
    const char *wrong = name_given_twice(call);
    pk_page page = {0};

    if (wrong) {
        pk_answer_violation(call, wrong, "given twice");
        return false;
    }
    if (has_token && !read_token(call, list, token, &page)) {
        pk_answer_violation(call, "page_token", "invalid page token");
        return false;
    }
    if (!read_number(call, "page_size", &page.size))
        wrong = "page_size";
    else if (!read_number(call, "skip", &page.skip))
        wrong = "skip";
    if (wrong) {
        pk_answer_violation(call, wrong, "not a number from 0 on");
        return false;
    }
    limit_size(list, &page);
    *out_page = page;
    return read_filter(call, list, has_token);
}

pk_json *pk_page_json(pk_call *call, const pk_list *list, const pk_page *page, pk_json *items)
{
    pk_json *json = pk_json_new_object();
    bool done = pk_json_add(json, list->name, items);

    done = done && pk_json_add_number(json, "total_size", page->total);
    if (done && page->more)
        done = pk_json_add_text(json, "next_page_token", token_of(call, list, page));
    if (done)
        return json;
    pk_json_free(json);
    return NULL;
}

void pk_page_answer(pk_call *call, const pk_list *list, const pk_page *page, pk_json *items)
{
    pk_answer(call, 200, pk_page_json(call, list, page, items));
}
