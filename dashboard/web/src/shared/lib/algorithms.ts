import type { i18n } from 'i18next';
import { useTranslation } from 'react-i18next';

/** An algorithm's name for people: our word for it, else the server's title, else its own name. */
export function algorithmTitle({ exists, t }: Pick<i18n, 'exists' | 't'>, name: string, title?: string): string {
  const key = `algorithm.${name}`;
  // Names come from the server's registry, so no type can hold them all.
  if (exists(key)) return t(key as 'algorithm.knn');
  // What stands in brackets explains; there is no room for it in a table.
  const words = title?.split(' (')[0] ?? name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function useAlgorithmTitle(): (name: string, title?: string) => string {
  const { i18n } = useTranslation();
  return (name, title) => algorithmTitle(i18n, name, title);
}
