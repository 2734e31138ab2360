import { expect, test } from 'vitest';
import { toCsv } from './exportChart';

test('cells with commas, quotes and lines are quoted, and nothing stands for null', () => {
  expect(
    toCsv({
      head: ['a', 'b,c'],
      rows: [
        [1.5, 'say "hi"'],
        [null, 'two\nlines'],
      ],
    }),
  ).toBe('a,"b,c"\r\n1.5,"say ""hi"""\r\n,"two\nlines"\r\n');
});
