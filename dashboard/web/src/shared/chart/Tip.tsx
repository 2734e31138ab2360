import type { ReactNode } from 'react';
import classes from './Tip.module.css';

export interface TipState {
  x: number;
  y: number;
  content: ReactNode;
}

/** What lies under the pointer, inside a `position: relative` box of `width`. */
export function Tip({ tip, width }: { tip: TipState | null; width: number }) {
  if (tip === null) return null;
  const flip = tip.x > width / 2;
  return (
    <div
      className={classes.tip}
      data-flip={flip}
      style={{
        insetBlockStart: tip.y,
        left: flip ? undefined : tip.x + 12,
        right: flip ? width - tip.x + 12 : undefined,
      }}
    >
      {tip.content}
    </div>
  );
}
