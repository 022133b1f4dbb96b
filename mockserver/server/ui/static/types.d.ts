// What the modules of the page hand to each other. Times in lists are microseconds since the session's start.
export type Span = [state: string, from: number, to: number | null, cause: string, line: number];
export type Event = [at: number, kind: string, name: string];
export type Request = [
  seq: number, id: string, at: number, vendor: string | null, operation: string | null, job: string | null,
  method: string, path: string, status: number | null, note: string, bytes: number, lost: number,
];
export type Delivery = [
  id: string, at: number, vendor: string, job: string, event: string, attempt: number, state: string,
  status: number | null, signature: string, cause: string | null, url: string | null,
];
export type Job = {
  id: string; vendor: string; kind: string; number: number; created: number; state: string; terminal: boolean;
  deleted: boolean; polls: number; spans: Span[]; ahead: Span[]; marks: Event[]; items?: Record<string, number>;
  item_spans?: [index: number, spans: Span[], ahead: Span[]][];
};
export type Lifecycle = { vendor: string; kind: string; states: string[]; terminal: string[] };
export type Timeline = {
  session: string; start: string; now: string; as_of: string; total: number; next: number | null; horizon: number;
  lifecycles: Lifecycle[]; jobs: Job[]; requests: Request[]; deliveries: Delivery[];
  evicted: { requests: number; deliveries: number };
};
/** A timeline, indexed by job. */
export type View = {
  start: string; now: number; horizon: number; next: number | null; jobs: Map<string, Job>; requests: Request[];
  deliveries: Delivery[]; byJob: Map<string, Request[]>; lifecycles: Lifecycle[];
};
/** `past` is shown if there is one, else `live`; `news` counts the events of each name. */
export type State = {
  live: View | null; past: View | null; clock: Clock | null; measured: number; link: string; error: string;
  scope: string; epoch: number; changes: number; news: Record<string, number>;
};
export type Clock = { session: string; now: string; elapsed: string; frozen: boolean; rate: number; auto?: string };
export type Entry = {
  seq: number; request_id: string; at: string; vendor: string | null; operation: string | null; job: string | null;
  request: { method: string; path: string; query: string; headers: Record<string, string>; body: string };
  response: { status: number; headers: [string, string][]; body: string } | null; note: string;
};
export type Reason = { part: string; reason: string; text: string; line?: number | null };
export type Times = { answers: [from: number, to: number | null, state: string, status: number][]; asked: number };
export type Finding = {
  rule: string; level: string; message: string; vendor: string; request: string; text: string; story?: any[];
};
export type Played = {
  name: string; vendor: string; file: string; title: string | null; text: string;
  lines: [line: number, jobs: string[], count: number][];
};
/** A call of the admin API, and the command that does the same; `data` is what a line shows in place of a long body. */
export type Action = { method: string; path: string; body?: unknown; data?: string; cli: string };
export type Actions = {
  advance(time: string): Action; stop(): Action; play(rate: number): Action; goTo(instant: string): Action; reset(): Action;
  newSession(name: string, scenario: string, clock: string): Action;
  exportSession(): Action; importSession(name: string, file: string, session: unknown): Action;
  createJobs(vendor: string, count: number): Action;
  move(job: string, to: string, force: boolean): Action;
  addFault(on: string, occasion: unknown, effect: unknown, job?: string): Action;
  removeFault(id: string): Action; hold(operation: string, point: string): Action; release(id: string): Action; removeHolds(): Action;
  redeliver(id: string, sign: string, copies: number): Action;
};
export type Route = { screen: string; id: string };
/** Where an instant lies, in percent of the width; `breaks` are pauses that are drawn shorter. */
export type Axis = { at: (us: number) => number; from: number; to: number; breaks: [number, number][] };
/** What is drawn of one job: as `drawing/tracks.py` has it. */
export type Band = { word: string; since: number; until: number; color: string; title: string; ahead: boolean };
export type Mark = { at: number; looks: string; title: string; number?: number };
export type Track = { bands: Band[]; marks: Mark[]; now: number | null };
export type List<T> = {
  rows: T[]; height: number; label: string; draw: (row: T) => any; open: (row: T) => void; idOf: (row: T) => string;
  follow?: boolean; unfold?: (row: T) => void;
};
