/* SPDX-License-Identifier: Apache-2.0
 * The outcomes of operations, each as its own type, and the blocking form of
 * each call, which is its operation and a wait. */
#include "base/error.h"
#include "client/client.h"

/* The body of a function that takes an outcome. */
#define TAKE(kind, out)                                                                            \
    void *result = NULL;                                                                           \
    passkey_status status;                                                                         \
                                                                                                   \
    if (!(out))                                                                                    \
        return pk_fail_missing(#out, out_error);                                                   \
    status = pk_operation_take(operation, kind, &result, out_error);                               \
    if (!status)                                                                                   \
        *(out) = result;                                                                           \
    return status

passkey_status passkey_operation_bind_result(passkey_operation *operation,
                                             passkey_bind_result **out_result,
                                             passkey_error **out_error)
{
    TAKE(PK_OUTCOME_BIND, out_result);
}

passkey_status passkey_operation_info_result(passkey_operation *operation, passkey_info **out_info,
                                             passkey_error **out_error)
{
    TAKE(PK_OUTCOME_INFO, out_info);
}

passkey_status passkey_operation_resume_result(passkey_operation *operation,
                                               passkey_resumption **out_report,
                                               passkey_error **out_error)
{
    TAKE(PK_OUTCOME_RESUMPTION, out_report);
}

passkey_status passkey_operation_list_result(passkey_operation *operation,
                                             passkey_credential_list **out_list,
                                             passkey_error **out_error)
{
    TAKE(PK_OUTCOME_LIST, out_list);
}

passkey_status passkey_operation_get_result(passkey_operation *operation,
                                            passkey_credential **out_passkey,
                                            passkey_error **out_error)
{
    TAKE(PK_OUTCOME_PASSKEY, out_passkey);
}

passkey_status passkey_operation_delete_result(passkey_operation *operation,
                                               passkey_error **out_error)
{
    void *nothing;

    return pk_operation_take(operation, PK_OUTCOME_DELETED, &nothing, out_error);
}

passkey_status passkey_operation_job_result(passkey_operation *operation, passkey_job **out_job,
                                            passkey_error **out_error)
{
    TAKE(PK_OUTCOME_JOB, out_job);
}

passkey_status passkey_operation_job_list_result(passkey_operation *operation,
                                                 passkey_job_list **out_list,
                                                 passkey_error **out_error)
{
    TAKE(PK_OUTCOME_JOB_LIST, out_list);
}

passkey_status passkey_operation_examination_result(passkey_operation *operation,
                                                    passkey_examination **out_examination,
                                                    passkey_error **out_error)
{
    TAKE(PK_OUTCOME_EXAMINATION, out_examination);
}

passkey_status passkey_operation_provision_tpm_result(passkey_operation *operation,
                                                      passkey_provisioning **out_provisioning,
                                                      passkey_error **out_error)
{
    TAKE(PK_OUTCOME_PROVISIONING, out_provisioning);
}

/* The body of a blocking call. An out that is missing is found out before
 * anything is done that would then be lost. */
#define BLOCK(has_out, start, take)                                                                \
    passkey_operation *operation = NULL;                                                           \
    passkey_status status = (has_out) ? (start) : pk_fail_missing("out", out_error);               \
                                                                                                   \
    if (status)                                                                                    \
        return status;                                                                             \
    passkey_operation_wait(operation, -1);                                                         \
    status = take;                                                                                 \
    passkey_operation_free(operation);                                                             \
    return status

passkey_status passkey_client_bind(passkey_client *client, const char *link,
                                   passkey_bind_result **out_result, passkey_error **out_error)
{
    BLOCK(out_result, passkey_client_bind_start(client, link, &operation, out_error),
          passkey_operation_bind_result(operation, out_result, out_error));
}

passkey_status passkey_client_info(passkey_client *client, const char *link,
                                   passkey_info **out_info, passkey_error **out_error)
{
    BLOCK(out_info, passkey_client_info_start(client, link, &operation, out_error),
          passkey_operation_info_result(operation, out_info, out_error));
}

passkey_status passkey_client_resume(passkey_client *client, passkey_resumption **out_report,
                                     passkey_error **out_error)
{
    BLOCK(out_report, passkey_client_resume_start(client, &operation, out_error),
          passkey_operation_resume_result(operation, out_report, out_error));
}

passkey_status passkey_client_list(passkey_client *client, passkey_credential_list **out_list,
                                   passkey_error **out_error)
{
    BLOCK(out_list, passkey_client_list_start(client, &operation, out_error),
          passkey_operation_list_result(operation, out_list, out_error));
}

passkey_status passkey_client_get(passkey_client *client, const char *id,
                                  passkey_credential **out_passkey, passkey_error **out_error)
{
    BLOCK(out_passkey, passkey_client_get_start(client, id, &operation, out_error),
          passkey_operation_get_result(operation, out_passkey, out_error));
}

passkey_status passkey_client_delete(passkey_client *client, const char *id,
                                     passkey_error **out_error)
{
    BLOCK(true, passkey_client_delete_start(client, id, &operation, out_error),
          passkey_operation_delete_result(operation, out_error));
}

passkey_status passkey_client_create_job(passkey_client *client, const char *identity_id,
                                         const char *delivery_method,
                                         const char *post_binding_redirect_uri,
                                         passkey_job **out_job, passkey_error **out_error)
{
    BLOCK(out_job,
          passkey_client_create_job_start(client, identity_id, delivery_method,
                                          post_binding_redirect_uri, &operation, out_error),
          passkey_operation_job_result(operation, out_job, out_error));
}

passkey_status passkey_client_get_job(passkey_client *client, const char *identity_id,
                                      const char *job_id, passkey_job **out_job,
                                      passkey_error **out_error)
{
    BLOCK(out_job,
          passkey_client_get_job_start(client, identity_id, job_id, &operation, out_error),
          passkey_operation_job_result(operation, out_job, out_error));
}

passkey_status passkey_client_list_jobs(passkey_client *client, const char *identity_id,
                                        passkey_job_list **out_list, passkey_error **out_error)
{
    BLOCK(out_list, passkey_client_list_jobs_start(client, identity_id, &operation, out_error),
          passkey_operation_job_list_result(operation, out_list, out_error));
}

passkey_status passkey_client_revoke_job(passkey_client *client, const char *identity_id,
                                         const char *job_id, passkey_job **out_job,
                                         passkey_error **out_error)
{
    BLOCK(out_job,
          passkey_client_revoke_job_start(client, identity_id, job_id, &operation, out_error),
          passkey_operation_job_result(operation, out_job, out_error));
}

passkey_status passkey_client_wait_job(passkey_client *client, const char *identity_id,
                                       const char *job_id, unsigned wait_ms, passkey_job **out_job,
                                       passkey_error **out_error)
{
    BLOCK(out_job,
          passkey_client_wait_job_start(client, identity_id, job_id, wait_ms, &operation,
                                        out_error),
          passkey_operation_job_result(operation, out_job, out_error));
}

passkey_status passkey_client_examine(passkey_client *client, passkey_examination **out_examination,
                                      passkey_error **out_error)
{
    BLOCK(out_examination, passkey_client_examine_start(client, &operation, out_error),
          passkey_operation_examination_result(operation, out_examination, out_error));
}

passkey_status passkey_client_provision_tpm(passkey_client *client, const char *owner_password,
                                            passkey_provisioning **out_provisioning,
                                            passkey_error **out_error)
{
    BLOCK(out_provisioning,
          passkey_client_provision_tpm_start(client, owner_password, &operation, out_error),
          passkey_operation_provision_tpm_result(operation, out_provisioning, out_error));
}
