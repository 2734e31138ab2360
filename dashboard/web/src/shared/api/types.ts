/**
 * The public contract as the pages read it. Nothing else in the app describes the API, so that
 * this file can give way to one generated from `openapi.json`.
 */

export type Scalar = string | number | boolean | null;

/** A text that can be said in any language: `code` with `params`, else `text` as it stands. */
export interface Message {
  code: string;
  params: Record<string, unknown>;
  text: string;
}

/** Whether it is about how far the numbers of an evaluation can be relied on. */
export const isCaution = ({ code }: Message): boolean => code.startsWith('caution.');

export interface ApiFailure {
  kind: string;
  code: string;
  message: string;
  field?: string | null;
  details?: Record<string, unknown> | null;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export interface AuthConfig {
  mode: 'local' | 'oidc';
  version: string;
}

export const roles = ['student', 'teacher', 'admin'] as const;
export type Role = (typeof roles)[number];

export interface Me {
  id: string;
  username: string;
  display_name: string;
  roles: Role[];
  csrf_token: string;
  must_change_password: boolean;
}

export type Task = 'binary' | 'multiclass' | 'regression';
export type ColumnKind = 'numeric' | 'categorical' | 'boolean' | 'datetime' | 'text' | 'id';

export type DatasetState = 'profiling' | 'ready' | 'failed';
export type FileFormat = 'csv' | 'tsv' | 'json' | 'ndjson' | 'parquet';

export interface FormatOptions {
  delimiter?: string | null;
  quote?: string | null;
  header?: boolean | null;
  encoding: string;
  decimal_comma: boolean;
  compression?: string | null;
}

export interface Dataset {
  id: string;
  name: string;
  description: string;
  rows: number | null;
  columns: number | null;
  bytes: number;
  sha256: string;
  format: FileFormat | null;
  format_options: FormatOptions | null;
  state: DatasetState;
  version: number;
  owner_id: string;
  course_id: string | null;
  created_at: string;
  error: ApiFailure | null;
  /** The newest version, where that is not the one that is used: being read, or failed. */
  newest: DatasetVersion | null;
}

/** One upload of a dataset. */
export interface DatasetVersion {
  version: number;
  file_name: string;
  rows: number | null;
  columns: number | null;
  bytes: number;
  sha256: string;
  format: FileFormat | null;
  state: DatasetState;
  created_at: string;
  error: ApiFailure | null;
}

/** A file that is being uploaded in parts. */
export interface Upload {
  id: string;
  bytes: number;
  /** The next part begins here. */
  received: number;
  /** The largest part. */
  part_bytes: number;
  /** The dataset, once everything has arrived. */
  dataset_id: string | null;
}

export interface Demo {
  name: string;
  title: string | Message;
  description: string | Message;
  rows?: number | null;
  columns?: number | null;
  target?: string | null;
  task?: Task | null;
}

export interface Preview {
  columns: string[];
  rows: (string | null)[][];
  total_rows: number | null;
}

export interface Histogram {
  edges: number[];
  counts: number[];
}

export interface TopValue {
  value: string;
  count: number;
}

export interface Quantiles {
  p05: number;
  p25: number;
  p50: number;
  p75: number;
  p95: number;
}

export interface ColumnProfile {
  name: string;
  kind: ColumnKind;
  missing: number;
  unique: number;
  min: number | null;
  max: number | null;
  mean: number | null;
  std: number | null;
  quantiles: Quantiles | null;
  top: TopValue[];
  histogram: Histogram | null;
  warnings: Message[];
}

export interface Profile {
  rows: number;
  columns: ColumnProfile[];
  warnings: Message[];
  suggested_target: string | null;
  suggested_task: Task | null;
}

export const metricNames = [
  'roc_auc',
  'average_precision',
  'log_loss',
  'accuracy',
  'balanced_accuracy',
  'f1',
  'precision',
  'recall',
  'mcc',
  'brier',
  'rmse',
  'mse',
  'mae',
  'median_ae',
  'r2',
  'mape',
  'rmsle',
] as const;
export type Metric = (typeof metricNames)[number];

export const stageNames = ['prepare', 'select', 'optimise', 'train', 'evaluate', 'deploy'] as const;
export type StageName = (typeof stageNames)[number];

export const pipelineStates = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type PipelineState = (typeof pipelineStates)[number];
export type StageState = 'pending' | 'skipped' | PipelineState;

export type SplitKind = 'auto' | 'random' | 'stratified' | 'group' | 'time';
export type DeployMode = 'auto' | 'manual' | 'threshold';

export interface PipelineSpec {
  dataset_id: string;
  dataset_version?: number;
  target: string;
  task?: Task | 'auto';
  metric?: Metric | 'auto';
  positive_class?: string;
  /** Milliseconds that the answer for one row may take. */
  predict_limit_ms?: number;
  budget?: { seconds?: number | null; work_units?: number | null };
  split?: { kind?: SplitKind; column?: string; test_fraction?: number };
  exclude_columns?: string[];
  include_columns?: string[];
  sensitive_columns?: string[];
  candidates?: string[];
  seed?: number;
  course_id?: string;
  stop_after?: StageName;
  deploy?: { mode: DeployMode; name?: string; min_score?: number };
  name?: string;
}

export interface Stage {
  name: StageName;
  state: StageState;
  attempt: number;
  queued_at: string | null;
  started_at: string | null;
  finished_at: string | null;
  progress: number;
  message: Message | null;
  error: ApiFailure | null;
}

export interface Pipeline {
  id: string;
  owner_id: string;
  name: string;
  dataset_id: string;
  /** Empty when the dataset was deleted. */
  dataset_name: string;
  dataset_version: number | null;
  target: string;
  task: Task | 'auto' | null;
  metric: Metric | 'auto' | null;
  state: PipelineState;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  /** Its place among those that wait for a worker, from 1, when it was asked for. */
  queue_position?: number | null;
  progress: number;
  eta_seconds: number | null;
  best_score: number | null;
  budget: { seconds?: number | null; work_units?: number | null };
  consumed_seconds: number | null;
  stages: Stage[];
  deployment: { name: string; version: number } | null;
  error: ApiFailure | null;
  warnings: Message[];
  spec: PipelineSpec;
}

export type SpanKind = 'queued' | 'download' | 'compute' | 'upload' | 'retry' | 'cancelled' | 'trial' | 'fold';

export interface Span {
  id: string;
  stage: StageName;
  kind: SpanKind;
  start: string;
  end: string | null;
  label: string;
  parent: string | null;
}

export interface LeaderboardRow {
  model_id: string;
  algorithm: string;
  algorithm_title: string;
  params: Record<string, Scalar>;
  metric: Metric;
  cv_score: number;
  cv_std: number;
  /** Null for a model that an older version trained. */
  folds: { done: number; of: number } | null;
  test_score: number | null;
  test_ci: [number, number] | null;
  fit_seconds: number;
  predict_us_per_row: number | null;
  bytes: number;
  rank: number | null;
  chosen: boolean;
}

export type TrialState = 'queued' | 'running' | 'succeeded' | 'pruned' | 'failed';

export interface Trial {
  id: string;
  number: number;
  algorithm: string;
  params: Record<string, Scalar>;
  state: TrialState;
  score: number | null;
  std: number | null;
  started_at: string | null;
  finished_at: string | null;
  seconds: number | null;
}

export interface Interval {
  value: number;
  lo: number | null;
  hi: number | null;
}

export interface Confusion {
  labels: string[];
  matrix: number[][];
}

export interface Importance {
  column: string;
  mean: number;
  std: number;
}

export interface ModelEvaluation {
  model_id: string;
  algorithm?: string;
  metrics: Record<string, Interval>;
  confusion?: Confusion | null;
  importance?: Importance[];
}

export interface Evaluation {
  task: Task;
  metric: Metric;
  chosen_model_id: string;
  /** Of two classes. */
  positive_class?: string | null;
  rows_train?: number;
  rows_test: number;
  verdict?: Message | null;
  /** What a reader of the chosen model's numbers should be careful about, most important first. */
  cautions?: Message[];
  models: ModelEvaluation[];
}

export interface Plot {
  name: string;
  title: string | Message;
  url: string;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogLine {
  seq: number;
  at: string;
  stage: StageName | null;
  level: LogLevel;
  message: Message;
}

export const eventKinds = ['pipeline', 'stage', 'progress', 'trial', 'curve', 'model', 'log', 'warning'] as const;
export type EventKind = (typeof eventKinds)[number];

export interface PipelineEvent {
  seq: number;
  pipeline_id: string;
  at: string;
  kind: EventKind;
  stage?: StageName | null;
  level?: LogLevel | null;
  message?: Message | null;
  data: Record<string, unknown>;
}

export interface DatasetEvent {
  kind: 'dataset';
  dataset_id: string;
  state: DatasetState;
}

export type LiveEvent = PipelineEvent | DatasetEvent;

export interface DeploymentVersion {
  version: number;
  model_id: string;
  pipeline_id: string | null;
  created_at: string;
}

export interface Deployment {
  name: string;
  version: number;
  /** Null when no version answers. */
  model_id: string | null;
  pipeline_id: string | null;
  task: Task | null;
  target: string | null;
  state: 'loading' | 'ready' | 'failed';
  error: ApiFailure | null;
  owner_id: string;
  created_at: string;
  updated_at: string;
  url: string;
  versions: DeploymentVersion[];
}

export interface SchemaColumn {
  name: string;
  kind: 'numeric' | 'categorical' | 'boolean' | 'datetime' | 'text';
  required: boolean;
  levels?: string[] | null;
  min?: number | null;
  max?: number | null;
  example: Scalar;
}

export interface DeploymentSchema {
  target: string;
  task: Task;
  classes: string[] | null;
  columns: SchemaColumn[];
}

export type PredictionRecord = Record<string, Scalar>;

export interface PredictionAnswer {
  predictions: (string | number)[];
  probabilities?: Record<string, number>[] | null;
  model_version: string | number;
  /** Columns and levels that the model does not know, with how often they came. */
  notes?: {
    unknown_columns: Record<string, number>;
    unseen_levels: Record<string, number>;
    absent_columns: Record<string, number>;
    /** Numbers below the least or above the greatest that training had. */
    out_of_range?: Record<string, number>;
  };
}

export const tokenScopes = ['read', 'write', 'predict', 'admin'] as const;
export type TokenScope = (typeof tokenScopes)[number];

/** A token for programs, without its secret. */
export interface PersonalToken {
  id: string;
  name: string;
  scopes: TokenScope[];
  /** The only deployment that it may call, if it is for one. */
  deployment: string | null;
  created_at: string;
  used_at: string | null;
  expires_at: string;
}

/** `token` is shown once; null when the same request is answered again. */
export interface NewPersonalToken extends PersonalToken {
  token: string | null;
}

/** What a token is asked for: scopes, or one deployment. */
export interface TokenWish {
  name: string;
  expires_in_days: number;
  scopes?: TokenScope[];
  deployment?: string;
}

/** A browser or program in which the caller is signed in. */
export interface Session {
  id: string;
  /** Whether it is the one that asks. */
  current: boolean;
  address: string;
  /** What the browser or program called itself. */
  agent: string;
  created_at: string;
  used_at: string;
  /** When it ends unless it is used again, and when it ends in any case. */
  idle_ends_at: string;
  expires_at: string;
}

export interface User {
  id: string;
  username: string;
  display_name: string;
  roles: Role[];
  /** A program stands behind it, and no person. */
  service: boolean;
  disabled: boolean;
  must_change_password: boolean;
  /** The account is kept by the identity provider: what changes here changes there, but for the name. */
  from_provider: boolean;
  created_at: string;
}

/** Somebody is to become an administrator once another one approves. */
export interface RoleRequest {
  id: string;
  user_id: string;
  username: string | null;
  roles: Role[];
  asked_by: string | null;
  created_at: string;
  expires_at: string;
}

/** `password` is shown once; null when the same request is answered again. */
export interface NewUserAnswer {
  password: string | null;
  user: User;
  /** What another administrator must approve first. */
  pending?: RoleRequest | null;
}

/** What becomes of a row of a table of accounts: a new account, one that is there already, or nothing. */
export type ImportOutcome = 'created' | 'kept' | 'failed';

export interface ImportRow {
  /** Its line in the file, of which the header is the first. */
  row: number;
  username: string;
  outcome: ImportOutcome;
  error: ApiFailure | null;
  /** Of a new account, shown once. */
  password: string | null;
}

export interface ImportReport {
  /** Not if it was only asked about, or if a row cannot be used. */
  applied: boolean;
  rows: ImportRow[];
}

export const courseRoles = ['student', 'teacher'] as const;
export type CourseRole = (typeof courseRoles)[number];

export interface Course {
  id: string;
  code: string;
  title: string;
  /** What the caller is there; null for an administrator who does not belong to it. */
  role: CourseRole | null;
  created_at: string;
}

export interface CourseMember {
  id: string;
  username: string;
  display_name: string;
  role: CourseRole;
}

/** What may be used. What is left out is as usual in a grant, and has no limit in what holds. */
export interface Quota {
  /** Within 24 hours, of all workers together. */
  work_seconds?: number | null;
  storage_bytes?: number | null;
  /** That have not ended. */
  pipelines?: number | null;
  /** Requests in a minute. */
  predictions?: number | null;
}

export interface Usage {
  work_seconds: number;
  storage_bytes: number;
  pipelines: number;
}

export interface QuotaAndUsage {
  /** What was granted to just them. */
  granted: Quota;
  /** What holds: what was granted, and the usual for the rest. */
  quota: Quota;
  used: Usage;
}

export interface OwnQuota {
  /** No quota holds for administrators. */
  unlimited: boolean;
  own: QuotaAndUsage;
  courses: { course_id: string; quota: QuotaAndUsage }[];
}

/** What can be shared, in the words of the paths. */
export type Shareable = 'datasets' | 'pipelines' | 'deployments';

export const shareLevels = ['see', 'change'] as const;
export type ShareLevel = (typeof shareLevels)[number];

export interface Share {
  /** `user:ID` or `course:ID`. */
  with: string;
  /** The user name, or the code of the course; null if it is gone. */
  name: string | null;
  level: ShareLevel;
  created_at: string;
}

export const auditOutcomes = ['done', 'refused'] as const;
export type AuditOutcome = (typeof auditOutcomes)[number];

/** Something that was done or refused. */
export interface AuditEntry {
  id: string;
  at: string;
  actor_id: string | null;
  /** Their user name then, or the name that was tried. */
  actor_name: string | null;
  action: string;
  /** `dataset/ID`, and the like. */
  resource: string;
  outcome: AuditOutcome;
  address: string | null;
  details: Record<string, unknown> | null;
}
