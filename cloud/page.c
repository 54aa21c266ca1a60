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

static const char *list_name(pk_call *call, const char *kind)
{
    return pk_arena_printf(&call->arena, "1 %s %s %s ", kind, call->realm_id,
                           call->identity_id ? call->identity_id : "-");
}

/* ------------------------------------------------------------------- tokens */

static const char *token_of(pk_call *call, const char *kind, const pk_page *page)
{
    const char *list = list_name(call, kind);
    const char *content =
        list ? pk_arena_printf(&call->arena, "%s%lld %lld %lld", list, page->last, page->size,
                               (long long)call->now_ms)
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

static bool read_token(pk_call *call, const char *kind, const char *token, pk_page *page)
{
    const char *list = list_name(call, kind);
    const char *content = content_of(call, token);
    long long made_ms = 0;

    if (!list || !content || strncmp(content, list, strlen(list)) != 0 ||
        sscanf(content + strlen(list), "%lld %lld %lld", &page->after, &page->size, &made_ms) != 3)
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

bool pk_page_read(pk_call *call, const char *kind, pk_page *out_page)
{
    pk_page page = {.size = DEFAULT_SIZE};
    const char *token = pk_call_query(call, "page_token");
    const char *wrong = NULL;

    if (token && *token && !read_token(call, kind, token, &page)) {
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
    if (page.size == 0)
        page.size = DEFAULT_SIZE;
    if (page.size > MAX_SIZE)
        page.size = MAX_SIZE;
    *out_page = page;
    return true;
}

void pk_page_answer(pk_call *call, const char *kind, const pk_page *page, pk_json *items)
{
    pk_json *list = pk_json_new_object();
    bool done = pk_json_add(list, kind, items);

    done = done && pk_json_add_number(list, "total_size", page->total);
    if (done && page->more)
        done = pk_json_add_text(list, "next_page_token", token_of(call, kind, page));
    if (!done) {
        pk_json_free(list);
        list = NULL;
    }
    pk_answer(call, 200, list);
}
