// SPDX-License-Identifier: Apache-2.0
// What went wrong, as a person wants it told: what it means for them, what to do.
'use strict';

const TITLES = {
  link_expired: 'This link has expired',
  link_revoked: 'This link was withdrawn',
  conflict: 'This link was used already',
  unauthorized: 'This link is not complete',
  not_found: 'This link is not known',
  invalid_link: 'This is not a whole passkey link',
  unsupported_link: 'This is another kind of link',
  domain_not_allowed: 'This link leads to a cloud that is not trusted here',
  insecure_url: 'This link is not safe to follow',
  no_such_passkey: 'There is no such passkey',
  no_tpm: 'This computer has no TPM to use',
};
const STATUS = {
  link_expired: 410, link_revoked: 410, conflict: 409, not_found: 404, no_such_passkey: 404, rate_limited: 503,
  domain_not_allowed: 403, insecure_url: 403,
  unauthorized: 400, invalid_link: 400, unsupported_link: 400, invalid_argument: 400, bad_request: 400,
};
const NO_ANSWER = ['network_error', 'tls_error', 'timeout', 'server_error', 'bad_response', 'unexpected_status'];

// Until there is a link, the person has done nothing wrong and can mend nothing.
const FOR_THE_OPERATOR = ['unauthorized', 'forbidden', 'not_found', 'bad_request', 'invalid_option',
  'domain_not_allowed', 'insecure_url'];
const TELL_THE_OPERATOR = 'Tell whoever runs this application: its settings (PASSKEY_…, IDENTITY_ID) ' +
  'do not suit the cloud.';

// {status, title, text, hint, error} of the page; route is what was asked for.
function describe(error, route) {
  const { code, message: text, hint } = error;
  const status = NO_ANSWER.includes(code) ? 502 : STATUS[code] || 500;
  const page = { status, title: TITLES[code] || 'The passkey could not be created', text, hint, error };
  const hasLink = route === '/bind';
  const isOperators = FOR_THE_OPERATOR.includes(code);
  if (route.startsWith('/jobs/')) page.title = 'Nothing is known of this message';
  else if (!hasLink && (isOperators || NO_ANSWER.includes(code))) page.title = 'The cloud gave no link';
  if (!hasLink && isOperators) Object.assign(page, { status: 502, hint: TELL_THE_OPERATOR });
  return page;
}

module.exports = { describe };
