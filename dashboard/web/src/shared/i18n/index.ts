import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { languages, rememberLanguage, rememberedLanguage, type LanguageCode } from './languages';

async function addTexts(code: LanguageCode): Promise<void> {
  const texts = (await languages[code].load()).default;
  for (const [namespace, tree] of Object.entries(texts)) {
    i18next.addResourceBundle(code, namespace, tree, true, true);
  }
}

function applyToDocument(code: LanguageCode): void {
  document.documentElement.lang = code;
  document.documentElement.dir = languages[code].dir;
}

/** Loads one language before the first render; the other ones are fetched when they are chosen. */
export async function startI18n(code: LanguageCode = rememberedLanguage()): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: code,
    // A test holds every language to the same keys, so there is nothing to fall back to.
    fallbackLng: false,
    ns: [
      ...(['common', 'datasets', 'pipelines', 'models', 'deployments', 'account'] as const),
      ...(['people', 'courses', 'quotas', 'sharing', 'audit', 'codes'] as const),
    ],
    defaultNS: 'common',
    resources: {},
    // React escapes already.
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
  await addTexts(code);
  applyToDocument(code);
}

export async function chooseLanguage(code: LanguageCode): Promise<void> {
  await addTexts(code);
  rememberLanguage(code);
  await i18next.changeLanguage(code);
  applyToDocument(code);
}
