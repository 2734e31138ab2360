import { stageNames, type Pipeline } from '@/shared/api/types';
import { aStage } from './aStage';

/** A pipeline for tests: one that has not begun, but for what is given. */
export const aPipeline = (part: Partial<Pipeline> = {}): Pipeline => ({
  id: 'p',
  owner_id: 'u',
  name: 'p',
  dataset_id: 'd',
  dataset_name: 'd',
  dataset_version: 1,
  target: 't',
  task: 'multiclass',
  metric: 'log_loss',
  state: 'queued',
  created_at: '2025-01-01T00:00:00Z',
  started_at: null,
  finished_at: null,
  progress: 0,
  eta_seconds: null,
  best_score: null,
  budget: { seconds: 10 },
  consumed_seconds: 0,
  stages: stageNames.map((name) => aStage({ name })),
  deployment: null,
  error: null,
  warnings: [],
  spec: { dataset_id: 'd', target: 't' },
  ...part,
});
