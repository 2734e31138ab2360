import { Tabs } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { PredictionRecord } from '@/shared/api/types';
import { CodeBlock } from '@/shared/ui/CodeBlock';
import { Panel } from '@/shared/ui/Panel';
import { snippet, snippetKinds } from './snippets';

const names = { curl: 'curl', python: 'Python', javascript: 'JavaScript' } as const;

export function Snippets({ url, record }: { url: string; record: PredictionRecord }) {
  const { t } = useTranslation('deployments');
  return (
    <Panel title={t('snippets.title')} hint={t('snippets.hint')}>
      <Tabs defaultValue="curl" keepMounted={false}>
        <Tabs.List mb="sm">
          {snippetKinds.map((kind) => (
            <Tabs.Tab key={kind} value={kind}>
              {names[kind]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {snippetKinds.map((kind) => (
          <Tabs.Panel key={kind} value={kind}>
            <CodeBlock code={snippet(kind, url, record)} label={names[kind]} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Panel>
  );
}
