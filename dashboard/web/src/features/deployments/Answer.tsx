import { Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { PredictionAnswer } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { Notice } from '@/shared/ui/Notice';
import classes from './Answer.module.css';

/** The prediction first and large, then how sure the model is of each class. */
export function Answer({ answer, target }: { answer: PredictionAnswer; target: string }) {
  const { t } = useTranslation('deployments');
  const format = useFormat();
  const [prediction] = answer.predictions;
  const chances = Object.entries(answer.probabilities?.[0] ?? {}).sort(([, a], [, b]) => b - a);
  const unseen = Object.keys(answer.notes?.unseen_levels ?? {}).join(', ');
  const outside = Object.keys(answer.notes?.out_of_range ?? {}).join(', ');
  return (
    <div className={classes.answer} role="status" data-testid="answer">
      <div className={classes.target}>{target}</div>
      <div className={classes.value} data-testid="prediction">
        {typeof prediction === 'number' ? format.number(prediction, 6) : prediction}
      </div>
      {chances.length > 0 && (
        <ul className={classes.bars} aria-label={t('try.probabilities')}>
          {chances.map(([label, share], index) => (
            <li key={label} data-first={index === 0}>
              <span className={classes.label} title={label}>
                {label}
              </span>
              <span className={classes.track}>
                <span className={classes.bar} style={{ inlineSize: `${share * 100}%` }} />
              </span>
              <span className={classes.share}>{format.percent(share, 1)}</span>
            </li>
          ))}
        </ul>
      )}
      <Stack gap="xs">
        {unseen !== '' && <Notice tone="warn">{t('try.unseen', { names: unseen })}</Notice>}
        {outside !== '' && <Notice tone="warn">{t('try.outOfRange', { names: outside })}</Notice>}
      </Stack>
      <div className={classes.version}>{t('try.version', { version: answer.model_version })}</div>
    </div>
  );
}
