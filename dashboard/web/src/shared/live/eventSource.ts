import { parseJson } from '../api/http';
import { eventKinds, type PipelineEvent } from '../api/types';
import { reconnectDelay } from './socket';

interface Options {
  url: string;
  onEvent: (event: PipelineEvent) => void;
  /** The server ended the stream: whether to come back. A finished pipeline has nothing more to say. */
  shouldReturn: () => boolean;
}

/**
 * Server-sent events with resume. The browser reconnects by itself and names the last event it saw;
 * only an answer that is no stream (a restart, a lapsed session) closes it for good, and then we
 * open it anew. A new stream starts from the first event, so those already seen are passed over.
 */
export function keepEventSource({ url, onEvent, shouldReturn }: Options): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastSeq = 0;
  let failures = 0;

  const receive = (message: MessageEvent<string>): void => {
    const event = parseJson(message.data) as PipelineEvent | null;
    if (event === null || event.seq <= lastSeq) return;
    lastSeq = event.seq;
    failures = 0;
    onEvent(event);
  };
  const open = (): void => {
    source = new EventSource(url);
    for (const kind of eventKinds) source.addEventListener(kind, receive);
    source.onerror = () => {
      if (!shouldReturn()) {
        source?.close();
      } else if (source?.readyState === EventSource.CLOSED) {
        timer = setTimeout(open, reconnectDelay(failures));
        failures += 1;
      }
    };
  };
  open();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}
