// A browser that notes everything a user would not see: console errors, policy violations, axe.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const desktop = { width: 1360, height: 860 };
const phone = { width: 390, height: 844 };

export function requireEnv(name) {
  const value = process.env[name];
  if (!value) throw new Error(`Set ${name}.`);
  return value;
}

export async function openBrowser({ shots }) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  const context = await browser.newContext({ viewport: desktop, locale: 'fr-FR', colorScheme: 'light' });
  const page = await context.newPage();
  const faults = [];
  let expected = null;
  const note = (fault) => {
    if (expected?.test(fault) !== true) faults.push(fault);
  };
  page.on('console', (message) => {
    if (message.type() === 'error') note(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => note(`page: ${error.message}`));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`),
    );
  });

  if (shots) mkdirSync(shots, { recursive: true });
  const shoot = async (name) => {
    await page.evaluate(() => window.scrollTo(0, 0));
    if (shots) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
  };

  /** Checks what is on the screen for accessibility and for a phone's width, and keeps pictures of it. */
  const look = async (name) => {
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(350); // colours and bars have transitions
      await shoot(`${name}-${colorScheme}`);
      // Evaluated by the debugger, so the policy against inline scripts stays as it is.
      await page.evaluate(axe);
      const found = await page.evaluate(() =>
        window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }),
      );
      for (const { id, impact, nodes } of found.violations) {
        if (impact === 'serious' || impact === 'critical') {
          note(
            `axe ${name} ${colorScheme}: ${id} ${nodes
              .slice(0, 3)
              .map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? ''}`)
              .join(' | ')}`,
          );
        }
      }
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize(phone);
    await page.waitForTimeout(350);
    await shoot(`${name}-phone`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 1) note(`${name}: ${wide} px wider than a phone`);
    await page.setViewportSize(desktop);
    await page.waitForTimeout(200);
  };

  /** Runs `act`, during which faults that match `pattern` are what is wanted. */
  const expecting = async (pattern, act) => {
    expected = pattern;
    await act();
    expected = null;
  };

  /** One part of the way. The rest cannot be walked when it fails, so it ends there, with a picture. */
  const step = async (name, walk) => {
    const begun = Date.now();
    try {
      await walk();
      console.log(`ok ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
    } catch (error) {
      console.log(`failed: ${name}, at ${page.url()}`, faults);
      await shoot('failure').catch(() => undefined);
      throw error;
    }
  };

  return { page, look, step, expecting, faults, close: () => browser.close() };
}
