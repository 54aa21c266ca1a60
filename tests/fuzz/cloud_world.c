/* SPDX-License-Identifier: Apache-2.0
 * The store's transactions become savepoints of one that is never committed. */
#include "cloud_world.h"

#include "fuzz.h"

#include "base/clock.h"
#include "base/memory.h"
#include "fault.h"
#include "mail/mail.h"
#include "setup.h"
#include "sign.h"

#include <sqlite3.h>

typedef int script_callback(void *, int, char **, char **);

int __real_sqlite3_exec(sqlite3 *db, const char *text, script_callback *callback, void *user,
                        char **message);
int __wrap_sqlite3_exec(sqlite3 *db, const char *text, script_callback *callback, void *user,
                        char **message);
int64_t __wrap_pk_clock_now_ms(void);
bool __wrap_pk_mail_enqueue(pk_call *call, const pk_job *job, const pk_identity *identity,
                            const char *link);
void __wrap_pk_log_failure(const char *route, const char *reason, const char *correlation_id);

static sqlite3 *database;
static bool is_running, in_work;

static int run(const char *text)
{
    return __real_sqlite3_exec(database, text, NULL, NULL, NULL);
}

static int end_work(const char *text)
{
    bool was_in_work = in_work;

    in_work = false;
    return was_in_work ? run(text) : SQLITE_OK;
}

int __wrap_sqlite3_exec(sqlite3 *db, const char *text, script_callback *callback, void *user,
                        char **message)
{
    database = db;
    if (!is_running)
        return __real_sqlite3_exec(db, text, callback, user, message);
    if (!strcmp(text, "BEGIN IMMEDIATE")) {
        REQUIRE(!in_work);
        in_work = true;
        return run("SAVEPOINT work");
    }
    if (!strcmp(text, "COMMIT"))
        return end_work("RELEASE work");
    if (!strcmp(text, "ROLLBACK"))
        return end_work("ROLLBACK TO work; RELEASE work");
    REQUIRE(!strncmp(text, "PRAGMA synchronous", 18)); /* not within a transaction */
    return SQLITE_OK;
}

int64_t __wrap_pk_clock_now_ms(void)
{
    return FUZZ_NOW_MS;
}

/* No mail goes out. */
bool __wrap_pk_mail_enqueue(pk_call *call, const pk_job *job, const pk_identity *identity,
                            const char *link)
{
    (void)call;
    REQUIRE(job->id && identity->email && link);
    return true;
}

/* Nothing that can be asked makes the store fail. */
void __wrap_pk_log_failure(const char *route, const char *reason, const char *correlation_id)
{
    (void)correlation_id;
    fprintf(stderr, "failure in %s: %s\n", route ? route : "no route", reason);
    abort();
}

/* ------------------------------------------------------------------ the world */

static fuzz_world world;

static void add_job(pk_arena *arena, const pk_setup *setup)
{
    const char *body = pk_arena_printf(arena, "{\"job\":{\"delivery_method\":\"RETURN\","
                                              "\"authenticator_config_id\":\"%s\"}}",
                                       setup->config_id);
    pk_call call = {.cloud = &world.cloud, .store = world.cloud.store, .now_ms = FUZZ_NOW_MS,
                    .method = "POST", .correlation_id = "c", .body = body,
                    .body_len = strlen(body)};
    const char *link;
    pk_json *json;

    call.target = pk_arena_printf(arena, "/v1/tenants/%s/realms/%s/identities/%s/"
                                         "credential-binding-jobs",
                                  setup->tenant_id, setup->realm_id, setup->identity_id);
    call.authorization = pk_arena_printf(arena, "Bearer %s", setup->api_token);
    pk_call_run(&call);
    REQUIRE(call.status == 200 || call.status == 201);
    json = pk_arena_json(arena, pk_json_parse(call.text, strlen(call.text), NULL));
    world.values[5] = pk_json_text(json, "credential_binding_job.id");
    link = pk_json_text(json, "credential_binding_link");
    REQUIRE(world.values[5] && link && strstr(link, "token="));
    world.values[6] = strstr(link, "token=") + 6;
    pk_arena_free(&call.arena);
}

const fuzz_world *fuzz_world_get(void)
{
    static pk_arena arena; /* to the end of the process */
    pk_setup setup;
    const char *reason = NULL;

    if (world.cloud.store)
        return &world;
    world.cloud = (pk_cloud){.store = pk_store_open(":memory:", &arena, &reason),
                             .public_url = "http://127.0.0.1:8085",
                             .link_lifetime_ms = 3600000,
                             .faults = pk_faults_new(),
                             .fault_control = true};
    REQUIRE(world.cloud.store && pk_setup_ensure(world.cloud.store, &arena, &setup));
    world.cloud.signer = pk_signer_open(setup.signing_key);
    REQUIRE(world.cloud.signer && setup.api_token);
    world.values[0] = setup.tenant_id;
    world.values[1] = setup.realm_id;
    world.values[2] = setup.identity_id;
    world.values[3] = setup.config_id;
    world.values[4] = setup.application_id;
    world.values[7] = setup.api_token;
    add_job(&arena, &setup);
    return &world;
}

void fuzz_world_begin(void)
{
    REQUIRE(run("BEGIN") == SQLITE_OK);
    is_running = true;
}

void fuzz_world_end(void)
{
    REQUIRE(!in_work);
    is_running = false;
    pk_faults_clear(world.cloud.faults);
    REQUIRE(run("ROLLBACK") == SQLITE_OK);
}
