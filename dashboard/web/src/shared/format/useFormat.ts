import { useTranslation } from 'react-i18next';
import { languageOf, languages } from '../i18n/languages';
import { formatterOf, type Formatter } from './format';

export function useFormat(): Formatter {
  const { i18n } = useTranslation();
  return formatterOf(languages[languageOf(i18n.language)].locale);
}
