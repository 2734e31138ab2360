import { useTranslation } from 'react-i18next';
import classes from './Gantt.module.css';
import type { BarKind } from './layout';

const order: readonly BarKind[] = [
  'queued',
  'download',
  'compute',
  'upload',
  'retry',
  'failure',
  'cancelled',
  'trial',
  'fold',
];

export function Legend({ kinds }: { kinds: BarKind[] }) {
  const { t } = useTranslation('pipelines');
  return (
    <ul className={classes.legend} aria-label={t('timeline.legend')}>
      {order
        .filter((kind) => kinds.includes(kind))
        .map((kind) => (
          <li key={kind}>
            <span className={classes.swatch} data-kind={kind} aria-hidden />
            {t(`span.${kind}`)}
          </li>
        ))}
    </ul>
  );
}
