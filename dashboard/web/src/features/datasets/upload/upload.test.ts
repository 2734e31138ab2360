import { expect, test } from 'vitest';
import { baseName } from './baseName';
import { decode, localPreview } from './localPreview';

const bytesOf = (...codes: number[]): ArrayBuffer => new Uint8Array(codes).buffer;

test('a dataset is named after its file, without the endings', () => {
  expect(baseName('penguins.csv.gz')).toBe('penguins');
  expect(baseName('élèves 2024.xlsx.csv')).toBe('élèves 2024.xlsx');
  expect(baseName('.csv')).toBe('.csv');
});

test('text is read as UTF-8, and as the Windows code page when it is not', () => {
  expect(decode(bytesOf(0xc3, 0xa9))).toBe('é');
  expect(decode(bytesOf(0xe9, 0x74))).toBe('ét');
  expect(decode(bytesOf(0x61, 0xc3))).toBe('a');
});

test('the first rows show with the delimiter that the file uses', async () => {
  const file = new File(['nom;note\nAya;15,5\n\nOmar;"12;5"\n'], 'notes.csv');
  expect(await localPreview(file)).toEqual({
    columns: ['nom', 'note'],
    rows: [
      ['Aya', '15,5'],
      ['Omar', '12;5'],
    ],
  });
  expect(await localPreview(new File([], 'table.parquet'))).toBeNull();
});

test('what is no text has no first rows, whatever its name', async () => {
  expect(await localPreview(new File(['%PDF-1.4\n1 0 obj'], 'document.csv'))).toBeNull();
  expect(await localPreview(new File([bytesOf(0x50, 0x4b, 0x03, 0x04)], 'classeur.csv'))).toBeNull();
  expect(await localPreview(new File(['a;b\n1;\0'], 'notes.csv'))).toBeNull();
  expect(await localPreview(new File(['PK;nom\n1;Aya\n'], 'cles.csv'))).toEqual({
    columns: ['PK', 'nom'],
    rows: [['1', 'Aya']],
  });
});
