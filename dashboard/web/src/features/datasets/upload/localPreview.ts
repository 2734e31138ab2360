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

/** The first rows, read before anything was sent; null for formats that only the server reads. */
export async function localPreview(file: File, rows = 100): Promise<LocalPreview | null> {
  if (!isText(file.name)) return null;
  const [{ default: Papa }, bytes] = await Promise.all([import('papaparse'), file.slice(0, sliceBytes).arrayBuffer()]);
  const { data } = Papa.parse<string[]>(decode(bytes), { preview: rows + 1, skipEmptyLines: true });
  const [columns, ...rest] = data;
  return columns === undefined ? null : { columns, rows: rest };
}
