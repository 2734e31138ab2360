import type { ReactNode } from 'react';
import classes from './StateChip.module.css';

export type Tone = 'idle' | 'run' | 'ok' | 'warn' | 'bad';

interface Props {
  tone: Tone;
  /** Shape says it too, never colour alone. */
  icon: ReactNode;
  state?: string;
  children: ReactNode;
}

/** A word about a thing, small and coloured by meaning. */
export function Chip({ tone, icon, state, children }: Props) {
  return (
    <span className={classes.chip} data-tone={tone} data-state={state}>
      {icon}
      {children}
    </span>
  );
}
