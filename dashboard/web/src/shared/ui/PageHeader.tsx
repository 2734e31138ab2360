import { useEffect, type ReactNode } from 'react';
import { Link } from 'react-router';
import classes from './PageHeader.module.css';

interface Props {
  title: string;
  parent?: { to: string; label: string };
  /** Beside the title: a state chip. */
  aside?: ReactNode;
  /** Below it: what and how much, in a quiet line. */
  meta?: ReactNode;
  actions?: ReactNode;
}

export function PageHeader({ title, parent, aside, meta, actions }: Props) {
  useEffect(() => {
    document.title = `${title} · MicroLearn`;
  }, [title]);
  return (
    <header className={classes.header}>
      <div className={classes.words}>
        {parent !== undefined && (
          <Link className={classes.parent} to={parent.to}>
            {parent.label}
          </Link>
        )}
        <div className={classes.line}>
          <h1 className={classes.title}>{title}</h1>
          {aside}
        </div>
        {meta !== undefined && <div className={classes.meta}>{meta}</div>}
      </div>
      {actions !== undefined && <div className={classes.actions}>{actions}</div>}
    </header>
  );
}

/** Facts of a meta line, with quiet dots between them. */
export function MetaLine({ items }: { items: ReactNode[] }) {
  const shown = items.filter((item) => item !== null && item !== undefined && item !== '');
  return (
    <div className={classes.clip}>
      <ul className={classes.facts}>
        {shown.map((item, index) => (
          <li key={index}>{item}</li>
        ))}
      </ul>
    </div>
  );
}
