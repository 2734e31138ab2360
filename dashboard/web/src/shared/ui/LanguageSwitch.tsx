import { SegmentedControl } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { chooseLanguage } from '../i18n';
import { languageCodes, languageOf, languages } from '../i18n/languages';

export function LanguageSwitch() {
  const { t, i18n } = useTranslation();
  return (
    <SegmentedControl
      size="xs"
      aria-label={t('language')}
      value={languageOf(i18n.language)}
      onChange={(code) => void chooseLanguage(languageOf(code))}
      data={languageCodes.map((code) => ({ value: code, label: languages[code].label }))}
    />
  );
}
