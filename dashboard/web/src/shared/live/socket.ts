import { parseJson } from '../api/http';

export type LiveStatus = 'connecting' | 'live' | 'offline' | 'crowded';

interface Options {
  url: string;
  onEvent: (event: unknown) => void;
  onStatus: (status: LiveStatus) => void;
  /** The line came back after a break: whatever happened meanwhile must be asked for. */
  onReturn: () => void;
}

/** The server closes with this a socket that is one too many of its user's. */
const tooMany = 4429;
/** Only a page that is closed makes room, and that takes people their time. */
const crowdedDelay = 30_000;
/** A socket that is one too many is opened before it is closed: only one that lasts has found room. */
const settleDelay = 2_000;

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
  let crowded = false;
  let ended = false;

  const settle = (): void => {
    failures = 0;
    crowded = false;
    onStatus('live');
    if (wasOpen) onReturn();
    wasOpen = true;
  };
  const connect = (): void => {
    if (!crowded) onStatus(wasOpen ? 'offline' : 'connecting');
    socket = new WebSocket(url);
    socket.onopen = () => {
      if (crowded) timer = setTimeout(settle, settleDelay);
      else settle();
    };
    socket.onmessage = (message: MessageEvent<unknown>) => {
      if (typeof message.data === 'string') onEvent(parseJson(message.data));
    };
    socket.onclose = ({ code }) => {
      if (ended) return;
      clearTimeout(timer);
      crowded = code === tooMany;
      onStatus(crowded ? 'crowded' : 'offline');
      timer = setTimeout(connect, crowded ? crowdedDelay : reconnectDelay(failures));
      failures = crowded ? 0 : failures + 1;
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
