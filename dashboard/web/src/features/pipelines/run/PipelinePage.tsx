import { Stack, Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { hasFailed } from '@/shared/api/errors';
import { isCaution, type Pipeline } from '@/shared/api/types';
import { useUrlState } from '@/shared/lib/useUrlState';
import { ErrorNotice } from '@/shared/ui/Notice';
import { Panel } from '@/shared/ui/Panel';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import { pipelineQuery } from '../api';
import { CurvesChart } from '../charts/CurvesChart';
import { TrialsChart } from '../charts/TrialsChart';
import { isFinal } from '../live/applyEvent';
import { usePipelineStream } from '../live/usePipelineStream';
import { TimelineChart } from '../timeline/TimelineChart';
import { LogPanel } from './LogPanel';
import { OutcomePanel } from './OutcomePanel';
import { PipelineHeader } from './PipelineHeader';
import { RunFacts } from './RunFacts';
import { StageFlow } from './StageFlow';

const tabs = ['run', 'leaderboard', 'evaluation', 'log'] as const;

interface Props {
  id: string;
  /** Models are a noun of their own; the app brings their views. */
  leaderboard: (pipeline: Pipeline) => ReactNode;
  evaluation: (pipeline: Pipeline) => ReactNode;
  /** So is whom it is shared with. */
  share: (pipeline: Pipeline) => ReactNode;
}

export function PipelinePage({ id, leaderboard, evaluation, share }: Props) {
  const { t } = useTranslation('pipelines');
  const [tab, setTab] = useUrlState('tab', tabs, 'run');
  const query = useQuery(pipelineQuery(id));
  const pipeline = query.data;
  usePipelineStream(id, pipeline !== undefined && !isFinal(pipeline.state));
  if (hasFailed(query)) return <ErrorNotice error={query.error} retry={query.refetch} />;
  if (pipeline === undefined) return <RowsSkeleton rows={8} />;
  // The evaluation says itself what to be careful about, above its numbers.
  const warnings = tab === 'evaluation' ? pipeline.warnings.filter((w) => !isCaution(w)) : pipeline.warnings;
  return (
    <>
      <PipelineHeader pipeline={pipeline} share={share(pipeline)} />
      <Stack gap="md">
        <OutcomePanel pipeline={pipeline} warnings={warnings} />
        <Panel>
          <Stack gap={26}>
            <RunFacts pipeline={pipeline} asOf={query.dataUpdatedAt} />
            <StageFlow pipeline={pipeline} />
          </Stack>
        </Panel>
        <Tabs
          value={tab}
          onChange={(value) => setTab(tabs.find((name) => name === value) ?? 'run')}
          keepMounted={false}
        >
          <Tabs.List mb="md" className="tabs">
            {tabs.map((name) => (
              <Tabs.Tab key={name} value={name}>
                {t(`tab.${name}`)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value="run">
            <Stack gap="md">
              <TimelineChart pipeline={pipeline} />
              <TrialsChart pipeline={pipeline} />
              <CurvesChart pipeline={pipeline} />
            </Stack>
          </Tabs.Panel>
          <Tabs.Panel value="leaderboard">{leaderboard(pipeline)}</Tabs.Panel>
          <Tabs.Panel value="evaluation">{evaluation(pipeline)}</Tabs.Panel>
          <Tabs.Panel value="log">
            <LogPanel pipelineId={id} />
          </Tabs.Panel>
        </Tabs>
      </Stack>
    </>
  );
}
