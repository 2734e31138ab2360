import { useState } from 'react';
import { randomId } from '../lib/randomId';
import { ApiError } from './errors';

/** Whether nobody knows if the server did it: the same wish is then sent again under the same key. */
const isOpen = (error: unknown): boolean =>
  error instanceof ApiError && ([0, 408, 502, 503, 504].includes(error.status) || error.code === 'http.in_flight');

/** What a user wants once, however often it must be sent: one `Idempotency-Key` until the server has answered. */
export class Intent {
  private wish: string | null = null;
  private key = '';

  async run<T>(wish: unknown, send: (idempotencyKey: string) => Promise<T>): Promise<T> {
    const text = JSON.stringify(wish);
    if (text !== this.wish) {
      this.wish = text;
      this.key = randomId();
    }
    try {
      const answer = await send(this.key);
      this.wish = null;
      return answer;
    } catch (error) {
      // A refusal is an answer too: what is tried after it is another attempt.
      if (!isOpen(error)) this.wish = null;
      throw error;
    }
  }
}

/** One intent a component. */
export function useIntent(): Intent {
  const [intent] = useState(() => new Intent());
  return intent;
}
