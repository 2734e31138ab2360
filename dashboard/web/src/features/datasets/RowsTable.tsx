import classes from './RowsTable.module.css';

interface Props {
  columns: string[];
  rows: (string | null)[][];
  label: string;
  /** Names of columns shown quieter: excluded ones. */
  dimmed?: ReadonlySet<string>;
}

const isNumber = (text: string | null): boolean => text !== null && text !== '' && !Number.isNaN(Number(text));

/** Raw cells as the file has them; an empty one is marked, because it means something. */
export function RowsTable({ columns, rows, label, dimmed }: Props) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrollable by keyboard
    <div className={classes.box} tabIndex={0} role="region" aria-label={label}>
      <table className={classes.table}>
        <thead>
          <tr>
            {columns.map((name, index) => (
              <th key={index} scope="col" data-dimmed={dimmed?.has(name)}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {columns.map((name, column) => {
                const cell = row[column] ?? null;
                return (
                  <td key={column} data-dimmed={dimmed?.has(name)} data-number={isNumber(cell)}>
                    {cell === null || cell === '' ? <span className={classes.none}>∅</span> : cell}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
