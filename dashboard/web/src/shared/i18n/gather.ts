import type { Message } from '../api/types';

const same = (message: Message): string => JSON.stringify([message.code, message.params]);

/** Each warning once, and the folds of one algorithm that failed in one line. */
export function gather(messages: Message[]): Message[] {
  const seen = new Set<string>();
  const once = messages.filter((message) => {
    const key = same(message);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  const folds = new Map<unknown, Message[]>();
  for (const message of once) {
    if (message.code !== 'train.fold_failed') continue;
    const { algorithm } = message.params;
    folds.set(algorithm, [...(folds.get(algorithm) ?? []), message]);
  }
  return once.flatMap((message) => {
    const group = message.code === 'train.fold_failed' ? (folds.get(message.params.algorithm) ?? []) : [];
    if (group.length < 2) return [message];
    return group[0] === message ? [summary(group)] : [];
  });
}

function summary(group: Message[]): Message {
  const { algorithm, reason } = group[0]?.params ?? {};
  const count = group.length;
  const alike = group.every(({ params }) => params.reason === reason);
  const why = alike && typeof reason === 'string' ? `: ${reason}` : '';
  const name = typeof algorithm === 'string' ? algorithm : '';
  return {
    code: 'train.folds_failed',
    params: { algorithm, count, ...(alike ? { reason } : { reason: '' }) },
    text: `${count} folds of ${name} were not fitted${why}.`,
  };
}
