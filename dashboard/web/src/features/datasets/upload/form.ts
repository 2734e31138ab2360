/** Long enough to be in no file by chance. */
const boundary = 'microlearn-6f9c1e0b7d2a4853b1e6c0f4a9d87325';

/** As browsers write names into a form. */
const quoted = (name: string): string => name.replace(/\r|\n|"/g, encodeURIComponent);

/**
 * A file and some words as `multipart/form-data`. A browser's `FormData` is delimited by a word of
 * chance that need not keep its length, and the server knows a request that is sent again by its
 * length; so these bytes are the same each time. The file is read only as it is sent.
 */
export function formOf(file: File, words: Record<string, string>): { body: Blob; headers: Record<string, string> } {
  const part = (disposition: string): string => `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n`;
  const fields = Object.entries(words).map(([name, word]) => `${part(`name="${name}"`)}\r\n${word}\r\n`);
  // Words before the file: a server that streams the body knows the name when the bytes begin.
  const head = `${part(`name="file"; filename="${quoted(file.name)}"`)}Content-Type: application/octet-stream\r\n\r\n`;
  return {
    body: new Blob([...fields, head, file, `\r\n--${boundary}--\r\n`]),
    headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
  };
}
