// SPDX-License-Identifier: Apache-2.0
// What every page must stand: axe-core, light and dark, 320 pixels; and its picture.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { installed } = require('./browser');
const { REPOSITORY } = require('./cloud');

const SCREENSHOTS = process.env.PASSKEY_SCREENSHOTS || path.join(REPOSITORY, 'build/test-results/screenshots');
const LOOKS = [['light', 1024], ['dark', 320]];
const ALL_LOOKS = [...LOOKS, ['dark', 1024], ['light', 320]];
const axe = installed('axe-core').source;

async function violations(page) {
  const { violations: found, passes } = await page.evaluate(() => globalThis.axe.run());
  assert.ok(passes.length > 10, 'axe-core has looked at the page');
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

// Fails when the page is not for everybody; keeps pictures of it as NAME-LOOK-WIDTH.png.
async function inspect(page, name, looks = LOOKS) {
  fs.mkdirSync(SCREENSHOTS, { recursive: true });
  await page.evaluate(axe);
  for (const [colorScheme, width] of looks) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 720 });
    assert.deepEqual(await violations(page), [], `${name} ${colorScheme} ${width}`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${name} is ${wide} wide on ${width}`);
    await page.screenshot({ path: path.join(SCREENSHOTS, `${name}-${colorScheme}-${width}.png`), fullPage: true });
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1024, height: 720 });
}

module.exports = { ALL_LOOKS, inspect };
