import { Button, FileButton, Group, Stack } from '@mantine/core';
import { IconDownload, IconFileSpreadsheet } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { download } from '@/shared/chart/exportChart';
import { ErrorNotice, Notice } from '@/shared/ui/Notice';
import { PageHeader } from '@/shared/ui/PageHeader';
import { Panel } from '@/shared/ui/Panel';
import { useImportUsers } from '../api';
import classes from './ImportPage.module.css';
import { PasswordsOnce } from './PasswordsOnce';
import { ReportPanel } from './ReportPanel';
import { countOf, example, newAccounts, readTable, type TableFile } from './table';

const columns = ['username', 'display_name', 'role', 'courses'] as const;

/** Accounts from a table: what it would do is shown before it is done. */
export function ImportPage() {
  const { t } = useTranslation('people');
  const [table, setTable] = useState<TableFile | null>(null);
  const check = useImportUsers(true);
  const apply = useImportUsers(false);
  const pick = useRef<() => void>(null);
  const choose = async (file: File | null): Promise<void> => {
    // The same file may be chosen again once it is corrected.
    pick.current?.();
    if (file === null) return;
    apply.reset();
    const read = await readTable(file);
    setTable(read);
    check.mutate(read.text);
  };
  const report = apply.data ?? check.data;
  const accounts = apply.data === undefined ? [] : newAccounts(apply.data);
  const done = apply.data?.applied === true;
  return (
    <>
      <PageHeader title={t('import.title')} parent={{ to: '/people', label: t('title') }} meta={t('import.lead')} />
      <Stack gap="md">
        {!done && (
          <Panel title={t('import.table')} hint={t('import.tableHint')}>
            <Stack gap="md">
              <dl className={classes.columns}>
                {columns.map((column) => (
                  <div key={column}>
                    <dt className="mono">{column}</dt>
                    <dd>{t(`import.column.${column}`)}</dd>
                  </div>
                ))}
              </dl>
              <Group gap="xs">
                <FileButton resetRef={pick} accept=".csv,text/csv" onChange={(file) => void choose(file)}>
                  {(props) => (
                    <Button
                      {...props}
                      variant={table === null ? 'filled' : 'default'}
                      leftSection={<IconFileSpreadsheet size={16} />}
                      loading={check.isPending}
                      disabled={apply.isPending}
                    >
                      {t(table === null ? 'import.choose' : 'import.another')}
                    </Button>
                  )}
                </FileButton>
                <Button
                  variant="default"
                  leftSection={<IconDownload size={16} />}
                  onClick={() => download(example, 'accounts.csv', 'text/csv')}
                >
                  {t('import.example')}
                </Button>
              </Group>
            </Stack>
          </Panel>
        )}
        {table?.old === true && !done && <Notice>{t('import.old', { name: table.name })}</Notice>}
        {check.isError && <ErrorNotice error={check.error} />}
        {accounts.length > 0 && <PasswordsOnce accounts={accounts} />}
        {table !== null && report !== undefined && !check.isPending && (
          <ReportPanel
            report={report}
            file={table.name}
            action={
              countOf(report, 'failed') === 0 &&
              !done && (
                <Button loading={apply.isPending} onClick={() => apply.mutate(table.text)}>
                  {t('import.confirm', { count: report.rows.length })}
                </Button>
              )
            }
          />
        )}
        {apply.isError && <ErrorNotice error={apply.error} />}
        {apply.isError && <Notice tone="warn">{t('import.lost')}</Notice>}
      </Stack>
    </>
  );
}
