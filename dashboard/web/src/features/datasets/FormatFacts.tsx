import { useTranslation } from 'react-i18next';
import type { Dataset } from '@/shared/api/types';
import classes from './FormatFacts.module.css';

/** Delimiters that cannot be seen are said in words. */
const delimiterNames: Record<string, 'comma' | 'semicolon' | 'tab' | 'bar' | 'space'> = {
  ',': 'comma',
  ';': 'semicolon',
  '\t': 'tab',
  '|': 'bar',
  ' ': 'space',
};

/** How the file was understood, so that a wrong guess is seen before it costs a training. */
export function FormatFacts({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation('datasets');
  const options = dataset.format_options;
  if (dataset.format === null) return null;
  const facts: [string, string][] = [[t('format.kind'), dataset.format.toUpperCase()]];
  if (options !== null) {
    const { delimiter } = options;
    if (delimiter !== null && delimiter !== undefined) {
      const name = delimiterNames[delimiter];
      facts.push([t('format.delimiter'), name === undefined ? delimiter : t(`format.delimiters.${name}`)]);
    }
    facts.push([t('format.encoding'), options.encoding]);
    if (dataset.format === 'csv' || dataset.format === 'tsv') {
      facts.push([t('format.decimal'), t(options.decimal_comma ? 'format.decimalComma' : 'format.decimalPoint')]);
      facts.push([t('format.header'), t(options.header === false ? 'format.no' : 'format.yes')]);
    }
    if (options.compression !== null && options.compression !== undefined) {
      facts.push([t('format.compression'), options.compression]);
    }
  }
  return (
    <dl className={classes.facts} aria-label={t('format.title')}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
