// The whole way of a new user in a real browser, against any running MicroLearn.
//
//   MICROLEARN_URL=http://127.0.0.1:8080 MICROLEARN_PASSWORD=… MICROLEARN_FILE=penguins.csv \
//   SCREENSHOTS=/some/folder node e2e/journey.test.mjs
//
// It fails on any console error, any violation of the content security policy, any serious finding
// of axe, and any page wider than a phone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBrowser, requireEnv } from './browser.mjs';

const url = requireEnv('MICROLEARN_URL');
const password = requireEnv('MICROLEARN_PASSWORD');
const file = requireEnv('MICROLEARN_FILE');

const states = (page) =>
  page
    .getByTestId('stage-flow')
    .locator('[data-testid^="stage-"]')
    .evaluateAll((steps) => steps.map((s) => s.dataset.state));

test('from a file to a prediction', { timeout: 240_000 }, async (t) => {
  const browser = await openBrowser({ url, shots: process.env.SCREENSHOTS });
  const { page, look, step } = browser;
  t.after(() => browser.close());

  await step('sign in', async () => {
    // Who is there? Nobody: the browser itself logs that answer.
    await browser.expecting(/401/, async () => {
      await page.goto(url);
      await page.getByRole('heading', { name: 'Connexion' }).waitFor();
    });
    await look('01-sign-in');
    await page.getByLabel('Nom d’utilisateur').fill('admin');
    await page.getByLabel('Mot de passe', { exact: true }).fill('not the password');
    await browser.expecting(/401/, async () => {
      await page.getByRole('button', { name: 'Se connecter' }).click();
      await page.getByRole('alert').waitFor();
    });
    await page.getByLabel('Mot de passe', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Se connecter' }).click();
    await page.getByRole('heading', { name: 'Pipelines', level: 1 }).waitFor();
    await page.getByTestId('service-strip').waitFor();
    await look('02-home');
  });

  await step('upload a file and read its columns', async () => {
    await page.getByRole('link', { name: 'Jeux de données' }).click();
    await page.getByRole('heading', { name: 'Jeux de données', level: 1 }).waitFor();
    await look('03-datasets');
    await page.getByTestId('file-input').setInputFiles(file);
    await page.waitForURL(/\/datasets\/[^/]+$/);
    await page.getByTestId('train-form').waitFor({ timeout: 60_000 });
    assert.equal(await page.getByTestId('column-card').count(), 9);
    await look('04-dataset');
    await page.getByText('Aperçu des lignes').click();
    await page.getByRole('cell', { name: 'Torgersen' }).first().waitFor();
    assert.match(page.url(), /view=rows/);
    await look('05-dataset-rows');
    await page.getByText('Colonnes', { exact: true }).first().click();
  });

  await step('ask for a model', async () => {
    const form = page.getByTestId('train-form');
    await form.getByRole('combobox', { name: 'Colonne à prédire' }).click();
    await page.getByRole('option', { name: 'species' }).click();
    const rownames = page.getByRole('checkbox', { name: 'Apprendre de rownames' });
    if (await rownames.isChecked()) await rownames.uncheck();
    await form.getByTestId('columns-used').getByText('rownames').waitFor();
    await form.getByText('Autre', { exact: true }).click();
    await form.getByLabel('Temps accordé, en secondes').fill('10');
    await form.getByRole('button', { name: 'Réglages avancés' }).click();
    await form.getByLabel('Graine du hasard').fill('7');
    await look('06-train-form');
    await form.getByRole('button', { name: 'Lancer l’entraînement' }).click();
    await page.waitForURL(/\/pipelines\/[^/]+$/);
  });

  await step('the stages move without a reload', async () => {
    await page.getByTestId('stage-flow').waitFor();
    // A mark that a reload would wipe, and a record of every state that the page has shown.
    await page.evaluate(() => {
      window.stayed = true;
      window.seen = new Set();
      const flow = document.querySelector('[data-testid="stage-flow"]');
      const note = () => {
        for (const step of flow.children) window.seen.add(`${step.dataset.testid}:${step.dataset.state}`);
      };
      note();
      new MutationObserver(note).observe(flow, { subtree: true, attributes: true, attributeFilter: ['data-state'] });
    });
    await page.waitForFunction(() => [...window.seen].some((s) => s.endsWith(':running')), null, { timeout: 60_000 });
    await page.getByTestId('timeline').locator('rect[data-kind]').first().waitFor({ timeout: 60_000 });
    await look('07-pipeline-running');
    await page.getByTestId('pipeline-state').getByText('Réussi').waitFor({ timeout: 120_000 });
    assert.deepEqual(new Set(await states(page)), new Set(['succeeded']));
    const seen = await page.evaluate(() => [...window.seen]);
    const moved = seen.filter((s) => s.endsWith(':running')).length;
    assert.ok(moved >= 2, `only these states were seen: ${seen.join(', ')}`);
    assert.equal(await page.evaluate(() => window.stayed), true, 'the page was loaded anew');
  });

  await step('results', async () => {
    await page.getByTestId('trials').locator('circle').first().waitFor();
    await look('08-pipeline-done');
    await page.getByRole('tab', { name: 'Classement' }).click();
    const rows = page.getByTestId('leaderboard-row');
    await rows.first().waitFor();
    assert.ok((await rows.count()) >= 1);
    await look('09-leaderboard');
    await page.getByRole('tab', { name: 'Évaluation' }).click();
    await page.getByTestId('confusion').waitFor();
    await page.getByTestId('metrics').waitFor();
    await look('10-evaluation');
    await page.getByRole('tab', { name: 'Journal' }).click();
    await page
      .getByRole('listitem')
      .filter({ has: page.locator('time') })
      .first()
      .waitFor();
    await look('11-log');
  });

  await step('ask the model', async () => {
    await page.getByRole('link', { name: 'Essayer le modèle' }).click();
    const form = page.getByTestId('try-form');
    await form.waitFor({ timeout: 30_000 });
    await page.getByRole('main').getByText('Prêt', { exact: true }).waitFor({ timeout: 30_000 });
    await form.getByRole('button', { name: 'Prédire' }).click();
    await page
      .getByTestId('prediction')
      .getByText(/^(Adelie|Chinstrap|Gentoo)$/)
      .waitFor({ timeout: 30_000 });
    assert.equal(await page.getByTestId('answer').getByRole('listitem').count(), 3);
    await look('12-deployment');
    await page.getByRole('link', { name: 'Déploiements' }).first().click();
    await page.getByRole('heading', { name: 'Déploiements', level: 1 }).waitFor();
    await page.getByRole('table').waitFor();
    await look('13-deployments');
    await page.getByRole('link', { name: 'Pipelines' }).first().click();
    await page.getByTestId('pipeline-row').first().waitFor();
    await page.getByText('Réussis', { exact: true }).click();
    await page.waitForURL(/state=succeeded/);
    await page.getByTestId('pipeline-row').first().waitFor();
    await look('14-home-filtered');
  });

  await step('the other language', async () => {
    await page.goto(`${url}/account`);
    await page.getByRole('heading', { name: 'Mon compte' }).waitFor();
    await page.getByRole('main').getByText('English').click();
    await page.getByRole('heading', { name: 'My account' }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
    await look('15-account-english');
    await page.getByRole('link', { name: 'Datasets' }).click();
    await page.getByRole('heading', { name: 'Datasets', level: 1 }).waitFor();
    await look('16-datasets-english');
  });

  assert.deepEqual(browser.faults, []);
});
