/**
 * The languages of the site. One more (Arabic comes next: `dir: 'rtl'`) is a folder of texts and
 * an entry here; pages use logical sides (inline-start, not left), so nothing else changes.
 */
export const languages = {
  fr: { label: 'Français', dir: 'ltr', locale: 'fr-FR', load: () => import('./locales/fr') },
  en: { label: 'English', dir: 'ltr', locale: 'en-GB', load: () => import('./locales/en') },
} as const satisfies Record<string, Language>;

interface Language {
  label: string;
  dir: 'ltr' | 'rtl';
  /** For dates and numbers. */
  locale: string;
  load: () => Promise<{ default: Record<string, unknown> }>;
}

export type LanguageCode = keyof typeof languages;
export const languageCodes = Object.keys(languages) as LanguageCode[];
export const defaultLanguage: LanguageCode = 'fr';

const storageKey = 'microlearn.language';

const isLanguage = (text: string | null): text is LanguageCode => text !== null && Object.hasOwn(languages, text);

/** What this browser's user has chosen here, else the first language that the browser asks for and we have, else French. */
export function rememberedLanguage(): LanguageCode {
  const stored = localStorage.getItem(storageKey);
  return isLanguage(stored) ? stored : browserLanguage(navigator.languages);
}

/** The first of these that we have, as the server reads `Accept-Language`: of `en-US` only the language counts. */
export function browserLanguage(wanted: readonly string[]): LanguageCode {
  const known = wanted.map((tag) => tag.split('-')[0]?.toLowerCase() ?? null).find(isLanguage);
  return known ?? defaultLanguage;
}

export const rememberLanguage = (code: LanguageCode): void => localStorage.setItem(storageKey, code);

export const languageOf = (code: string | undefined): LanguageCode =>
  code !== undefined && isLanguage(code) ? code : defaultLanguage;
