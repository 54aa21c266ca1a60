// SPDX-License-Identifier: Apache-2.0
import * as libpasskey from './index.js';
export * from './index.js';
export default libpasskey;
