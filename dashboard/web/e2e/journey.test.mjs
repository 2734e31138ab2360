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

test('from a file to a prediction', { timeout: 360_000 }, async (t) => {
  const browser = await openBrowser({ url, shots: process.env.SCREENSHOTS });
  const { page, look, step } = browser;
  t.after(() => browser.close());

  await step('sign in', async () => {
    // Who is there? Nobody: the browser itself logs that answer.
    await browser.expecting(/401/, async () => {
      await page.goto(url);
      await page.getByRole('heading', { name: 'Connexion' }).waitFor();
    });
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'fr', 'the language of the browser');
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
    // The end may be told on one of the two lines before the last stages are on the other; they are then asked for.
    await page.waitForFunction(
      () =>
        [...document.querySelector('[data-testid="stage-flow"]').children].every(
          (s) => s.dataset.state === 'succeeded',
        ),
      null,
      { timeout: 10_000 },
    );
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

  await step('an account for somebody', async () => {
    await page.getByRole('link', { name: 'Personnes' }).click();
    await page.getByRole('heading', { name: 'Personnes', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Créer un compte' }).click();
    const dialog = page.getByRole('dialog', { name: 'Nouveau compte' });
    await dialog.getByLabel('Nom d’utilisateur').fill('ada');
    await dialog.getByLabel('Nom affiché').fill('Ada Lovelace');
    await look('15-new-account');
    await dialog.getByRole('button', { name: 'Créer le compte' }).click();
    await page.getByRole('button', { name: 'C’est copié' }).click();
    await page.getByRole('cell', { name: 'ada', exact: true }).waitFor();
    await look('16-people');
  });

  await step('a quota for somebody', async () => {
    await page.getByRole('button', { name: 'Actions pour ada' }).click();
    await page.getByRole('menuitem', { name: 'Quota…' }).click();
    const dialog = page.getByRole('dialog', { name: /^Quota de/ });
    await dialog.getByLabel('Heures de calcul en 24 heures').fill('2,5');
    await dialog.getByLabel('Pipelines à la fois').fill('3');
    await look('16-quota');
    await dialog.getByRole('button', { name: 'Enregistrer' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Actions pour ada' }).click();
    await page.getByRole('menuitem', { name: 'Quota…' }).click();
    await dialog.getByText('0 sur 3', { exact: true }).waitFor();
    await dialog.getByRole('button', { name: 'À nouveau comme d’habitude' }).click();
    await dialog.waitFor({ state: 'hidden' });
  });

  await step('a course and who belongs to it', async () => {
    await page.getByRole('link', { name: 'Cours', exact: true }).click();
    await page.getByRole('heading', { name: 'Cours', level: 1 }).waitFor();
    await look('17-courses');
    await page.getByRole('button', { name: 'Créer un cours' }).click();
    const dialog = page.getByRole('dialog', { name: 'Nouveau cours' });
    await dialog.getByLabel('Code').fill('INF-201');
    await dialog.getByLabel('Titre').fill('Apprentissage automatique');
    await dialog.getByRole('button', { name: 'Créer le cours' }).click();
    await page.waitForURL(/\/courses\/[^/]+$/);
    const members = page.getByTestId('members');
    await members.getByLabel('Nom d’utilisateur').fill('ada');
    await members.getByRole('button', { name: 'Inscrire' }).click();
    await members.getByRole('cell', { name: 'ada', exact: true }).waitFor();
    await page.getByTestId('course-quota').getByText('Stockage', { exact: true }).waitFor();
    await look('18-course');
  });

  await step('what a table of accounts would do', async () => {
    await page.getByRole('link', { name: 'Personnes' }).click();
    await page.getByRole('link', { name: 'Importer un tableau' }).click();
    await page.getByRole('heading', { name: 'Importer des comptes' }).waitFor();
    const table = (rows) => ({
      name: 'classe.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(`username;display_name;role;courses\n${rows.join('\n')}\n`),
    });
    const choose = async (button, rows) => {
      const chosen = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: button }).click();
      await (await chosen).setFiles(table(rows));
    };
    const report = page.getByTestId('import-report');
    await choose('Choisir un fichier CSV', ['ada;;;INF-201', 'eve;;admin;']);
    await report.getByText('refusée', { exact: true }).waitFor();
    assert.equal(await page.getByRole('button', { name: /^Importer \d/ }).count(), 0);
    await look('19-import-refused');
    await choose('Choisir un autre fichier', ['ada;;;INF-201', 'émile;Émile;student;INF-201']);
    await report.getByText('à créer', { exact: true }).waitFor();
    await report.getByText('déjà là', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Importer 2 lignes' }).waitFor();
    await look('20-import');
  });

  await step('share a dataset', async () => {
    await page.getByRole('link', { name: 'Jeux de données' }).click();
    await page.getByRole('link', { name: 'penguins' }).first().click();
    await page.getByRole('button', { name: 'Partager' }).click();
    const dialog = page.getByRole('dialog', { name: /^Partager/ });
    await dialog.getByLabel('Nom d’utilisateur').fill('ada');
    await dialog.getByRole('button', { name: 'Partager' }).click();
    await dialog.getByRole('button', { name: 'Retirer ada' }).waitFor();
    await look('21-share');
    await dialog.getByRole('button', { name: 'Fermer' }).click();
    await dialog.waitFor({ state: 'hidden' });
  });

  await step('sessions and tokens', async () => {
    await page.goto(`${url}/account`);
    await page.getByTestId('quota').getByText('Aucun quota ne vaut pour les administrateurs.').waitFor();
    await page.getByTestId('sessions').getByText('celle-ci').waitFor();
    const tokens = page.getByTestId('tokens');
    await tokens.getByLabel('Nom', { exact: true }).fill('cahier');
    await tokens.getByRole('button', { name: 'Créer un jeton' }).click();
    await tokens.getByRole('region', { name: 'Jeton' }).waitFor();
    // Nothing secret stands in a picture.
    await tokens.getByRole('button', { name: 'C’est copié' }).click();
    await look('22-account');
    await tokens.getByRole('button', { name: 'Révoquer cahier' }).click();
    const dialog = page.getByRole('dialog', { name: /^Révoquer/ });
    await dialog.getByRole('button', { name: 'Révoquer' }).click();
    await tokens.getByText('Aucun jeton.').waitFor();
  });

  await step('what has been done is noted', async () => {
    await page.getByRole('link', { name: 'Journal d’audit' }).click();
    await page.getByRole('heading', { name: 'Journal d’audit', level: 1 }).waitFor();
    await page.getByRole('table').getByText('partager', { exact: true }).first().waitFor();
    await look('23-audit');
    await page.getByText('Refusé', { exact: true }).click();
    await page.waitForURL(/outcome=refused/);
    await look('24-audit-refused');
  });

  await step('the other language', async () => {
    await page.goto(`${url}/account`);
    await page.getByRole('heading', { name: 'Mon compte' }).waitFor();
    await page.getByRole('main').getByText('English').click();
    await page.getByRole('heading', { name: 'My account' }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
    await look('25-account-english');
    await page.getByRole('link', { name: 'Datasets' }).click();
    await page.getByRole('heading', { name: 'Datasets', level: 1 }).waitFor();
    await look('26-datasets-english');
  });

  assert.deepEqual(browser.faults, []);
});
