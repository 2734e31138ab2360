import { expect, test } from 'vitest';
import { ApiError, networkError } from './errors';
import { Intent } from './intent';

test('a wish keeps its key until the server has answered', async () => {
  const intent = new Intent();
  const keys: string[] = [];
  const answers: (ApiError | null)[] = [
    networkError(),
    null,
    null,
    new ApiError(422, { kind: 'invalid_input', code: 'x', message: '' }),
    null,
    networkError(),
  ];
  const send = (key: string): Promise<void> => {
    keys.push(key);
    const answer = answers.shift() ?? null;
    return answer === null ? Promise.resolve() : Promise.reject(answer);
  };
  for (const wish of ['a', 'a', 'a', 'a', 'a', 'a', 'b']) await intent.run(wish, send).catch(() => undefined);
  const [lost, again, next, refused, after, broken, other] = keys;
  expect(again).toBe(lost);
  expect(new Set([again, next, refused, after, broken, other]).size).toBe(6);
});
