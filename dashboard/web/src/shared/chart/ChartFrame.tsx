import { ActionIcon, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './ChartFrame.module.css';
import { download, toCsv, toPng, toSvg, type ChartTable } from './exportChart';
import { Panel } from '../ui/Panel';

interface Props {
  title: string;
  hint?: ReactNode;
  /** The same numbers as text: for screen readers, for spreadsheets, and for the table view. */
  table: ChartTable;
  fileName: string;
  actions?: ReactNode;
  testId?: string;
  children: ReactNode;
}

/** A panel around one drawing, with its numbers as a table and its exports. */
export function ChartFrame({ title, hint, table, fileName, actions, testId, children }: Props) {
  const { t } = useTranslation();
  const [asTable, setAsTable] = useState(false);
  const [content, setContent] = useState<HTMLDivElement | null>(null);
  const withSvg = (use: (svg: SVGSVGElement) => unknown) => () => {
    const svg = content?.querySelector<SVGSVGElement>('svg[data-chart]');
    if (svg !== null && svg !== undefined) void use(svg);
  };
  return (
    <Panel
      title={title}
      hint={hint}
      testId={testId}
      actions={
        <div className={classes.actions}>
          {actions}
          <Menu position="bottom-end" withinPortal>
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" aria-label={t('chart.menu', { title })}>
                <IconDots size={18} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => setAsTable(!asTable)}>{t(asTable ? 'chart.drawing' : 'chart.table')}</Menu.Item>
              <Menu.Divider />
              <Menu.Item onClick={() => download(toCsv(table), `${fileName}.csv`, 'text/csv')}>CSV</Menu.Item>
              <Menu.Item
                disabled={asTable}
                onClick={withSvg((svg) => download(toSvg(svg), `${fileName}.svg`, 'image/svg+xml'))}
              >
                SVG
              </Menu.Item>
              <Menu.Item
                disabled={asTable}
                onClick={withSvg(async (svg) => download(await toPng(svg), `${fileName}.png`))}
              >
                PNG
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </div>
      }
    >
      <div ref={setContent}>{asTable ? <NumbersTable table={table} label={title} /> : children}</div>
    </Panel>
  );
}

function NumbersTable({ table, label }: { table: ChartTable; label: string }) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrollable by keyboard
    <div className={classes.table} tabIndex={0} role="region" aria-label={label}>
      <table className="table">
        <thead>
          <tr>
            {table.head.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column} className={typeof cell === 'number' ? 'num' : undefined}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
