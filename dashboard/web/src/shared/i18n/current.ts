import i18next from 'i18next';
import { languageOf, type LanguageCode } from './languages';

/** The language in force, for what is no component. */
export const currentLanguage = (): LanguageCode => languageOf(i18next.language);
