import { expect, test } from 'vitest';
import { formatterOf } from '@/shared/format/format';
import { draftOf, quotaOf } from './draft';
import { levelOf, shareOf } from './measures';

const fr = formatterOf('fr-FR');
const none = draftOf({}, fr);

test('what is granted goes through the fields unchanged, however odd it is', () => {
  const granted = { work_seconds: 100, storage_bytes: 21_474_836_480, pipelines: 0, predictions: 120 };
  expect(draftOf(granted, fr).storage_bytes).toBe('21,47483648');
  expect(quotaOf(draftOf(granted, fr), fr)).toEqual(granted);
});

test('an empty field is left out, which is not nothing at all', () => {
  expect(quotaOf(none, fr)).toEqual({});
  expect(quotaOf({ ...none, pipelines: ' 0 ' }, fr)).toEqual({ pipelines: 0 });
});

test.each(['-1', 'beaucoup', '1,5', '5000000000'])('no quota is %s pipelines', (pipelines) => {
  expect(quotaOf({ ...none, pipelines }, fr)).toBeNull();
});

test('a limit of nothing is used up from the beginning', () => {
  expect(shareOf({ measure: 'pipelines', used: 0, limit: 0 })).toBe(1);
  expect(shareOf({ measure: 'predictions', used: null, limit: 3 })).toBeNull();
  expect([0.79, 0.8, 1, 1.2].map(levelOf)).toEqual(['fine', 'near', 'full', 'full']);
});
