import { expect, test } from 'vitest';
import { formOf } from './form';

const file = new File(['a,b\n1,2\n'], 'été "1".csv');

test('a form is read as a browser’s own is: words, then the file', async () => {
  const form = await new Response(formOf(file, { name: 'été' }).body, {
    headers: formOf(file, {}).headers,
  }).formData();
  expect(Array.from(form.keys())).toEqual(['name', 'file']);
  expect(form.get('name')).toBe('été');
  const sent = form.get('file') as File;
  expect(sent.name).toBe('été "1".csv');
  expect(await sent.text()).toBe('a,b\n1,2\n');
});

test('the same form has the same bytes: the server holds a second sending to the first by its length', async () => {
  const [one, two] = [formOf(file, { name: 'a' }), formOf(file, { name: 'a' })];
  expect(await one.body.text()).toBe(await two.body.text());
  expect(one.headers).toEqual(two.headers);
});
