import type { Stage } from '@/shared/api/types';

/** A stage for tests: one that has not begun, but for what is given. */
export const aStage = (part: Partial<Stage>): Stage => ({
  name: 'prepare',
  state: 'pending',
  attempt: 0,
  queued_at: null,
  started_at: null,
  finished_at: null,
  progress: 0,
  message: null,
  error: null,
  ...part,
});
