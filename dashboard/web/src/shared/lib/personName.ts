import { useTranslation } from 'react-i18next';

/** What the server calls the account that it makes at its first start, until somebody writes another name. */
const firstAccount = 'Administrator';

/** A person's shown name; the one that nobody has written is said in the language of the page. */
export function usePersonName(): (name: string) => string {
  const { t } = useTranslation();
  return (name) => (name === firstAccount ? t('firstAccount') : name);
}
