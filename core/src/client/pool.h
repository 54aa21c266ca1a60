/* SPDX-License-Identifier: Apache-2.0
 * The worker threads: they do everything of an operation but the network. */
#ifndef PK_POOL_H
#define PK_POOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum pk_task_kind {
    PK_TASK_QUICK,
    PK_TASK_WAITS,     /* perhaps long, for the TPM or for another process */
    PK_TASK_WAITS_TOO, /* that too, even when the operation was canceled */
} pk_task_kind;

/* Something to run once. It is done with when run begins. */
typedef struct pk_task {
    void (*run)(struct pk_task *task);
    uint64_t lane; /* those that wait for the same thing: one at a time */
    const atomic_bool *canceled; /* pk_pool_hurry after a change */

    /* the pool's own */
    struct pk_task *next;
    pk_task_kind kind;
} pk_task;

/* Announces an operation: workers are there until pk_pool_leave. False when no
 * thread can be had. */
bool pk_pool_enter(void);
void pk_pool_leave(void);

/* Has it run by a worker, in the order of coming. Of an operation that has
 * entered. Tasks that wait take turns here, in their lane, and not at the lock
 * of a file, where nobody is woken when it is free. From here on the task is
 * another thread's. */
void pk_pool_add(pk_task *task, pk_task_kind kind);

/* It was canceled: if it is in the queue to wait, it is quick now. */
void pk_pool_hurry(pk_task *task);

/* Waits until no operation is announced. */
bool pk_pool_drain(int timeout_ms);

#endif
