import { Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { LeaderboardRow, Message } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { useSpeaker } from '@/shared/i18n/messages';
import { useAlgorithmTitle } from '@/shared/lib/algorithms';
import classes from './Leaderboard.module.css';
import { ModelFiles } from './ModelFiles';
import { compare } from './noise';

/** The algorithm of models that are mixed of others. */
const MIXTURE = 'ensemble';

interface Props {
  row: LeaderboardRow;
  first: LeaderboardRow;
  /** The evaluation's own comparison of two models, once there is one. */
  verdict: Message | null | undefined;
  action: ReactNode;
}

export function LeaderboardLine({ row, first, verdict, action }: Props) {
  const { t } = useTranslation('models');
  const format = useFormat();
  const title = useAlgorithmTitle();
  const speaker = useSpeaker();
  const comparison = compare(row, first, verdict);
  const why = comparison === 'overlap' || verdict == null ? t('leaderboard.overlapWhy') : speaker.message(verdict);
  const settings = Object.entries(row.params)
    .map(([name, value]) => `${name} = ${typeof value === 'number' ? format.number(value) : String(value)}`)
    .join(', ');
  return (
    <tr data-testid="leaderboard-row" data-chosen={row.chosen}>
      <td className="num muted">{row.rank ?? '—'}</td>
      <td>
        <div className={classes.name}>
          <span className={classes.title}>{title(row.algorithm, row.algorithm_title)}</span>
          {row.chosen && <span className={classes.chosen}>{t('leaderboard.chosen')}</span>}
          {comparison !== null && <Explained why={why}>{t(`leaderboard.${comparison}`)}</Explained>}
        </div>
        <div className={classes.params} title={settings}>
          {settings}
        </div>
      </td>
      <td className="num">
        {format.score(row.cv_score)} <span className="muted">± {format.number(row.cv_std, 2)}</span>
        {row.algorithm === MIXTURE && (
          <div>
            <Explained why={t('leaderboard.stricterWhy')}>{t('leaderboard.stricter')}</Explained>
          </div>
        )}
        {row.folds !== null && row.folds.done < row.folds.of && (
          <div className={classes.interval} title={t('leaderboard.foldsWhy')}>
            {t('leaderboard.folds', { ...row.folds, count: row.folds.done })}
          </div>
        )}
      </td>
      <td className="num">
        {row.test_score === null ? '—' : format.score(row.test_score)}
        {row.test_ci !== null && <div className={classes.interval}>[{format.interval(...row.test_ci)}]</div>}
      </td>
      <td className="num">{format.duration(row.fit_seconds)}</td>
      <td className="num">{row.predict_us_per_row === null ? '—' : format.micros(row.predict_us_per_row)}</td>
      <td className="num">{format.bytes(row.bytes)}</td>
      <td className="num">
        <div className={classes.actions}>
          {action}
          <ModelFiles
            modelId={row.model_id}
            name={title(row.algorithm, row.algorithm_title)}
            card={row.chosen && row.test_score !== null}
          />
        </div>
      </td>
    </tr>
  );
}

/** A few words whose explanation opens by mouse, finger and keyboard. */
function Explained({ why, children }: { why: string; children: string }) {
  return (
    <Tooltip label={why} multiline w={280} events={{ hover: true, focus: true, touch: true }}>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- its explanation must open by keyboard */}
      <span className={classes.noise} tabIndex={0}>
        {children}
      </span>
    </Tooltip>
  );
}
