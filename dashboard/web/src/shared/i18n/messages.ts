import type { i18n } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, asApiError } from '../api/errors';
import type { ApiFailure, Message } from '../api/types';
import { formatterOf, type Formatter } from '../format/format';
import { algorithmTitle } from '../lib/algorithms';
import { isMetric } from '../lib/metrics';
import { languageOf, languages } from './languages';

const placeholders = /{{\s*([\w.]+)/g;
/** A number of the sentence in the unit that the server counts it in: `{{quota, bytes}}`, `{{quota, duration}}`. */
const measured = /{{(\w+), (bytes|duration)}}/g;
type Unit = keyof Pick<Formatter, 'bytes' | 'duration'>;
/** Words that follow a number of the sentence: `{{columns}} [columns:colonne|colonnes]`. */
const forms = /\[(\w+):([^|\]]*)\|([^\]]*)\]/g;

/** A reason that the server codes like everything that it says. */
const isMessage = (value: unknown): value is Message =>
  typeof value === 'object' && value !== null && 'code' in value && 'params' in value && 'text' in value;

/** A text as a part of a sentence: only what happened, without what to do about it. */
function clause(text: string): string {
  const first = text.split('. ')[0] ?? text;
  return first.charAt(0).toLowerCase() + first.slice(1).replace(/\.$/, '');
}

/** Parameters that hold names of ours are said with our words for them, numbers as people write them. */
function sayValue(i18next: i18n, name: string, value: unknown, unit?: Unit): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => sayValue(i18next, name, one, unit)).join(', ');
  if (typeof value === 'number') {
    const format = formatterOf(languages[languageOf(i18next.language)].locale);
    if (unit !== undefined) return format[unit](value);
    return name === 'share' ? format.percent(value) : format.number(value);
  }
  if (isMessage(value)) return clause(say(i18next, value.code, value.params, value.text));
  if (typeof value !== 'string') return JSON.stringify(value);
  if (['algorithm', 'algorithms', 'first', 'second'].includes(name)) return algorithmTitle(i18next, value);
  if (name === 'metric' && isMetric(value)) return i18next.t(`pipelines:metric.${value}`);
  if (name === 'parts' && i18next.exists(`part.${value}`)) return i18next.t(`part.${value}` as 'part.curves');
  return value;
}

/**
 * Says what the server coded. Our text is used only if it exists and the server sent every value
 * that it mentions; a sentence with holes would be worse than the server's English.
 */
export function say(i18next: i18n, code: string, given: Record<string, unknown>, text: string): string {
  const template = templateOf(i18next, code, given);
  if (template === null) return text;
  const needed = Array.from(template.matchAll(placeholders), (match) => match[1] ?? '');
  if (needed.some((name) => given[name] === undefined || given[name] === null)) return text;
  const units = new Map(Array.from(template.matchAll(measured), ([, name, unit]) => [name, unit as Unit]));
  const values = Object.fromEntries(
    needed.map((name) => [name, sayValue(i18next, name, given[name], units.get(name))]),
  );
  const counted = template
    .replaceAll(measured, '{{$1}}')
    .replaceAll(forms, (_, name: string, one: string, many: string) =>
      takesSingular(i18next, given[name]) ? one : many,
    );
  const said = i18next.services.interpolator.interpolate(counted, values, i18next.language, {});
  // Some names of measures have brackets of their own: (Erreur typique (RMSE)).
  return 'metric' in values ? said.replace(/\(([^()]*) \(([^()]*)\)\)/g, '($1, $2)') : said;
}

function takesSingular(i18next: i18n, count: unknown): boolean {
  const { locale } = languages[languageOf(i18next.language)];
  return typeof count === 'number' && new Intl.PluralRules(locale).select(count) === 'one';
}

const resource = (i18next: i18n, code: string): string | null => {
  const found: unknown = i18next.getResource(i18next.language, 'codes', code);
  return typeof found === 'string' ? found : null;
};

/** The sentence, or its `_one` twin where the first number that it mentions takes the singular. */
function templateOf(i18next: i18n, code: string, params: Record<string, unknown>): string | null {
  const template = resource(i18next, code);
  const one = template === null ? null : resource(i18next, `${code}_one`);
  if (template === null || one === null) return template;
  const names = Array.from(template.matchAll(placeholders), (match) => match[1] ?? '');
  const count = names.map((name) => params[name]).find((value) => typeof value === 'number');
  return takesSingular(i18next, count) ? one : template;
}

export interface Speaker {
  message: (message: Message | string) => string;
  failure: (failure: ApiFailure) => string;
  error: (error: unknown) => string;
}

/** Everything that the server says, in the reader's language where we know how. */
export function useSpeaker(): Speaker {
  const { i18n } = useTranslation();
  const { language } = i18n;
  return useMemo(() => {
    const failure = (f: ApiFailure): string => say(i18n, f.code, f.details ?? {}, f.message);
    return {
      message: (m) => (typeof m === 'string' ? m : say(i18n, m.code, m.params, m.text)),
      failure,
      error: (e) => failure(e instanceof ApiError ? e.failure : asApiError(e).failure),
    };
    // `i18n` is one object for ever; a new language is what changes the words.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [i18n, language]);
}
