import type { ReactNode } from 'react';
import classes from './Facts.module.css';

export interface Fact {
  label: string;
  value: ReactNode;
  testId?: string;
}

/** A row of named values, the value larger than its name. */
export function Facts({ items }: { items: Fact[] }) {
  return (
    <dl className={classes.facts}>
      {items.map(({ label, value, testId }) => (
        <div key={label} className={classes.fact}>
          <dt>{label}</dt>
          <dd data-testid={testId}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
