import { RingProgress, Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Pipeline, Stage } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { useSpeaker } from '@/shared/i18n/messages';
import { useNow } from '@/shared/lib/useNow';
import { StateIcon, toneOf } from '@/shared/ui/StateChip';
import { services } from '../list/currentStage';
import { isFinal } from '../live/applyEvent';
import { stageWord, type StageWord } from '../stageWord';
import classes from './StageFlow.module.css';

const ringColours = {
  idle: 'var(--ml-line-strong)',
  run: 'var(--ml-run)',
  ok: 'var(--ml-ok)',
  warn: 'var(--ml-warn)',
  bad: 'var(--ml-bad)',
} as const;

/** What surely fits into the three lines of a stage. */
const shortWords = 60;

/** The six stages in their order; what each does now or did, in a sentence. */
export function StageFlow({ pipeline }: { pipeline: Pipeline }) {
  const { t } = useTranslation('pipelines');
  const now = useNow(!isFinal(pipeline.state));
  return (
    <ol className={classes.flow} aria-label={t('run.stages')} data-testid="stage-flow">
      {pipeline.stages.map((stage) => (
        <StageStep
          key={stage.name}
          stage={stage}
          word={stageWord(pipeline, stage)}
          now={now}
          ended={pipeline.finished_at}
        />
      ))}
    </ol>
  );
}

interface StepProps {
  stage: Stage;
  word: StageWord;
  now: number;
  /** When the pipeline ended, if it has. */
  ended: string | null;
}

function StageStep({ stage, word, now, ended: endedAt }: StepProps) {
  const { t } = useTranslation(['pipelines', 'common']);
  const format = useFormat();
  const speaker = useSpeaker();
  const ended = endedAt === null ? null : Date.parse(endedAt);
  const { state, started_at: start, finished_at: end } = stage;
  const seconds =
    start === null ? null : Math.max(0, ((end === null ? (ended ?? now) : Date.parse(end)) - Date.parse(start)) / 1000);
  const done = state === 'succeeded' ? 100 : state === 'running' ? Math.round(stage.progress * 100) : 0;
  const words =
    stage.error !== null ? speaker.failure(stage.error) : stage.message !== null ? speaker.message(stage.message) : '';
  return (
    <li className={classes.step} data-state={state} data-tone={toneOf(state)} data-testid={`stage-${stage.name}`}>
      <div className={classes.top}>
        <RingProgress
          size={34}
          thickness={3}
          rootColor={state === 'failed' ? 'var(--ml-bad)' : 'var(--ml-line)'}
          sections={[{ value: done, color: ringColours[toneOf(state)] }]}
          label={
            <span className={classes.icon}>
              <StateIcon state={state} size={15} />
            </span>
          }
          aria-hidden
        />
        <span className={classes.line} aria-hidden />
      </div>
      <div className={classes.words}>
        <div className={classes.name}>{t(`stage.${stage.name}`)}</div>
        <div className={classes.service}>{services[stage.name]}</div>
        <div className={classes.status}>
          <span>{t(`common:state.${word}`)}</span>
          {state === 'running' && <span className="tnum">{format.percent(stage.progress)}</span>}
          {seconds !== null && word !== 'skipped' && word !== 'notReached' && (
            <span className="tnum">{format.duration(end === null ? Math.floor(seconds) : seconds)}</span>
          )}
          {stage.attempt > 1 && <span>{t('run.attempt', { count: stage.attempt })}</span>}
        </div>
        {words !== '' && (
          <Tooltip
            label={words}
            multiline
            w={320}
            disabled={words.length <= shortWords}
            events={{ hover: true, focus: true, touch: true }}
          >
            {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a text that is cut must open by keyboard */}
            <div className={classes.message} tabIndex={words.length > shortWords ? 0 : undefined}>
              {words}
            </div>
          </Tooltip>
        )}
      </div>
    </li>
  );
}
