// SPDX-License-Identifier: Apache-2.0
// Of which kind a URL is. As in every URL parser, half of a surrogate pair
// stands for U+FFFD here.
'use strict';

const { string } = require('./arguments.js');
const native = require('./native.js');

module.exports = {
  isAuthenticateUrl: (url) => native.isAuthenticateUrl(string(url, 'url')),
  isBindPasskeyUrl: (url) => native.isBindPasskeyUrl(string(url, 'url')),
};
