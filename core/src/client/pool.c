/* SPDX-License-Identifier: Apache-2.0 */
#include "client/pool.h"

#include "base/thread.h"

#include <stddef.h>

#define MAX_WORKERS 4
#define IDLE_MS 2000 /* how long a worker without work stays */

/* One worker is always left for what is quick: however long a TPM or another
 * process takes, what was canceled ends and answers are taken. */
#define MAX_WAITING (MAX_WORKERS - 1)

typedef struct queue {
    pk_task *first, *last;
} queue;

static struct pool {
    pthread_mutex_t lock;
    pthread_cond_t work;   /* a task may be taken */
    pthread_cond_t fewer;  /* operations */
    queue quick, waiting;
    unsigned num_queued;
    unsigned num_operations;
    unsigned num_workers, num_idle;
    unsigned num_waiting;
    uint64_t lanes[MAX_WAITING]; /* of those that wait */
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER,
          .work = PTHREAD_COND_INITIALIZER,
          .fewer = PTHREAD_COND_INITIALIZER};

/* ------------------------------------------------------------------- the queues */

static void put(queue *into, pk_task *task)
{
    task->next = NULL;
    if (into->first)
        into->last->next = task;
    else
        into->first = task;
    into->last = task;
}

static bool take_out(queue *from, const pk_task *task)
{
    pk_task *before = NULL, *each = from->first;

    for (; each && each != task; each = each->next)
        before = each;
    if (!each)
        return false;
    if (before)
        before->next = each->next;
    else
        from->first = each->next;
    if (from->last == each)
        from->last = before;
    return true;
}

/* ------------------------------------------------------------------ the workers */

static bool is_taken(uint64_t lane)
{
    unsigned i;

    for (i = 0; i < pool.num_waiting; i++)
        if (pool.lanes[i] == lane)
            return true;
    return false;
}

static void leave_lane(uint64_t lane)
{
    unsigned i = 0;

    while (pool.lanes[i] != lane)
        i++;
    pool.lanes[i] = pool.lanes[--pool.num_waiting];
}

/* What may be run now; NULL for nothing. */
static pk_task *find_task(void)
{
    pk_task *task = pool.waiting.first;

    if (pool.quick.first || pool.num_waiting == MAX_WAITING)
        return pool.quick.first;
    while (task && is_taken(task->lane))
        task = task->next;
    return task;
}

static bool has_task(const void *of)
{
    (void)of;
    return find_task();
}

/* NULL when there was nothing to do for long; the last worker stays as long as
 * there is an operation. */
static pk_task *next_task(void)
{
    pk_task *task;
    bool found;

    pool.num_idle++;
    do
        found = pk_wait_until(&pool.work, &pool.lock, has_task, NULL, IDLE_MS);
    while (!found && pool.num_workers == 1 && pool.num_operations);
    pool.num_idle--;
    task = found ? find_task() : NULL;
    if (!task)
        return NULL;
    pool.num_queued--;
    take_out(task->kind == PK_TASK_QUICK ? &pool.quick : &pool.waiting, task);
    return task;
}

static void do_task(pk_task *task)
{
    bool waits = task->kind != PK_TASK_QUICK;
    uint64_t lane = task->lane;

    if (waits)
        pool.lanes[pool.num_waiting++] = lane;
    pthread_mutex_unlock(&pool.lock);
    task->run(task); /* and task may be gone */
    pthread_mutex_lock(&pool.lock);
    if (!waits)
        return;
    leave_lane(lane);
    if (find_task())
        pthread_cond_signal(&pool.work);
}

static void *work(void *unused)
{
    pk_task *task;
    (void)unused;

    pthread_mutex_lock(&pool.lock);
    while ((task = next_task()))
        do_task(task);
    pool.num_workers--;
    pthread_mutex_unlock(&pool.lock);
    return NULL;
}

static void start_worker(void)
{
    if (pool.num_workers < MAX_WORKERS && pk_thread_start(work, NULL) == 0)
        pool.num_workers++;
}

/* --------------------------------------------------------- from other threads */

/* In a child only the thread that forked goes on. */
static void start_over(void)
{
    pool = (struct pool){.lock = PTHREAD_MUTEX_INITIALIZER,
                         .work = PTHREAD_COND_INITIALIZER,
                         .fewer = PTHREAD_COND_INITIALIZER};
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, start_over);
}

bool pk_pool_enter(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    bool entered;

    pthread_once(&once, watch_forks);
    pthread_mutex_lock(&pool.lock);
    if (pool.num_workers == 0)
        start_worker();
    entered = pool.num_workers > 0;
    pool.num_operations += entered;
    pthread_mutex_unlock(&pool.lock);
    return entered;
}

void pk_pool_leave(void)
{
    pthread_mutex_lock(&pool.lock);
    pool.num_operations--;
    pthread_cond_broadcast(&pool.fewer);
    pthread_mutex_unlock(&pool.lock);
}

void pk_pool_add(pk_task *task, pk_task_kind kind)
{
    pthread_mutex_lock(&pool.lock);
    if (kind == PK_TASK_WAITS && atomic_load(task->canceled))
        kind = PK_TASK_QUICK;
    task->kind = kind;
    put(kind == PK_TASK_QUICK ? &pool.quick : &pool.waiting, task);
    pool.num_queued++;
    if (pool.num_queued > pool.num_idle)
        start_worker();
    pthread_cond_signal(&pool.work);
    pthread_mutex_unlock(&pool.lock);
}

void pk_pool_hurry(pk_task *task)
{
    pthread_mutex_lock(&pool.lock);
    if (task->kind == PK_TASK_WAITS && take_out(&pool.waiting, task)) {
        task->kind = PK_TASK_QUICK;
        put(&pool.quick, task);
        if (pool.num_queued > pool.num_idle)
            start_worker();
        pthread_cond_signal(&pool.work);
    }
    pthread_mutex_unlock(&pool.lock);
}

static bool is_quiet(const void *of)
{
    (void)of;
    return pool.num_operations == 0;
}

bool pk_pool_drain(int timeout_ms)
{
    bool quiet;

    pthread_mutex_lock(&pool.lock);
    quiet = pk_wait_until(&pool.fewer, &pool.lock, is_quiet, NULL, timeout_ms);
    pthread_mutex_unlock(&pool.lock);
    return quiet;
}
