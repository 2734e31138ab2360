export interface LocalPreview {
  columns: string[];
  rows: string[][];
}

/** Enough for a look at any table; a file of gigabytes is never read whole in the browser. */
const sliceBytes = 256 * 1024;

const isText = (name: string): boolean => /\.(csv|tsv|txt)$/i.test(name);

/** Windows programs still write Latin letters in their own code page; UTF-8 refuses those bytes. */
export function decode(bytes: ArrayBuffer): string {
  try {
    // `stream` keeps a letter cut in half at the end of the slice from counting as an error.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** Bytes enough to see that a file is no text, whatever its name says. */
const headBytes = 4096;

/** A PDF, a ZIP (what Excel writes), or anything with a NUL among its first bytes. */
export function isBinary(bytes: ArrayBuffer): boolean {
  const head = new Uint8Array(bytes.slice(0, headBytes));
  const begins = (...codes: number[]): boolean => codes.every((code, place) => head[place] === code);
  return head.includes(0) || begins(0x25, 0x50, 0x44, 0x46) || begins(0x50, 0x4b, 0x03, 0x04);
}

/** The first rows, read before anything was sent; null for formats that only the server reads, or refuses. */
export async function localPreview(file: File, rows = 100): Promise<LocalPreview | null> {
  if (!isText(file.name)) return null;
  const [{ default: Papa }, bytes] = await Promise.all([import('papaparse'), file.slice(0, sliceBytes).arrayBuffer()]);
  if (isBinary(bytes)) return null;
  const { data } = Papa.parse<string[]>(decode(bytes), { preview: rows + 1, skipEmptyLines: true });
  const [columns, ...rest] = data;
  return columns === undefined ? null : { columns, rows: rest };
}
