import type { PredictionRecord } from '@/shared/api/types';

export const snippetKinds = ['curl', 'python', 'javascript'] as const;
export type SnippetKind = (typeof snippetKinds)[number];

const json = (record: PredictionRecord): string => JSON.stringify(record, null, 2);

/** A single quote ends a shell string; it is closed, quoted and opened again. */
const forShell = (text: string): string => text.replaceAll("'", `'\\''`);

/** JSON is Python but for three words. */
function pythonValue(value: PredictionRecord[string]): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return JSON.stringify(value);
}

const pythonDict = (record: PredictionRecord): string =>
  `{\n${Object.entries(record)
    .map(([name, value]) => `        ${JSON.stringify(name)}: ${pythonValue(value)},`)
    .join('\n')}\n    }`;

/** A program that asks `url` about `record`, ready to run once `MICROLEARN_TOKEN` is set. */
export function snippet(kind: SnippetKind, url: string, record: PredictionRecord): string {
  switch (kind) {
    case 'curl':
      return `curl -X POST '${forShell(url)}' \\
  -H "Authorization: Bearer $MICROLEARN_TOKEN" \\
  -H 'Content-Type: application/json' \\
  -d '${forShell(json(record))}'`;
    case 'python':
      return `import os
import requests

response = requests.post(
    ${JSON.stringify(url)},
    headers={"Authorization": f"Bearer {os.environ['MICROLEARN_TOKEN']}"},
    json=${pythonDict(record)},
    timeout=10,
)
response.raise_for_status()
print(response.json()["predictions"])`;
    case 'javascript':
      return `const response = await fetch(${JSON.stringify(url)}, {
  method: "POST",
  headers: {
    Authorization: \`Bearer \${process.env.MICROLEARN_TOKEN}\`,
    "Content-Type": "application/json",
  },
  body: JSON.stringify(${json(record).replaceAll('\n', '\n  ')}),
});
console.log((await response.json()).predictions);`;
  }
}
