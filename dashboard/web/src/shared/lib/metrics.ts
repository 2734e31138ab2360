import { metricNames, type Metric, type Task } from '../api/types';

const losses: ReadonlySet<Metric> = new Set(['log_loss', 'brier', 'rmse', 'mse', 'mae', 'median_ae', 'mape', 'rmsle']);
const forNumbers: ReadonlySet<Metric> = new Set(['rmse', 'mse', 'mae', 'median_ae', 'r2', 'mape', 'rmsle']);
const forTwoClasses: ReadonlySet<Metric> = new Set(['average_precision', 'brier']);

const known: ReadonlySet<string> = new Set(metricNames);
export const isMetric = (name: unknown): name is Metric => typeof name === 'string' && known.has(name);

export const greaterIsBetter = (metric: Metric): boolean => !losses.has(metric);

export const metricsFor = (task: Task): Metric[] =>
  metricNames.filter((metric) =>
    task === 'regression'
      ? forNumbers.has(metric)
      : !forNumbers.has(metric) && (task === 'binary' || !forTwoClasses.has(metric)),
  );

export const defaultMetric = (task: Task): Metric =>
  (({ binary: 'roc_auc', multiclass: 'log_loss', regression: 'rmse' }) as const)[task];

/** The better of two scores. */
export const better = (metric: Metric, a: number, b: number): number =>
  greaterIsBetter(metric) ? Math.max(a, b) : Math.min(a, b);
