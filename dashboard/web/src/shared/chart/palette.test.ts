import { expect, test } from 'vitest';
import { colourByAlgorithm } from './palette';

const names = ['baseline', 'elastic_net', 'ensemble', 'extra_trees', 'gradient_boosting', 'knn', 'logistic', 'mlp'];

test('no two algorithms look the same, and none changes its colour when another appears', () => {
  const all = [...names, 'random_forest'];
  expect(new Set(all.map(colourByAlgorithm(all))).size).toBe(all.length);
  expect(colourByAlgorithm(['mlp'])('mlp')).toBe(colourByAlgorithm(all)('mlp'));
  const few = ['knn', 'brand_new', 'newer'];
  expect(new Set(few.map(colourByAlgorithm(few))).size).toBe(3);
});
