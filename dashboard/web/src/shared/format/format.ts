import { numberText, parseNumber } from './numberText';

/** Numbers, sizes and times as people write them in `locale`. Pure: a language in, words out. */
export interface Formatter {
  integer: (value: number) => string;
  number: (value: number, digits?: number) => string;
  /** A score or a metric: four decimals below ten, so that a column of them lines up, else four digits. */
  score: (value: number) => string;
  /** Two scores with the same decimals: those that the larger one needs, but never a zero that is none. */
  interval: (lo: number, hi: number) => string;
  percent: (share: number, digits?: number) => string;
  bytes: (value: number) => string;
  duration: (seconds: number) => string;
  micros: (value: number) => string;
  dateTime: (iso: string) => string;
  time: (iso: string | number) => string;
  relative: (iso: string, now: number) => string;
  /** A day, or a moment where less than two days are told apart; seconds since the epoch, in UTC. */
  epoch: (seconds: number, spanSeconds: number) => string;
  /** A number as it stands in a field, and the number that a field's text says. */
  field: (value: number) => string;
  parse: (text: string) => number | null;
}

const relativeSteps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

const symbols: Record<string, string> = { millisecond: 'ms', second: 's', minute: 'min', hour: 'h' };

// Four digits stand together: 2007 is as often a year as a count.
const useGrouping = 'min2';

/** Only what stands in a field keeps the keyboard's hyphen; what is read has a minus sign, as in the report. */
const withMinus = (format: Pick<Intl.NumberFormat, 'format'>) => ({
  format: (value: number): string => format.format(value).replace('-', '\u2212'),
});

const numbers = (locale: string, options: Intl.NumberFormatOptions): Pick<Intl.NumberFormat, 'format'> =>
  withMinus(new Intl.NumberFormat(locale, { useGrouping, ...options }));

/** Outside of these sizes, zeros would have to be counted: 2.5 × 10⁻⁷. Counts are whole all the same. */
const tiny = 1e-6;
const huge = 1e9;

const raised: Record<string, string> = { '-': '⁻' };
Array.from('⁰¹²³⁴⁵⁶⁷⁸⁹').forEach((digit, value) => (raised[value] = digit));

/** A tiny or huge number by its power of ten. */
function scientific(locale: string, value: number, significant: number): string {
  const [digits = '', power = ''] = value.toExponential(significant - 1).split('e');
  const factor = numbers(locale, { maximumFractionDigits: significant - 1 }).format(Number(digits));
  return `${factor}\u00a0×\u00a010${Array.from(power, (sign) => raised[sign] ?? '').join('')}`;
}

/** How many decimals a score of that size is written with. */
function scoreDecimals(size: number): number {
  if (size === 0 || (size >= 0.001 && size < 10)) return 4;
  return Math.min(20, Math.max(0, 3 - Math.floor(Math.log10(size))));
}

/** English abbreviations take a plural ("15 secs"), symbols do not. */
const unit = (locale: string, name: string, digits: number): Pick<Intl.NumberFormat, 'format'> => {
  const symbol = locale.startsWith('en') ? symbols[name] : undefined;
  if (symbol === undefined) return localUnit(locale, name, digits);
  const plain = numbers(locale, { maximumFractionDigits: digits });
  return { format: (value: number) => `${plain.format(value)}\u00a0${symbol}` };
};

const localUnit = (locale: string, name: string, digits: number): Pick<Intl.NumberFormat, 'format'> =>
  numbers(locale, { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: digits });

const made = new Map<string, Formatter>();

/** One formatter a language: it holds eight of the browser's own, which are slow to make and quick to use. */
export function formatterOf(locale: string): Formatter {
  const formatter = made.get(locale) ?? makeFormatter(locale);
  made.set(locale, formatter);
  return formatter;
}

function makeFormatter(locale: string): Formatter {
  const integers = numbers(locale, { maximumFractionDigits: 0 });
  const places = (count: number) => numbers(locale, { minimumFractionDigits: count, maximumFractionDigits: count });
  const four = places(4);
  const digits = numbers(locale, { minimumSignificantDigits: 4, maximumSignificantDigits: 4 });
  const relatives = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });
  const full = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const days = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  const moments = new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeStyle: 'short', timeZone: 'UTC' });
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' });

  const duration = (seconds: number): string => {
    const s = Math.max(0, seconds);
    if (s > 0 && s < 1) return unit(locale, 'millisecond', 0).format(s * 1000);
    if (s < 10) return unit(locale, 'second', 1).format(s);
    if (s < 60) return unit(locale, 'second', 0).format(Math.round(s));
    const whole = Math.round(s);
    const [big, small, size] = whole < 3600 ? (['minute', 'second', 60] as const) : (['hour', 'minute', 3600] as const);
    const rest = Math.floor((whole % size) / (size / 60));
    const head = unit(locale, big, 0).format(Math.floor(whole / size));
    return rest === 0 ? head : `${head} ${unit(locale, small, 0).format(rest)}`;
  };

  const isTiny = (value: number): boolean => value !== 0 && Math.abs(value) < tiny;
  const isExtreme = (value: number): boolean => isTiny(value) || Math.abs(value) >= huge;
  const score = (value: number): string => {
    if (isExtreme(value)) return scientific(locale, value, 2);
    const size = Math.abs(value);
    return (size === 0 || (size >= 0.001 && size < 10) ? four : digits).format(value);
  };

  return {
    integer: (value) => integers.format(value),
    number: (value, significant = 4) => {
      if (isTiny(value)) return scientific(locale, value, Math.min(2, significant));
      // Whole numbers are shown whole: 12 345, not 12 350.
      return numbers(locale, Number.isInteger(value) ? {} : { maximumSignificantDigits: significant }).format(value);
    },
    score,
    interval: (lo, hi) => {
      const sizes = [Math.abs(lo), Math.abs(hi)].filter((size) => size < huge);
      const decimals = scoreDecimals(Math.max(0, ...sizes));
      const { format } = places(decimals);
      const end = (value: number): string =>
        isExtreme(value) || (value !== 0 && Math.abs(value) < 0.5 / 10 ** decimals) ? score(value) : format(value);
      return `${end(lo)} – ${end(hi)}`;
    },
    percent: (share, digits = 0) => {
      const percents = numbers(locale, { style: 'percent', maximumFractionDigits: digits });
      const least = 0.01 / 10 ** digits;
      // What happens seldom is not what never happens.
      return share > 0 && share < least / 2 ? `< ${percents.format(least)}` : percents.format(share);
    },
    bytes: (value) => {
      const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
      const power = value < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
      return unit(locale, units[power] ?? 'byte', power === 0 ? 0 : 1).format(value / 1000 ** power);
    },
    duration,
    micros: (value) => unit(locale, 'microsecond', value < 10 ? 1 : 0).format(value),
    dateTime: (iso) => full.format(new Date(iso)),
    time: (iso) => clock.format(new Date(iso)),
    epoch: (seconds, span) => (span < 2 * 86_400 ? moments : days).format(new Date(seconds * 1000)),
    field: (value) => numberText(value, locale),
    parse: (text) => parseNumber(text, locale),
    relative: (iso, now) => {
      const seconds = Math.round((Date.parse(iso) - now) / 1000);
      for (const [name, size] of relativeSteps) {
        if (Math.abs(seconds) >= size) return relatives.format(Math.trunc(seconds / size), name);
      }
      return relatives.format(Math.min(0, seconds), 'second');
    },
  };
}
