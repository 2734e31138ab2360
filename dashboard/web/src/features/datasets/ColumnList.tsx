import { Button, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ColumnProfile } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { matches } from '@/shared/lib/matches';
import { MessageList } from '@/shared/ui/MessageList';
import { Panel } from '@/shared/ui/Panel';
import classes from './ColumnList.module.css';

interface Props {
  columns: ColumnProfile[];
  rows: number;
  roleOf: (column: ColumnProfile) => string;
  control: (column: ColumnProfile) => ReactNode;
}

const step = 50;

/** Very many columns: one a line, searched and shown by and by. */
export function ColumnList({ columns, rows, roleOf, control }: Props) {
  const { t } = useTranslation('datasets');
  const format = useFormat();
  const [search, setSearch] = useState('');
  const [most, setMost] = useState(step);
  const found = columns.filter(({ name }) => matches(name, search));
  const shown = found.slice(0, most);
  return (
    <Panel>
      <div className={classes.bar}>
        <TextInput
          type="search"
          aria-label={t('column.search')}
          placeholder={t('column.search')}
          leftSection={<IconSearch size={15} />}
          value={search}
          onChange={(event) => {
            setSearch(event.currentTarget.value);
            setMost(step);
          }}
        />
        <span className="muted" role="status">
          {t('column.shown', {
            count: shown.length,
            shown: format.integer(shown.length),
            all: format.integer(found.length),
          })}
        </span>
      </div>
      <div className="scroll-x">
        <table className="table" aria-label={t('view.columns')}>
          <thead>
            <tr>
              <th scope="col">{t('column.use')}</th>
              <th scope="col">{t('list.name')}</th>
              <th scope="col">{t('column.kind')}</th>
              <th scope="col" className="num">
                {t('column.missing')}
              </th>
              <th scope="col" className="num">
                {t('column.unique')}
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((column) => (
              <tr key={column.name} data-role={roleOf(column)} data-testid="column-row">
                <td>{control(column)}</td>
                <td>
                  <span className={classes.name}>{column.name}</span>
                  <MessageList messages={column.warnings} />
                </td>
                <td className="muted">{t(`kind.${column.kind}`)}</td>
                <td className="num">{format.percent(column.missing / Math.max(1, rows))}</td>
                <td className="num">{format.integer(column.unique)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {found.length === 0 && <p className="muted">{t('column.none')}</p>}
      {found.length > most && (
        <Button variant="default" mt="sm" onClick={() => setMost(most + step)}>
          {t('column.more', { number: Math.min(step, found.length - most) })}
        </Button>
      )}
    </Panel>
  );
}
