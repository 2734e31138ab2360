/** The longest name that the server takes. */
const longest = 200;

/** `penguins.csv.gz` → `penguins` */
export function baseName(fileName: string): string {
  const name = fileName.replace(/\.(gz|zst)$/i, '').replace(/\.(csv|tsv|txt|json|ndjson|jsonl|parquet)$/i, '');
  return (name.trim() || fileName).slice(0, longest);
}
