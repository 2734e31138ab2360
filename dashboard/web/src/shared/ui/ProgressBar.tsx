import classes from './ProgressBar.module.css';
import type { AnyState } from './StateChip';
import { toneOf } from './StateChip';

/** A thin bar; `label` says to a screen reader what is measured. */
export function ProgressBar({ value, state, label }: { value: number; state: AnyState; label: string }) {
  const percent = Math.round(Math.min(1, Math.max(0, value)) * 100);
  return (
    <div
      className={classes.track}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      data-tone={toneOf(state)}
    >
      <div className={classes.fill} style={{ inlineSize: `${percent}%` }} />
    </div>
  );
}
