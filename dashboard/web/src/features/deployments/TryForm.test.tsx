// @vitest-environment jsdom
import { cleanup, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test, vi } from 'vitest';
import type { DeploymentSchema } from '@/shared/api/types';
import { renderTest } from '@/shared/lib/renderTest';
import { Answer } from './Answer';
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
