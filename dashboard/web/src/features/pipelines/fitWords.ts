import { useTranslation } from 'react-i18next';
import type { Span, StageName } from '@/shared/api/types';
import { useAlgorithmTitle } from '@/shared/lib/algorithms';
import { placeOf, readFit, readTrial } from './fits';

const onGpu = (gpu: boolean): string => (gpu ? ' (GPU)' : '');

/** Says which model a fit is of and on which rows it learned. `folds`: how many the cross-validation has. */
export function useFitWords(folds: number | null): (fit: { label: string; stage: StageName | null }) => string {
  const { t } = useTranslation('pipelines');
  const title = useAlgorithmTitle();
  return ({ label, stage }) => {
    const fit = readFit(label);
    if (fit === null) return label;
    const algorithm = title(fit.algorithm);
    const { kind, cut, fold } = placeOf(fit.number, stage, folds);
    if (kind === 'whole') return t('fit.whole', { algorithm, number: fit.number });
    return t(`fit.${kind}`, { algorithm, cut, fold });
  };
}

/** Says what a bar of the timeline is: the server calls it by code names. */
export function useSpanWords(folds: number | null): (span: Span) => string {
  const { t } = useTranslation('pipelines');
  const title = useAlgorithmTitle();
  return ({ kind, label, stage }) => {
    if (kind === 'queued') return t('span.queued');
    if (kind === 'compute' || kind === 'cancelled') return t(`stage.${stage}`);
    const trial = kind === 'trial' ? readTrial(label) : null;
    if (trial !== null) {
      return t('trials.one', { number: trial.number, algorithm: title(trial.algorithm) }) + onGpu(trial.gpu);
    }
    const fit = kind === 'fold' ? readFit(label) : null;
    if (fit === null) return label;
    const algorithm = title(fit.algorithm);
    const place = placeOf(fit.number, stage, folds);
    // What is cut anew is fitted in one go, fold after fold.
    const words =
      place.kind === 'fold'
        ? t('fit.fold', { algorithm, fold: place.fold })
        : t(place.kind === 'cut' ? 'fit.wholeCut' : 'fit.allRows', { algorithm, cut: place.cut });
    return words + onGpu(fit.gpu);
  };
}
