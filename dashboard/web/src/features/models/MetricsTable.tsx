import { useTranslation } from 'react-i18next';
import type { Interval, Metric } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { isMetric } from '@/shared/lib/metrics';
import { Panel } from '@/shared/ui/Panel';

interface Props {
  metrics: Record<string, Interval>;
  decisive: Metric;
  rows: number;
  /** Of two classes the one that some measures are about. */
  positive: string | null;
}

/** Measures that look at one class; of the other one they would be different. */
const ofOneClass: ReadonlySet<string> = new Set(['precision', 'recall', 'f1', 'average_precision']);

export function MetricsTable({ metrics, decisive, rows, positive }: Props) {
  const { t } = useTranslation(['models', 'pipelines']);
  const format = useFormat();
  const entries = Object.entries(metrics).sort(([a], [b]) => Number(b === decisive) - Number(a === decisive));
  return (
    <Panel
      flush
      title={t('metrics.title')}
      hint={t('metrics.hint', { count: rows, shown: format.integer(rows) })}
      testId="metrics"
    >
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrollable by keyboard */}
      <div className="scroll-x" tabIndex={0} role="region" aria-label={t('metrics.title')}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t('metrics.name')}</th>
              <th scope="col" className="num">
                {t('metrics.value')}
              </th>
              <th scope="col" className="num">
                {t('metrics.interval')}
              </th>
            </tr>
          </thead>
          <tbody>
            {entries.map(([name, { value, lo, hi }]) => (
              <tr key={name}>
                <td style={{ fontWeight: name === decisive ? 600 : undefined }}>
                  {isMetric(name) ? t(`pipelines:metric.${name}`) : name}
                  {positive !== null && ofOneClass.has(name) && (
                    <span className="muted"> {t('metrics.of', { class: positive })}</span>
                  )}
                  {name === decisive && <span className="muted"> · {t('metrics.decisive')}</span>}
                </td>
                <td className="num">{format.score(value)}</td>
                <td className="num muted">{lo === null || hi === null ? '—' : format.interval(lo, hi)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
