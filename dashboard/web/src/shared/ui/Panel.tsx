import { useId, type ReactNode } from 'react';
import classes from './Panel.module.css';

interface Props {
  title?: string;
  hint?: ReactNode;
  actions?: ReactNode;
  /** The content reaches the edges: tables and lists. */
  flush?: boolean;
  children: ReactNode;
  testId?: string;
}

/** A titled part of a page. */
export function Panel({ title, hint, actions, flush = false, children, testId }: Props) {
  const id = useId();
  return (
    <section className={classes.panel} aria-labelledby={title === undefined ? undefined : id} data-testid={testId}>
      {title !== undefined && (
        <div className={classes.head}>
          <div>
            <h2 id={id} className={classes.title}>
              {title}
            </h2>
            {hint !== undefined && <div className={classes.hint}>{hint}</div>}
          </div>
          {actions}
        </div>
      )}
      <div className={flush ? classes.flush : classes.body}>{children}</div>
    </section>
  );
}
