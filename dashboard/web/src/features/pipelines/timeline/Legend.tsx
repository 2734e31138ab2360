import { useTranslation } from 'react-i18next';
import type { SpanKind } from '@/shared/api/types';
import classes from './Gantt.module.css';

const order: readonly SpanKind[] = ['queued', 'download', 'compute', 'upload', 'retry', 'trial', 'fold'];

export function Legend({ kinds }: { kinds: SpanKind[] }) {
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
