/** Numbers as people type and paste them, and as they read them in a field. */

const digits = String.raw`\d+|\d{1,3}(?: \d{3})+`;
const shape = new RegExp(String.raw`^([+-]?)(${digits})?(?:\.(\d*))?(e[+-]?\d+)?$`, 'i');

/** Whether `mark` stands only between a first group and groups of three digits: `1,234,567`. */
const grouped = (text: string, mark: string): boolean => {
  const [first = '', ...rest] = text.replace(/^[+-]/, '').split(mark);
  return /^[1-9]\d{0,2}$/.test(first) && rest.length > 0 && rest.every((group) => /^\d{3}$/.test(group));
};

/** Turns the text's own decimal mark into a point and its marks of thousands into spaces. */
function withPoint(text: string, commaIsDecimal: boolean): string | null {
  const comma = text.lastIndexOf(',');
  const point = text.lastIndexOf('.');
  if (comma < 0 && point < 0) return text;
  if (comma >= 0 && point >= 0) {
    // Of two different marks the last one is the decimal mark: 1.234,5 and 1,234.5.
    const [decimal, thousands] = comma > point ? [',', '.'] : ['.', ','];
    const [whole = '', ...rest] = text.split(decimal);
    if (rest.length !== 1 || !grouped(whole, thousands)) return null;
    return `${whole.replaceAll(thousands, '')}.${rest[0] ?? ''}`;
  }
  const mark = comma >= 0 ? ',' : '.';
  if (text.split(mark).length > 2) return grouped(text, mark) ? text.replaceAll(mark, '') : null;
  // 1,234 is a thousand in English; one comma anywhere else, and one point everywhere, is a decimal mark.
  if (mark === ',' && !commaIsDecimal && grouped(text, ',')) return text.replace(',', '');
  return text.replace(mark, '.');
}

/** The number that `text` says to somebody of `locale`, or null if it says none. */
export function parseNumber(text: string, locale: string): number | null {
  const plain = text
    .trim()
    .replace(/[\u2212\u2012\u2013]/g, '-')
    .replace(/\s/g, ' ');
  const commaIsDecimal = new Intl.NumberFormat(locale).format(0.5).includes(',');
  const pointed = withPoint(plain, commaIsDecimal);
  const match = pointed === null ? null : shape.exec(pointed);
  if (match === null) return null;
  const [, sign = '', whole = '', fraction = '', power = ''] = match;
  if (whole === '' && fraction === '') return null;
  const value = Number(`${sign}${whole.replaceAll(' ', '') || '0'}.${fraction || '0'}${power}`);
  return Number.isFinite(value) ? value : null;
}

/** The value without the noise of binary fractions: -0.036, not -0.036000000000000004. */
export const withoutNoise = (value: number): number => Number(value.toPrecision(15));

/** The number as it stands in a field of `locale`: all its digits, ungrouped. */
export function numberText(value: number, locale: string): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-7 || size >= 1e21)) {
    const point = new Intl.NumberFormat(locale).format(0.5).includes(',') ? ',' : '.';
    return String(withoutNoise(value)).replace('.', point);
  }
  return new Intl.NumberFormat(locale, { maximumSignificantDigits: 15, useGrouping: false }).format(value);
}
