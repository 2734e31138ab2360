import type { Pipeline } from '@/shared/api/types';

/** The place of a pipeline that waits, from 1. An event that says that it runs is newer than its place. */
export const placeOf = ({ state, queue_position: place }: Pipeline): number | null =>
  state === 'queued' ? (place ?? null) : null;

/** No event tells that others have gone ahead, so places are asked for: so many milliseconds apart. */
export const askForPlaces = (pipelines: Pipeline[]): number | false =>
  pipelines.some((pipeline) => placeOf(pipeline) !== null) ? 10_000 : false;
