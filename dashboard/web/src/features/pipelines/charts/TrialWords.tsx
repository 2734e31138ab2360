import { useTranslation } from 'react-i18next';
import type { Scalar, Trial } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { useAlgorithmTitle } from '@/shared/lib/algorithms';

const shownParams = 6;

export function TrialWords({ trial }: { trial: Trial }) {
  const { t } = useTranslation(['pipelines', 'common']);
  const format = useFormat();
  const title = useAlgorithmTitle();
  const show = (value: Scalar): string => (typeof value === 'number' ? format.number(value) : String(value));
  return (
    <>
      <strong>{t('trials.one', { number: trial.number, algorithm: title(trial.algorithm) })}</strong>
      <div className="tnum">
        {trial.score !== null && format.score(trial.score)}
        {trial.std !== null && ` ± ${format.number(trial.std, 2)}`}
        {trial.seconds !== null && ` · ${format.duration(trial.seconds)}`}
      </div>
      {trial.state !== 'succeeded' && <div>{t(`common:state.${trial.state}`)}</div>}
      {Object.entries(trial.params)
        .slice(0, shownParams)
        .map(([name, value]) => (
          <div key={name} className="muted">
            {name} = {show(value)}
          </div>
        ))}
    </>
  );
}
