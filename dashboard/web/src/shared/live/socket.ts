import { parseJson } from '../api/http';

export type LiveStatus = 'connecting' | 'live' | 'offline';

interface Options {
  url: string;
  onEvent: (event: unknown) => void;
  onStatus: (status: LiveStatus) => void;
  /** The line came back after a break: whatever happened meanwhile must be asked for. */
  onReturn: () => void;
}

const firstDelay = 500;
const longestDelay = 15_000;

/** Full jitter, so that a class room does not come back all at once. */
export const reconnectDelay = (failures: number, random: number = Math.random()): number =>
  Math.round((0.5 + random / 2) * Math.min(longestDelay, firstDelay * 2 ** failures));

/** A WebSocket that comes back by itself. Gives the function that ends it. */
export function keepSocket({ url, onEvent, onStatus, onReturn }: Options): () => void {
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let wasOpen = false;
  let ended = false;

  const connect = (): void => {
    onStatus(wasOpen ? 'offline' : 'connecting');
    socket = new WebSocket(url);
    socket.onopen = () => {
      failures = 0;
      onStatus('live');
      if (wasOpen) onReturn();
      wasOpen = true;
    };
    socket.onmessage = (message: MessageEvent<unknown>) => {
      if (typeof message.data === 'string') onEvent(parseJson(message.data));
    };
    socket.onclose = () => {
      if (ended) return;
      onStatus('offline');
      timer = setTimeout(connect, reconnectDelay(failures));
      failures += 1;
    };
  };
  connect();
  return () => {
    ended = true;
    clearTimeout(timer);
    socket?.close();
  };
}

export const socketUrl = (path: string): string =>
  `${window.location.protocol === 'https:' ? 'wss' : 'ws'}://${window.location.host}${path}`;
