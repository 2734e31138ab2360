import { useTranslation } from 'react-i18next';
import type { Pipeline } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { serverNow } from '@/shared/lib/serverClock';
import { useNow } from '@/shared/lib/useNow';
import { isMetric } from '@/shared/lib/metrics';
import { Facts, type Fact } from '@/shared/ui/Facts';
import { ProgressBar } from '@/shared/ui/ProgressBar';
import { toneOf } from '@/shared/ui/StateChip';
import { ranFor } from '../list/PipelineRow';
import { isFinal } from '../live/applyEvent';
import { scoreKind } from '../scoreKind';
import classes from './RunFacts.module.css';

/** How far, how long still, and how good so far. `asOf`: when the server gave these numbers. */
export function RunFacts({ pipeline, asOf }: { pipeline: Pipeline; asOf: number }) {
  const { t } = useTranslation('pipelines');
  const format = useFormat();
  const active = !isFinal(pipeline.state);
  const now = useNow(active);
  const { metric, best_score: best, eta_seconds: eta, budget, consumed_seconds: consumed } = pipeline;
  // The numbers age between two answers of the server; time itself is known here.
  const age = Math.max(0, (now - serverNow(asOf)) / 1000);
  const seconds = ranFor(pipeline, now);
  const facts: Fact[] = [];
  if (active) {
    facts.push({ label: t('run.progress'), value: format.percent(pipeline.progress), testId: 'progress' });
    if (eta !== null) {
      const left = format.duration(Math.round(Math.max(0, eta - age)));
      facts.push({ label: t('run.eta'), hint: t('run.etaHint'), value: left });
    }
    if (typeof budget.seconds === 'number') {
      const spent = pipeline.started_at === null ? 0 : (consumed ?? 0) + age;
      facts.push({
        label: t('run.budgetLeft'),
        hint: t('run.budgetLeftHint'),
        value: format.duration(Math.round(Math.max(0, budget.seconds - spent))),
      });
    }
  }
  facts.push({
    label: t(`run.best.${scoreKind(pipeline)}`),
    value: best === null ? '—' : format.score(best),
    note: best !== null && isMetric(metric) ? t(`metric.${metric}`) : undefined,
    testId: 'best-score',
  });
  if (seconds !== null)
    facts.push({ label: t('run.duration'), value: format.duration(active ? Math.floor(seconds) : seconds) });
  if (!active && typeof budget.seconds === 'number') {
    facts.push({ label: t('run.budget'), value: format.duration(budget.seconds) });
  }
  return (
    <div className={classes.box}>
      <Facts items={facts} />
      {active && (
        <div className={classes.bar}>
          <ProgressBar
            value={pipeline.progress}
            tone={toneOf(pipeline.state)}
            label={t('progressOf', { name: pipeline.name })}
          />
        </div>
      )}
    </div>
  );
}
