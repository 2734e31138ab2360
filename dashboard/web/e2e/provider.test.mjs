// Signing in and out at a school's identity provider in a real browser.
//
//   MICROLEARN_URL=http://127.0.0.1:8080 PROVIDER_URL=http://127.0.0.1:8081 SCREENSHOTS=/some/folder \
//   node e2e/provider.test.mjs
//
// against a site whose people sign in at the test's provider (system-tests/oidc).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBrowser, requireEnv } from './browser.mjs';

const url = requireEnv('MICROLEARN_URL');
const provider = requireEnv('PROVIDER_URL');

test('in and out at the school', { timeout: 120_000 }, async (t) => {
  const browser = await openBrowser({ url, shots: process.env.SCREENSHOTS });
  const { page, look, step } = browser;
  t.after(() => browser.close());

  const school = async (name) => {
    await page.getByRole('link', { name: 'Se connecter avec le compte de l’école' }).click();
    await page.waitForURL((at) => at.href.startsWith(provider));
    await page.locator('[name=username]').fill(name);
    await page.locator('[name=password]').fill('pw');
    await page.getByRole('button', { name: 'Sign in' }).click();
  };

  await step('who has no role here is told so', async () => {
    await browser.expecting(/401/, async () => {
      await page.goto(`${url}/people`);
      await page.getByRole('heading', { name: 'Connexion' }).waitFor();
    });
    assert.equal(await page.getByLabel('Mot de passe').count(), 0, 'no passwords of its own');
    await look('30-sign-in-school');
    await browser.expecting(/401/, async () => {
      await school('nobody');
      await page.getByText('Votre compte de l’école n’a pas de rôle ici', { exact: false }).waitFor();
    });
    await look('31-no-role');
  });

  await step('sign in where one wanted to go', async () => {
    // The provider knows this browser as nobody's by now.
    await page.context().clearCookies();
    await browser.expecting(/401/, async () => {
      await page.goto(`${url}/people`);
      await school('root');
      await page.waitForURL(`${url}/people`);
    });
    await page.getByText('root', { exact: true }).first().waitFor();
  });

  await step('an account at the school, from here', async () => {
    await page.getByRole('button', { name: 'Créer un compte' }).click();
    const dialog = page.getByRole('dialog', { name: 'Nouveau compte' });
    await dialog.getByLabel('Nom d’utilisateur').fill('ada');
    await dialog.getByRole('button', { name: 'Créer le compte' }).click();
    await page.getByRole('button', { name: 'C’est copié' }).click();
    await page.getByRole('cell', { name: 'ada', exact: true }).first().waitFor();
    await look('32-account-at-school');
    const people = await (await fetch(`${provider}/test/people`, { method: 'POST' })).json();
    assert.deepEqual(people.ada.roles, ['etudiant']);
  });

  await step('the account page has no password', async () => {
    await page.goto(`${url}/account`);
    await page.getByTestId('sessions').getByText('celle-ci').waitFor();
    assert.equal(await page.getByLabel('Mot de passe actuel').count(), 0);
    await look('33-account-school');
  });

  await step('out here is out there', async () => {
    await page.getByRole('button', { name: 'Se déconnecter' }).first().click();
    await browser.expecting(/401/, async () => {
      await page.waitForURL(`${url}/login`);
      await page.getByRole('heading', { name: 'Connexion' }).waitFor();
    });
    await page.getByRole('link', { name: 'Se connecter avec le compte de l’école' }).click();
    await page.locator('[name=password]').waitFor();
  });

  assert.deepEqual(browser.faults, []);
});
