// @vitest-environment jsdom
import { cleanup, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test, vi } from 'vitest';
import type { DeploymentSchema } from '@/shared/api/types';
import { renderTest } from '@/shared/lib/renderTest';
import { Answer } from './Answer';
import type { Refusal } from './refusal';
import { TryForm } from './TryForm';

afterEach(cleanup);

const schema: DeploymentSchema = {
  target: 'species',
  task: 'multiclass',
  classes: ['Adelie', 'Gentoo'],
  columns: [
    { name: 'mass', kind: 'numeric', required: true, min: 2700, max: 6300, example: 3750 },
    { name: 'island', kind: 'categorical', required: true, levels: ['Biscoe', 'Dream'], example: 'Dream' },
    { name: 'note', kind: 'text', required: false, example: 'seen twice' },
  ],
};

test('the form is the schema with a real row in it, and sends what was changed', async () => {
  const onSubmit = vi.fn();
  const user = userEvent.setup();
  await renderTest(<TryForm schema={schema} pending={false} onSubmit={onSubmit} />);
  const mass = screen.getByLabelText('mass');
  await user.clear(mass);
  await user.type(mass, '4100,5');
  await user.clear(screen.getByLabelText('note'));
  await user.click(screen.getByRole('button', { name: 'Prédire' }));
  expect(onSubmit).toHaveBeenCalledWith({ mass: 4100.5, island: 'Dream' });
});

test('a pasted number is read as people write it; what cannot be read stays and is not sent', async () => {
  const onSubmit = vi.fn();
  const user = userEvent.setup();
  await renderTest(<TryForm schema={schema} pending={false} onSubmit={onSubmit} />);
  const mass = screen.getByLabelText<HTMLInputElement>('mass');
  const paste = async (text: string): Promise<void> => {
    await user.clear(mass);
    await user.click(mass);
    await user.paste(text);
  };
  await paste('abc');
  expect(mass.value).toBe('abc');
  screen.getByText(/n’est pas un nombre/);
  await user.click(screen.getByRole('button', { name: 'Prédire' }));
  expect(onSubmit).not.toHaveBeenCalled();
  await paste('1 234,5');
  screen.getByText(/Hors des valeurs apprises/);
  await user.click(screen.getByRole('button', { name: 'Prédire' }));
  expect(onSubmit).toHaveBeenCalledWith({ mass: 1234.5, island: 'Dream', note: 'seen twice' });
});

/** A town and so many numbers that they can be searched. */
const many: DeploymentSchema['columns'] = [
  { name: 'ville', kind: 'text', required: false, example: 'Fès' },
  ...Array.from({ length: 31 }, (_, index) => ({
    name: `x${index}`,
    kind: 'numeric' as const,
    required: false,
    example: null,
  })),
];

test('a field that the server refuses is shown and focused, whatever is searched', async () => {
  const user = userEvent.setup();
  const form = (refused: Refusal | null) => (
    <TryForm schema={{ ...schema, columns: many }} pending={false} refused={refused} onSubmit={vi.fn()} />
  );
  const { rerender } = await renderTest(form(null));
  const search = screen.getByRole<HTMLInputElement>('searchbox');
  await user.type(search, 'x1');
  expect(screen.queryByLabelText('ville')).toBeNull();
  const refused: Refusal = { column: 'ville', reason: 'scalar', value: 'Fès' };
  rerender(form(refused));
  expect(search.value).toBe('');
  expect(document.activeElement).toBe(screen.getByLabelText('ville'));
  // What was told once does not stand in the way of the next search.
  await user.type(search, 'x1');
  rerender(form(refused));
  expect(search.value).toBe('x1');
});

test('a number that cannot be read is focused where the search hid it', async () => {
  const onSubmit = vi.fn();
  const user = userEvent.setup();
  await renderTest(<TryForm schema={{ ...schema, columns: many }} pending={false} onSubmit={onSubmit} />);
  await user.type(screen.getByLabelText('x7'), 'abc');
  await user.type(screen.getByRole('searchbox'), 'ville');
  expect(screen.queryByLabelText('x7')).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Prédire' }));
  expect(onSubmit).not.toHaveBeenCalled();
  expect(document.activeElement).toBe(screen.getByLabelText('x7'));
});

test('many columns can be searched, and a column of many levels takes a new one', async () => {
  const onSubmit = vi.fn();
  const user = userEvent.setup();
  const levels = Array.from({ length: 20 }, (_, index) => `ville ${index}`);
  const columns: DeploymentSchema['columns'] = [
    { name: 'ville', kind: 'categorical', required: true, levels, example: 'ville 1' },
    ...many.slice(1),
  ];
  await renderTest(<TryForm schema={{ ...schema, columns }} pending={false} onSubmit={onSubmit} />);
  await user.type(screen.getByRole('searchbox'), 'VILL');
  expect(screen.queryByLabelText('x0')).toBeNull();
  const town = screen.getByRole('combobox', { name: 'ville' });
  await user.clear(town);
  await user.type(town, 'Fès');
  await user.click(screen.getByRole('button', { name: 'Prédire' }));
  expect(onSubmit).toHaveBeenCalledWith({ ville: 'Fès' });
});

test('the answer says for which columns it is less certain', async () => {
  const notes = {
    unknown_columns: {},
    unseen_levels: { island: 1 },
    absent_columns: {},
    out_of_range: { mass: 1, year: 1 },
  };
  await renderTest(<Answer target="species" answer={{ predictions: ['Gentoo'], model_version: 2, notes }} />);
  screen.getByText(/n’a jamais vues\s: island\./);
  screen.getByText(/hors de ceux que le modèle a appris\s: mass, year\./);
});

test('the answer names the class first and the chances in falling order', async () => {
  await renderTest(
    <Answer
      target="species"
      answer={{ predictions: ['Gentoo'], probabilities: [{ Adelie: 0.1, Gentoo: 0.9 }], model_version: 2 }}
    />,
  );
  expect(screen.getByTestId('prediction').textContent).toBe('Gentoo');
  expect(screen.getAllByRole('listitem').map((item) => item.textContent.replace(/\s/g, ' '))).toEqual([
    'Gentoo90 %',
    'Adelie10 %',
  ]);
});
