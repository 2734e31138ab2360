import { ApiError } from '@/shared/api/errors';
import { reconnectDelay } from '@/shared/live/socket';
import { aborted } from './transfer';

/** Tries in a row without one more byte: two to three minutes. */
const mostFailures = 14;

/** Breaks of the line, servers that restart, limits on requests, and parts that did not arrive whole. */
const passing = new Set([0, 408, 429, 502, 503, 504]);
const broken = new Set(['upload.gap', 'upload.overlap', 'upload.truncated', 'upload.idle', 'http.body']);

/** Whether the same bytes, sent again, may well arrive. */
export const mayPass = (error: unknown): boolean =>
  error instanceof ApiError && error.code !== 'file.changed' && (passing.has(error.status) || broken.has(error.code));

/** Waits after failures that may pass, longer each time, until somebody gives up. */
export class Patience {
  private failures = 0;

  constructor(
    private readonly signal: AbortSignal,
    private readonly onWait: () => void,
  ) {}

  /** Something went well: the next failure is a first one. */
  renew(): void {
    this.failures = 0;
  }

  /** Waits after `error`, or throws it if no waiting can mend it. */
  async after(error: unknown): Promise<void> {
    if (this.signal.aborted) throw aborted();
    if (!mayPass(error) || this.failures >= mostFailures) throw error;
    this.onWait();
    const told = error instanceof ApiError ? error.failure.details?.retry_after_seconds : undefined;
    await pause(typeof told === 'number' ? told * 1_000 : reconnectDelay(this.failures), this.signal);
    this.failures += 1;
  }

  /** Asks until there is an answer. */
  async insist<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        await this.after(error);
      }
    }
  }
}

/** Waits, but no longer than until the machine is online again. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      window.removeEventListener('online', end);
      signal.removeEventListener('abort', end);
      if (signal.aborted) reject(aborted());
      else resolve();
    };
    const timer = setTimeout(end, ms);
    window.addEventListener('online', end);
    signal.addEventListener('abort', end);
  });
}
