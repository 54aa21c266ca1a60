/* SPDX-License-Identifier: Apache-2.0
 * What the verbs of the `passkey` command share. Data goes to stdout, all else
 * to stderr as "passkey: …". */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <passkey/passkey.h>

#define CLI_MAX_OWN_FLAGS 4

/* docs/cli.md names these for users. */
enum {
    CLI_EXIT_OK = 0,
    CLI_EXIT_OTHER = 1,
    CLI_EXIT_USAGE = 2,
    CLI_EXIT_LINK = 3,
    CLI_EXIT_CLOUD = 4,
    CLI_EXIT_TPM = 5,
    CLI_EXIT_STORE = 6,
    CLI_EXIT_NO_PASSKEY = 7, /* job wait: the job ended without one */
    CLI_EXIT_CANCELED = 130
};

typedef struct cli_verb cli_verb;

/* One run of one verb. */
typedef struct cli_call {
    const cli_verb *verb;
    bool json;
    bool quiet;
    passkey_client *client;             /* its options set from environment and flags */
    const char *own[CLI_MAX_OWN_FLAGS]; /* values of the verb's own flags, NULL when not given */
    char *operand;                      /* NULL for a verb without one */
    char **operands;                    /* of a verb that takes several; the first is operand */
    int num_operands;
} cli_call;

struct cli_verb {
    const char *name;                         /* one word, or two such as "job create" */
    const char *usage;                        /* what follows the name */
    const char *summary;                      /* one line */
    const char *description;                  /* for --help */
    const char *own_flags[CLI_MAX_OWN_FLAGS]; /* the first NULL ends them */
    bool is_switch[CLI_MAX_OWN_FLAGS];        /* those that take no value */
    bool takes_operand;
    bool takes_several;         /* operands, at least one */
    const char *operand_name;   /* NULL: it is a link */
    void (*before_client)(cli_call *call); /* while the environment may be changed; may be NULL */
    int (*run)(cli_call *call); /* returns the exit code */
};

extern const cli_verb cli_bind;
extern const cli_verb cli_check;
extern const cli_verb cli_info;
extern const cli_verb cli_resume;
extern const cli_verb cli_list;
extern const cli_verb cli_show;
extern const cli_verb cli_delete;
extern const cli_verb cli_job_create;
extern const cli_verb cli_job_get;
extern const cli_verb cli_job_list;
extern const cli_verb cli_job_revoke;
extern const cli_verb cli_job_wait;
extern const cli_verb cli_listen;
extern const cli_verb cli_doctor;
extern const cli_verb cli_tpm_provision;

/* ------------------------------------------------------------------- flags */

/* Reads the flags behind the verb and makes the client. -1 to go on with the
 * verb, else the exit code: it failed, or --help was all. */
int cli_flags_read(cli_call *call, int argc, char **argv);
void cli_flags_help(const cli_verb *verb);

/* ------------------------------------------------------------------- input */

/* The link: operand itself, which is then overwritten where it stands, or for
 * "-" a line of stdin. NULL after having reported why; else for pk_text_free. */
char *cli_link_read(const cli_call *call, char *operand, int *out_exit_code);

/* The first line of a file, or of stdin for "-", as above; a terminal is asked
 * for it. what names it: "API token". */
char *cli_secret_read(const cli_call *call, const char *path, const char *what,
                      int *out_exit_code);

/* The line that is typed at the terminal that stdin is, and is not shown there;
 * as above. */
char *cli_password_ask(const cli_call *call, const char *what, int *out_exit_code);

/* The line that comes from fd; what names where in errors. */
char *cli_line_read(const cli_call *call, int fd, const char *what, int *out_exit_code);

/* ------------------------------------------------------------------ output */

int cli_exit_code(passkey_status status);

/* Reports on stderr, as text or with --json as one JSON object; returns the
 * exit code. hint may be "". */
int cli_fail(const cli_call *call, passkey_status status, const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The same for an error of the library, which it frees. */
int cli_fail_error(const cli_call *call, passkey_error *error);

/* The same, but it stays the caller's. */
int cli_report_error(const cli_call *call, const passkey_error *error);

/* A passkey that was created, as text, JSON or its id. */
void cli_put_bind_result(const cli_call *call, const passkey_bind_result *result);

/* "passkey: …" on stderr, unless --quiet. */
void cli_note(const cli_call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints text that came from elsewhere: what would control a terminal or
 * reorder the line becomes "?". Returns the number of characters. */
size_t cli_put_text(const char *text);

/* "  name        text", or nothing when text is NULL or empty. */
void cli_put_row(const char *name, const char *text);

/* A table with a line of titles; cell may return NULL, and text from elsewhere. */
typedef struct cli_table {
    size_t num_columns, num_rows;
    const void *list;
    const char *(*title)(size_t column);
    const char *(*cell)(const void *list, size_t row, size_t column);
} cli_table;

void cli_put_table(const cli_table *table);

/* "Display name (user1), id" in a row; name and username may be NULL. */
void cli_put_who(const char *label, const char *name, const char *username, const char *id);

/* The rows that tell of a passkey and of a job. */
void cli_put_passkey(const passkey_credential *passkey);
void cli_put_job(const passkey_job *job);

/* Before the first and after the last output. The latter returns exit_code, or
 * reports that stdout could not be written. */
void cli_output_begin(void);
int cli_output_end(const cli_call *call, int exit_code);

/* --------------------------------------------------------------- interrupt */

/* Waits for the end of an operation, and cancels it when Ctrl-C, a hang-up or a
 * termination signal comes; a second one ends the process. */
void cli_wait(passkey_operation *operation);

/* ---------------------------------------------------------------- progress */

/* Shows the steps of a bind on stderr, from its start to _end; well: it has
 * succeeded. --quiet and --json show nothing. */
void cli_progress_begin(const cli_call *call, passkey_operation *operation);
void cli_progress_end(bool well);

/* A line of the library's log, from any thread, also without such steps. */
void cli_progress_log(const char *level, const char *message);

/* ---------------------------------------------------------------------- jobs */

/* What --identity said, the first of the verb's own flags; "-", any identity,
 * when it said nothing. */
const char *cli_identity(const cli_call *call);

/* Waits for an operation that was started with this status, and takes its job;
 * the exit code, 0 with *out_job. */
int cli_take_job(const cli_call *call, passkey_status started, passkey_operation *operation,
                 passkey_error *error, passkey_job **out_job);

#endif
