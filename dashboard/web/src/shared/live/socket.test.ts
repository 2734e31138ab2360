import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { keepSocket, reconnectDelay, type LiveStatus } from './socket';

class FakeSocket {
  static all: FakeSocket[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  closed = false;
  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }
  close(): void {
    this.closed = true;
    this.onclose?.({ code: 1000 });
  }
}

beforeEach(() => {
  FakeSocket.all = [];
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', FakeSocket);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('a broken line comes back, says so, and asks for what was missed', () => {
  const seen: LiveStatus[] = [];
  const events: unknown[] = [];
  const onReturn = vi.fn();
  const end = keepSocket({ url: 'ws://x', onEvent: (e) => events.push(e), onStatus: (s) => seen.push(s), onReturn });
  FakeSocket.all[0]?.onopen?.();
  FakeSocket.all[0]?.onmessage?.({ data: '{"kind":"dataset"}' });
  FakeSocket.all[0]?.onclose?.({ code: 1006 });
  vi.advanceTimersByTime(1_000);
  FakeSocket.all[1]?.onopen?.();
  expect(events).toEqual([{ kind: 'dataset' }]);
  expect(seen).toEqual(['connecting', 'live', 'offline', 'offline', 'live']);
  expect(onReturn).toHaveBeenCalledTimes(1);
  end();
  vi.advanceTimersByTime(60_000);
  expect(FakeSocket.all).toHaveLength(2);
});

test('one socket too many says so and asks slowly, until one lasts', () => {
  const seen: LiveStatus[] = [];
  const onReturn = vi.fn();
  const end = keepSocket({ url: 'ws://x', onEvent: vi.fn(), onStatus: (s) => seen.push(s), onReturn });
  const refuse = (): void => {
    const socket = FakeSocket.all.at(-1);
    // A refusal comes over the opened socket.
    socket?.onopen?.();
    socket?.onclose?.({ code: 4429 });
  };
  refuse();
  for (let tries = 2; tries < 5; tries += 1) {
    vi.advanceTimersByTime(29_000);
    expect(FakeSocket.all).toHaveLength(tries - 1);
    vi.advanceTimersByTime(1_000);
    expect(FakeSocket.all).toHaveLength(tries);
    refuse();
  }
  // Between the tries nothing flickers, and nothing is asked for again.
  expect(new Set(seen.slice(2))).toEqual(new Set(['crowded']));
  expect(onReturn).not.toHaveBeenCalled();
  vi.advanceTimersByTime(30_000);
  FakeSocket.all.at(-1)?.onopen?.();
  vi.advanceTimersByTime(2_000);
  expect(seen.at(-1)).toBe('live');
  expect(onReturn).toHaveBeenCalledTimes(1);
  FakeSocket.all.at(-1)?.onclose?.({ code: 1006 });
  expect(seen.at(-1)).toBe('offline');
  end();
});

test('waits grow and stay bounded', () => {
  expect(reconnectDelay(0, 1)).toBe(500);
  expect(reconnectDelay(3, 1)).toBe(4_000);
  expect(reconnectDelay(30, 1)).toBe(15_000);
});
