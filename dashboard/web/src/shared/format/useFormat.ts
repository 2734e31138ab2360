import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { languageOf, languages } from '../i18n/languages';
import { makeFormatter, type Formatter } from './format';

export function useFormat(): Formatter {
  const { i18n } = useTranslation();
  const { locale } = languages[languageOf(i18n.language)];
  return useMemo(() => makeFormatter(locale), [locale]);
}
