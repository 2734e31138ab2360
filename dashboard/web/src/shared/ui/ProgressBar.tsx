import type { Tone } from './Chip';
import classes from './ProgressBar.module.css';

/** A thin bar; `label` says to a screen reader what is measured. */
export function ProgressBar({ value, tone, label }: { value: number; tone: Tone; label: string }) {
  const percent = Math.round(Math.min(1, Math.max(0, value)) * 100);
  return (
    <div
      className={classes.track}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      data-tone={tone}
    >
      <div className={classes.fill} style={{ inlineSize: `${percent}%` }} />
    </div>
  );
}
