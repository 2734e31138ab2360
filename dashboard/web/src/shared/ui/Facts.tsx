import { Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './Facts.module.css';

export interface Fact {
  label: string;
  /** What the label means, for whoever asks. */
  hint?: string;
  value: ReactNode;
  /** In what it is measured, in a quiet line below the value. */
  note?: string;
  testId?: string;
}

/** A row of named values, the value larger than its name. */
export function Facts({ items }: { items: Fact[] }) {
  return (
    <dl className={classes.facts}>
      {items.map(({ label, hint, value, note, testId }) => (
        <div key={label} className={classes.fact}>
          <dt>
            {hint === undefined ? (
              label
            ) : (
              <Tooltip label={hint} multiline w={280} events={{ hover: true, focus: true, touch: true }}>
                {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- its explanation must open by keyboard */}
                <span className={classes.explained} tabIndex={0}>
                  {label}
                </span>
              </Tooltip>
            )}
          </dt>
          <dd data-testid={testId}>{value}</dd>
          {note !== undefined && <dd className={classes.note}>{note}</dd>}
        </div>
      ))}
    </dl>
  );
}
