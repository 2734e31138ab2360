import {
  IconAlertTriangle,
  IconBan,
  IconCheck,
  IconCircleDashed,
  IconClock,
  IconCut,
  IconLoader2,
  IconPlayerSkipForward,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { DatasetState, Deployment, PipelineState, StageState, TrialState } from '../api/types';
import { Chip, type Tone } from './Chip';
import classes from './StateChip.module.css';

export type AnyState = PipelineState | StageState | TrialState | DatasetState | Deployment['state'];

const looks: Record<AnyState, { tone: Tone; Icon: typeof IconCheck }> = {
  pending: { tone: 'idle', Icon: IconCircleDashed },
  queued: { tone: 'idle', Icon: IconClock },
  running: { tone: 'run', Icon: IconLoader2 },
  profiling: { tone: 'run', Icon: IconLoader2 },
  loading: { tone: 'run', Icon: IconLoader2 },
  succeeded: { tone: 'ok', Icon: IconCheck },
  ready: { tone: 'ok', Icon: IconCheck },
  failed: { tone: 'bad', Icon: IconAlertTriangle },
  cancelled: { tone: 'idle', Icon: IconBan },
  skipped: { tone: 'idle', Icon: IconPlayerSkipForward },
  pruned: { tone: 'idle', Icon: IconCut },
};

export const toneOf = (state: AnyState): Tone => looks[state].tone;

/** The icon of a state: shape says it too, never colour alone. */
export function StateIcon({ state, size = 14 }: { state: AnyState; size?: number }) {
  const { Icon, tone } = looks[state];
  return <Icon size={size} stroke={2.2} aria-hidden className={tone === 'run' ? classes.spin : undefined} />;
}

/** `words` say more than the state's own word. */
export function StateChip({ state, words }: { state: AnyState; words?: string }) {
  const { t } = useTranslation();
  return (
    <Chip tone={looks[state].tone} icon={<StateIcon state={state} size={13} />} state={state}>
      {words ?? t(`state.${state}`)}
    </Chip>
  );
}
