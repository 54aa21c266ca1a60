/* SPDX-License-Identifier: Apache-2.0
 * cloud_load jobs|binds CONNECTIONS COUNT [ACKNOWLEDGED] <READY
 * Puts load on a passkey-cloud whose ready line, with an API token in it, is on
 * stdin, and says on stdout in JSON what it saw. Ids of credentials that were
 * acknowledged are appended to ACKNOWLEDGED, one a line. A server that goes away
 * is no failure of this program: the answer says "broken":true. */
#include "bind.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_CONNECTIONS 400

typedef struct load {
    bool whole; /* binds, not only jobs */
    size_t num_workers;
    long count;
    int acknowledged; /* a file, or -1 */
    pk_json *ready;
    char *host;
    int port;
    atomic_long num_begun;
    atomic_long num_refused;
    atomic_bool broken;
    bench_worker workers[MAX_CONNECTIONS];
    bench_tally took[MAX_CONNECTIONS];
} load;

typedef struct place {
    load *load;
    size_t number;
} place;

/* ---------------------------------------------------------------- the workers */

/* One write for each line, so that threads do not mix theirs. */
static bool acknowledge(const load *load, const char *id)
{
    char line[128];
    int len = snprintf(line, sizeof line, "%s\n", id);

    return load->acknowledged < 0 || write(load->acknowledged, line, (size_t)len) == len;
}

static bool do_one(load *load, bench_worker *worker)
{
    char *made = load->whole ? bench_bind(worker) : bench_create_job(worker);
    bool done = made && (!load->whole || acknowledge(load, made));

    pk_text_free(made);
    return done;
}

static void *work(void *user)
{
    place *at = user;
    load *load = at->load;
    bench_worker *worker = &load->workers[at->number];

    while (!load->broken && atomic_fetch_add(&load->num_begun, 1) < load->count) {
        int64_t start_us = bench_now_us();

        if (do_one(load, worker))
            bench_tally_add(&load->took[at->number], bench_now_us() - start_us);
        else if (worker->broken)
            load->broken = true;
        else
            load->num_refused++;
    }
    bench_http_end(&worker->http);
    return NULL;
}

static bool run(load *load)
{
    pthread_t threads[MAX_CONNECTIONS];
    place places[MAX_CONNECTIONS];
    size_t num_started = 0;

    for (size_t i = 0; i < load->num_workers; i++) {
        load->workers[i].ready = load->ready;
        load->workers[i].http = (bench_http){.host = load->host, .port = load->port, .fd = -1};
        places[i] = (place){load, i};
        if (pthread_create(&threads[i], NULL, work, &places[i]) != 0)
            break;
        num_started++;
    }
    for (size_t i = 0; i < num_started; i++)
        pthread_join(threads[i], NULL);
    return num_started == load->num_workers;
}

/* ----------------------------------------------------------------- the report */

static pk_json *steps_json(load *load)
{
    pk_json *steps = pk_json_new_object();

    for (int step = 0; step < BENCH_NUM_STEPS; step++) {
        bench_tally all = {0};

        for (size_t i = 0; i < load->num_workers; i++)
            bench_tally_add_all(&all, &load->workers[i].steps[step]);
        if (all.num)
            pk_json_add(steps, bench_step_names[step], bench_tally_json(&all));
        bench_tally_free(&all);
    }
    return steps;
}

static void add_refusal(const load *load, pk_json *report)
{
    for (size_t i = 0; i < load->num_workers; i++) {
        const bench_worker *worker = &load->workers[i];

        if (!worker->refused_status)
            continue;
        pk_json_add_text(report, "refused_step", bench_step_names[worker->refused_step]);
        pk_json_add_number(report, "refused_status", worker->refused_status);
        return;
    }
}

static bool print_report(load *load, int64_t took_us)
{
    pk_json *report = pk_json_new_object();
    bench_tally all = {0};
    char *text;

    for (size_t i = 0; i < load->num_workers; i++)
        bench_tally_add_all(&all, &load->took[i]);
    pk_json_add_number(report, "done", (long long)all.num);
    pk_json_add_number(report, "refused", load->num_refused);
    add_refusal(load, report);
    pk_json_add_bool(report, "broken", load->broken);
    pk_json_add_number(report, "took_us", took_us);
    pk_json_add(report, "whole", bench_tally_json(&all));
    pk_json_add(report, "steps", steps_json(load));
    text = pk_json_print(report);
    if (text)
        puts(text);
    pk_text_free(text);
    pk_json_free(report);
    bench_tally_free(&all);
    return text != NULL;
}

/* -------------------------------------------------------------------- the start */

static pk_json *read_ready(void)
{
    char line[4096];
    size_t len = fread(line, 1, sizeof line, stdin);
    pk_json *ready = pk_json_parse(line, len, NULL);

    pk_wipe(line, sizeof line);
    return ready;
}

/* The load is for this machine: http to loopback, by the number. */
static bool read_address(load *load)
{
    const char *url = pk_json_text(load->ready, "api_base_url");
    const char *colon = url ? strrchr(url, ':') : NULL;

    if (!colon || strncmp(url, "http://", 7) != 0 || !pk_json_text(load->ready, "api_token"))
        return false;
    load->host = pk_text_copy("127.0.0.1");
    load->port = atoi(colon + 1);
    return load->host && load->port > 0;
}

static bool read_arguments(load *load, int argc, char **argv)
{
    if (argc < 4 || argc > 5 || (strcmp(argv[1], "jobs") != 0 && strcmp(argv[1], "binds") != 0))
        return false;
    load->whole = strcmp(argv[1], "binds") == 0;
    load->num_workers = strtoul(argv[2], NULL, 10);
    load->count = atol(argv[3]);
    if (argc == 5)
        load->acknowledged = open(argv[4], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    return load->num_workers > 0 && load->num_workers <= MAX_CONNECTIONS && load->count > 0 &&
           (argc == 4 || load->acknowledged >= 0);
}

static void free_load(load *load)
{
    for (size_t i = 0; i < load->num_workers && i < MAX_CONNECTIONS; i++) {
        for (int step = 0; step < BENCH_NUM_STEPS; step++)
            bench_tally_free(&load->workers[i].steps[step]);
        bench_tally_free(&load->took[i]);
    }
    if (load->acknowledged >= 0)
        close(load->acknowledged);
    pk_json_free(load->ready);
    pk_text_free(load->host);
    free(load);
}

static int measure(load *load)
{
    int64_t start_us;

    load->ready = read_ready();
    if (!read_address(load)) {
        fputs("cloud_load: stdin is no ready line with an api_token\n", stderr);
        return 2;
    }
    start_us = bench_now_us();
    return run(load) && print_report(load, bench_now_us() - start_us) ? 0 : 1;
}

int main(int argc, char **argv)
{
    load *load = calloc(1, sizeof *load);
    int code = 2;

    if (!load)
        return 1;
    load->acknowledged = -1;
    if (read_arguments(load, argc, argv))
        code = measure(load);
    else
        fputs("usage: cloud_load jobs|binds CONNECTIONS COUNT [ACKNOWLEDGED] <READY\n", stderr);
    free_load(load);
    return code;
}
