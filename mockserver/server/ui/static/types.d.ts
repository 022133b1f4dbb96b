// The answers of the server, as the modules of the page use them. Times in lists are microseconds since the session's start.
export type Span = [state: string, from: number, to: number | null, cause: string, line: number];
export type Mark = [at: number, kind: string, name: string];
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
  deleted: boolean; polls: number; spans: Span[]; ahead: Span[]; marks: Mark[]; items?: Record<string, number>;
  item_spans?: [index: number, spans: Span[]][];
};
export type Timeline = {
  session: string; start: string; now: string; as_of: string; total: number; next: number | null; horizon: number;
  lifecycles: { vendor: string; kind: string; states: string[]; terminal: string[] }[];
  jobs: Job[]; requests: Request[]; deliveries: Delivery[]; evicted: { requests: number; deliveries: number };
};
export type Clock = { session: string; now: string; elapsed: string; frozen: boolean; rate: number; auto?: string };
export type Entry = {
  seq: number; request_id: string; at: string; vendor: string | null; operation: string | null; job: string | null;
  request: { method: string; path: string; query: string; headers: Record<string, string>; body: string };
  response: { status: number; headers: [string, string][]; body: string } | null; note: string;
};
export type Action = { method: string; path: string; body?: unknown; cli: string };
export type Route = { screen: string; id: string };
