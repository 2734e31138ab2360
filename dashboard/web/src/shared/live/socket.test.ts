import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { keepSocket, reconnectDelay, type LiveStatus } from './socket';

class FakeSocket {
  static all: FakeSocket[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  closed = false;
  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }
  close(): void {
    this.closed = true;
    this.onclose?.();
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
  FakeSocket.all[0]?.onclose?.();
  vi.advanceTimersByTime(1_000);
  FakeSocket.all[1]?.onopen?.();
  expect(events).toEqual([{ kind: 'dataset' }]);
  expect(seen).toEqual(['connecting', 'live', 'offline', 'offline', 'live']);
  expect(onReturn).toHaveBeenCalledTimes(1);
  end();
  vi.advanceTimersByTime(60_000);
  expect(FakeSocket.all).toHaveLength(2);
});

test('waits grow and stay bounded', () => {
  expect(reconnectDelay(0, 1)).toBe(500);
  expect(reconnectDelay(3, 1)).toBe(4_000);
  expect(reconnectDelay(30, 1)).toBe(15_000);
});
