import { expect, test } from 'vitest';
import { colourByAlgorithm } from './palette';

const names = ['baseline', 'ensemble', 'extra_trees', 'gradient_boosting', 'kernel_ridge', 'knn', 'mlp'];

test('no two algorithms of a task look the same, and none changes its colour when another appears', () => {
  const all = [...names, 'random_forest'];
  for (const linear of ['logistic', 'elastic_net']) {
    const task = [...all, linear];
    expect(new Set(task.map(colourByAlgorithm(task))).size).toBe(task.length);
  }
  expect(colourByAlgorithm(['mlp'])('mlp')).toBe(colourByAlgorithm(all)('mlp'));
  const few = ['knn', 'brand_new', 'newer'];
  expect(new Set(few.map(colourByAlgorithm(few))).size).toBe(3);
});
