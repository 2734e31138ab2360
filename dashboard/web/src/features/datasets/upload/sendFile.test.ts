import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sendFile } from './sendFile';
import type { Progress } from './transfer';

const mega = 1024 * 1024;
const fileOf = (megabytes: number): File => new File([new Uint8Array(megabytes * mega)], 'big.csv');

const failure = (status: number, code: string, details = {}) => ({
  status,
  body: { error: { kind: 'x', code, message: code, details } },
});

type Answer = { status: number; body: unknown } | 'lost' | 'never';

/** The server's uploads, and a line to it that breaks where the test wants. */
class FakeServer {
  received = 0;
  bytes = 0;
  upload: string | null = null;
  uploads = 0;
  dataset: { id: string; name: string } | null = null;
  log: string[] = [];
  /** What happens to the next parts; a part without an entry arrives. */
  parts: ('lost' | 'answer lost' | 'never' | ReturnType<typeof failure> | undefined)[] = [];
  /** What happens to the next whole files, and the keys that those came with. */
  wholes: ('lost' | ReturnType<typeof failure> | undefined)[] = [];
  keys: (string | undefined)[] = [];
  /** What happens to the next questions. */
  questions: ('lost' | undefined)[] = [];

  private gone(): Answer {
    return failure(404, 'upload.not_found');
  }

  private view() {
    const { upload: id, bytes, received } = this;
    return { id, bytes, received, part_bytes: 64 * mega, dataset_id: this.dataset?.id ?? null };
  }

  ask(method: string, path: string, body: string | null): Answer {
    this.log.push(`${method} ${path}`);
    if (this.questions.shift() === 'lost') return 'lost';
    if (path === '/datasets/d') return { status: 200, body: this.dataset };
    if (method === 'POST') {
      this.bytes = (JSON.parse(body ?? '') as { bytes: number }).bytes;
      this.received = 0;
      this.dataset = null;
      this.uploads += 1;
      this.upload = `u${this.uploads}`;
      return { status: 201, body: this.view() };
    }
    if (this.upload === null || !path.endsWith(this.upload)) return this.gone();
    if (method === 'DELETE') this.upload = null;
    return method === 'DELETE' ? { status: 204, body: null } : { status: 200, body: this.view() };
  }

  takeWhole(url: string, key: string | undefined): Answer {
    this.log.push(`whole ${url.replace('/api/v1', '')}`);
    this.keys.push(key);
    return this.wholes.shift() ?? { status: 201, body: { id: 'd' } };
  }

  take(range: string, size: number): Answer {
    const [, first = 0, last = 0] = (/bytes (\d+)-(\d+)/.exec(range) ?? []).map(Number);
    this.log.push(`PUT ${first / mega}-${(last + 1) / mega}`);
    expect(size).toBe(last + 1 - first);
    const fate = this.parts.shift();
    if (fate === 'lost' || fate === 'never') return fate;
    if (fate !== undefined && fate !== 'answer lost') return fate;
    if (this.upload === null) return this.gone();
    if (first > this.received) return failure(409, 'upload.gap', { received: this.received });
    this.received = Math.max(this.received, last + 1);
    if (this.received === this.bytes) this.dataset = { id: 'd', name: 'big' };
    if (fate === 'answer lost') return 'lost';
    return this.dataset === null ? { status: 200, body: this.view() } : { status: 201, body: this.dataset };
  }
}

let server: FakeServer;

class FakeRequest {
  upload: { onprogress?: (event: { loaded: number }) => void; onload?: () => void } = {};
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;
  status = 0;
  responseText = '';
  private method = '';
  private url = '';
  private headers: Record<string, string> = {};
  private over = false;

  open(method: string, url: string): void {
    this.method = method;
    this.url = url;
  }
  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value;
  }
  abort(): void {
    if (this.over) return;
    this.over = true;
    this.onabort?.();
  }
  send(body: Blob): void {
    void Promise.resolve().then(() => this.answer(body));
  }
  private answer(body: Blob): void {
    if (this.over) return;
    const { size } = body;
    this.upload.onprogress?.({ loaded: size / 2 });
    let answer: Answer;
    if (this.method === 'PUT') answer = server.take(this.headers['Content-Range'] ?? '', size);
    else {
      answer = server.takeWhole(this.url, this.headers['Idempotency-Key']);
    }
    if (answer === 'never') return;
    this.over = true;
    if (answer === 'lost') return this.onerror?.();
    this.upload.onprogress?.({ loaded: size });
    this.upload.onload?.();
    this.status = answer.status;
    this.responseText = JSON.stringify(answer.body);
    this.onload?.();
  }
}

const fakeFetch = (url: string, { method = 'GET', body = null }: { method?: string; body?: string | null }) => {
  const answer = server.ask(method, url.replace('/api/v1', ''), body);
  if (typeof answer === 'string') return Promise.reject(new TypeError('Failed to fetch'));
  const text = answer.body === null ? null : JSON.stringify(answer.body);
  return Promise.resolve(new Response(text, { status: answer.status }));
};

beforeEach(() => {
  server = new FakeServer();
  vi.useFakeTimers();
  vi.stubGlobal('window', new EventTarget());
  vi.stubGlobal('XMLHttpRequest', FakeRequest);
  vi.stubGlobal('fetch', fakeFetch);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Sends the file to its end, letting waits pass. */
async function send(file: File, progress: Progress[] = [], into: string | null = null): Promise<unknown> {
  const ended = sendFile(file, into, (now) => progress.push(now)).done.catch((error: unknown) => error);
  await vi.runAllTimersAsync();
  return ended;
}

test('a small file goes in one request', async () => {
  expect(await send(fileOf(1))).toEqual({ id: 'd' });
  expect(server.log).toEqual(['whole /datasets']);
});

test('a small file whose answer was lost is sent again under its key, so that it becomes one dataset', async () => {
  const file = fileOf(1);
  server.wholes = ['lost', failure(503, 'store.unavailable')];
  for (let tries = 0; tries < 3; tries += 1) await send(file);
  expect(server.keys[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set(server.keys).size).toBe(1);
  await send(fileOf(1));
  expect(server.keys[3]).not.toBe(server.keys[0]);
});

test('a new version goes to its dataset, in one request whatever its size, and once', async () => {
  const file = fileOf(20);
  const progress: Progress[] = [];
  server.wholes = ['lost'];
  expect(await send(file, [], 'old')).toMatchObject({ code: 'network' });
  expect(await send(file, progress, 'old')).toEqual({ id: 'd' });
  expect(server.log).toEqual(['whole /datasets/old/versions', 'whole /datasets/old/versions']);
  expect(new Set(server.keys).size).toBe(1);
  expect(progress.at(-1)).toEqual({ share: 1, waiting: false });
  await send(file, [], 'other');
  expect(new Set(server.keys).size).toBe(2);
});

test('what is sent after a refusal is another wish', async () => {
  const file = fileOf(1);
  server.wholes = [failure(422, 'dataset.empty')];
  await send(file);
  await send(file);
  expect(new Set(server.keys).size).toBe(2);
});

test('a large file goes in parts, in their order, and one bar measures them all', async () => {
  const progress: Progress[] = [];
  expect(await send(fileOf(20), progress)).toMatchObject({ id: 'd' });
  expect(server.log).toEqual(['POST /uploads', 'PUT 0-8', 'PUT 8-16', 'PUT 16-20']);
  const shares = progress.map(({ share }) => share);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares).toContain(0.2);
  expect(shares.at(-1)).toBe(1);
  expect(progress.some(({ waiting }) => waiting)).toBe(false);
});

test('after a break it asks how far it came and goes on there', async () => {
  const progress: Progress[] = [];
  server.parts = ['answer lost', 'lost', 'lost'];
  server.questions = [undefined, 'lost', 'lost'];
  expect(await send(fileOf(20), progress)).toMatchObject({ id: 'd' });
  expect(server.log).toEqual([
    'POST /uploads',
    'PUT 0-8',
    // Out of reach twice.
    'GET /uploads/u1',
    'GET /uploads/u1',
    // The first part had arrived.
    'GET /uploads/u1',
    'PUT 8-16',
    'GET /uploads/u1',
    'PUT 8-16',
    'GET /uploads/u1',
    'PUT 8-16',
    'PUT 16-20',
  ]);
  expect(progress).toContainEqual({ share: 0.4, waiting: true });
});

test('it does not wait longer than until the machine is online again', async () => {
  server.questions = Array.from({ length: 8 }, () => 'lost');
  const ended = sendFile(fileOf(10), null, () => undefined).done;
  for (let offline = 0; offline < 8; offline += 1) {
    await vi.advanceTimersByTimeAsync(0);
    window.dispatchEvent(new Event('online'));
  }
  await vi.advanceTimersByTimeAsync(0);
  expect(await ended).toMatchObject({ id: 'd' });
});

test('a limit on requests says itself how long to wait', async () => {
  server.parts = [failure(429, 'http.rate_limited', { retry_after_seconds: 40 })];
  const begin = Date.now();
  await send(fileOf(10));
  expect(server.log).toContain('PUT 8-10');
  expect(Date.now() - begin).toBeGreaterThanOrEqual(40_000);
});

test('a line on which nothing moves counts as cut', async () => {
  server.parts = ['never'];
  expect(await send(fileOf(10))).toMatchObject({ id: 'd' });
  expect(server.log.filter((line) => line === 'PUT 0-8')).toHaveLength(2);
});

test('when the last answer was lost, the upload names its dataset', async () => {
  server.parts = [undefined, 'answer lost'];
  expect(await send(fileOf(10))).toMatchObject({ id: 'd' });
  expect(server.log.slice(-2)).toEqual(['GET /uploads/u1', 'GET /datasets/d']);
});

test('another try with a file that has become a dataset sends nothing again', async () => {
  const file = fileOf(10);
  server.parts = [undefined, 'answer lost'];
  server.questions = [undefined, ...Array.from({ length: 14 }, () => 'lost' as const)];
  expect(await send(file)).toMatchObject({ code: 'network' });
  server.log = [];
  expect(await send(file)).toMatchObject({ id: 'd' });
  expect(server.log).toEqual(['GET /uploads/u1', 'GET /datasets/d']);
});

test('when all has arrived and it is not yet a dataset, the last byte makes it one', async () => {
  server.parts = [undefined, failure(503, 'artifacts.unavailable')];
  const ended = sendFile(fileOf(10), null, () => undefined).done;
  await vi.advanceTimersByTimeAsync(0);
  server.received = server.bytes;
  await vi.runAllTimersAsync();
  expect(await ended).toMatchObject({ id: 'd' });
  expect(server.log.at(-1)).toBe(`PUT ${10 - 1 / mega}-10`);
});

test('what no waiting mends is told at once', async () => {
  server.parts = [failure(422, 'dataset.ragged_row')];
  expect(await send(fileOf(10))).toMatchObject({ code: 'dataset.ragged_row' });
  expect(server.log).toEqual(['POST /uploads', 'PUT 0-8']);
});

test('it gives up in the end, and another try with the same file goes on', async () => {
  const file = fileOf(20);
  server.parts = [undefined, ...Array.from({ length: 15 }, () => 'lost' as const)];
  expect(await send(file)).toMatchObject({ code: 'network' });
  server.log = [];
  expect(await send(file)).toMatchObject({ id: 'd' });
  expect(server.log).toEqual(['GET /uploads/u1', 'PUT 8-16', 'PUT 16-20']);
});

test('an upload that the server has forgotten begins anew', async () => {
  const file = fileOf(10);
  server.parts = Array.from({ length: 15 }, () => 'lost' as const);
  await send(file);
  server.upload = null;
  server.log = [];
  expect(await send(file)).toMatchObject({ id: 'd' });
  expect(server.log).toEqual(['GET /uploads/u1', 'POST /uploads', 'PUT 0-8', 'PUT 8-10']);
});

test('an upload that is forgotten on its way is told, and another try begins anew', async () => {
  const file = fileOf(10);
  server.parts = [undefined, 'lost'];
  const ended = sendFile(file, null, () => undefined).done.catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(0);
  server.upload = null;
  await vi.runAllTimersAsync();
  expect(await ended).toMatchObject({ code: 'upload.not_found' });
  expect(await send(file)).toMatchObject({ id: 'd' });
  expect(server.uploads).toBe(2);
});

test('a file that changed on the disk is no lost line', async () => {
  const file = fileOf(10);
  file.slice = () => ({ size: 8 * mega, arrayBuffer: () => Promise.reject(new Error('NotReadableError')) }) as never;
  server.take = () => 'lost';
  expect(await send(file)).toMatchObject({ code: 'file.changed' });
});

test('cancelling stops the part on its way and removes the upload', async () => {
  server.parts = [undefined, 'never'];
  const sending = sendFile(fileOf(20), null, () => undefined);
  const ended = sending.done.catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(0);
  sending.cancel();
  expect(await ended).toMatchObject({ name: 'AbortError' });
  await vi.runAllTimersAsync();
  expect(server.log).toEqual(['POST /uploads', 'PUT 0-8', 'PUT 8-16', 'DELETE /uploads/u1']);
});

test('cancelling while the upload is being begun removes it as well', async () => {
  const sending = sendFile(fileOf(20), null, () => undefined);
  sending.cancel();
  expect(await sending.done.catch((error: unknown) => error)).toMatchObject({ name: 'AbortError' });
  await vi.runAllTimersAsync();
  expect(server.log).toEqual(['POST /uploads', 'DELETE /uploads/u1']);
});
