/** The first that a browser's name for itself mentions: most of them also claim to be others. */
const browsers: [RegExp, string][] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\bOPR\/|\bOpera\b/, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/\b(?:Headless)?Chrom(?:e|ium)\/|\bCriOS\//, 'Chrome'],
  [/\bVersion\/.*\bSafari\//, 'Safari'],
];

const systems: [RegExp, string][] = [
  [/\bAndroid\b/, 'Android'],
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
];

const nameIn = (names: [RegExp, string][], agent: string): string | null =>
  names.find(([mark]) => mark.test(agent))?.[1] ?? null;

export interface Agent {
  /** `Firefox`, or the first word of a program: `curl`. Null where nothing was said. */
  program: string | null;
  system: string | null;
}

/** What signed in, in words short enough to know one's own browsers by. */
export function agentOf(userAgent: string): Agent {
  const [first = ''] = userAgent.trim().split(/[\s/(]/);
  const program = nameIn(browsers, userAgent) ?? (first === '' ? null : first.slice(0, 40));
  return { program, system: nameIn(systems, userAgent) };
}
