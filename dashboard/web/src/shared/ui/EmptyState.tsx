import { useEffect, type ReactNode } from 'react';
import classes from './EmptyState.module.css';

interface Props {
  icon: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  /** The whole page is this: its title is the page's. */
  page?: boolean;
}

/** Nothing here yet: what would be here, and the one thing to do about it. */
export function EmptyState({ icon, title, children, action, page = false }: Props) {
  const Heading = page ? 'h1' : 'h2';
  useEffect(() => {
    if (page) document.title = `${title} · MicroLearn`;
  }, [page, title]);
  return (
    <div className={classes.empty}>
      <div className={classes.icon} aria-hidden>
        {icon}
      </div>
      <Heading className={classes.title}>{title}</Heading>
      {children !== undefined && <div className={classes.text}>{children}</div>}
      {action !== undefined && <div className={classes.action}>{action}</div>}
    </div>
  );
}
