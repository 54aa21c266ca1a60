// SPDX-License-Identifier: Apache-2.0
// The message that a cloud without a mail server writes to a file.
'use strict';

const fs = require('node:fs');

function decode(text, encoding) {
  if (encoding === 'base64') return Buffer.from(text, 'base64').toString();
  if (encoding !== 'quoted-printable') return text;
  const bytes = text.replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, digits) => String.fromCharCode(parseInt(digits, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

// The HTML of the message that the log says was written for the job.
async function htmlMessage(cloud, job) {
  const { path: file } = await cloud.event((event) => (
    event.event === 'mail written' && event.job_id === job.id));
  const message = fs.readFileSync(file, 'latin1');
  const [, boundary] = /boundary="([^"]+)"/.exec(message);
  const part = message.split(`--${boundary}`).find((text) => /^\s*Content-Type: text\/html/i.test(text));
  const [, head, body] = /^\s*([^]*?)\r?\n\r?\n([^]*)$/.exec(part);
  const [, encoding] = /^Content-Transfer-Encoding: (\S+)/im.exec(head);
  return decode(body, encoding.toLowerCase());
}

module.exports = { htmlMessage };
