import type { Message } from '../api/types';

/** Each message once: live ones may repeat what was read with the page. */
export function gather(messages: Message[]): Message[] {
  const seen = new Set<string>();
  return messages.filter((message) => {
    const key = JSON.stringify([message.code, message.params]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
