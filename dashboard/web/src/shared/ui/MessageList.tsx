import { IconAlertTriangle } from '@tabler/icons-react';
import type { Message } from '../api/types';
import { gather } from '../i18n/gather';
import { useSpeaker } from '../i18n/messages';
import classes from './MessageList.module.css';

/** Warnings with their advice, one a line. */
export function MessageList({ messages }: { messages: Message[] }) {
  const speaker = useSpeaker();
  if (messages.length === 0) return null;
  return (
    <ul className={classes.list}>
      {gather(messages).map((message, index) => (
        <li key={`${message.code}-${index}`}>
          <IconAlertTriangle size={14} stroke={2} aria-hidden className={classes.icon} />
          <span>{speaker.message(message)}</span>
        </li>
      ))}
    </ul>
  );
}
