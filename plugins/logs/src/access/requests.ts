import { logTimeOf } from '@om-ops/kit';
import { templateOf } from '../errors/template.ts';
import { countLines, type Feed } from '../scan/feed.ts';
import { combinedLine, type Format } from '../scan/format.ts';

export type RequestKey = 'client' | 'path' | 'status' | 'user';

interface Request {
  client: string;
  user: string;
  method: string;
  path: string;
  status: number;
}

export interface RequestGroup {
  name: string;
  requests: number;
  /** 401 and 403. */
  refused: number;
  /** 500 and above. */
  broken: number;
  first: number | null;
  last: number | null;
  /** The most within one minute. */
  mostPerMinute: number;
}

export interface Requests {
  lines: number;
  requests: number;
  refused: number;
  broken: number;
  byStatus: Map<number, number>;
  groups: RequestGroup[];
  formats: Format[];
}

const quoted = (name: string) => new RegExp(`"(?:${name})"\\s*:\\s*"?([^",}]{1,300})`);
const jsonClient = quoted('remote_addr|client|client_ip|ip|remote_ip|remoteAddress');
const jsonUser = quoted('user|user_id|username');
const jsonMethod = quoted('method|request_method');
const jsonPath = quoted('path|url|uri|request_uri');
const jsonStatus = quoted('status|status_code|statusCode');

function requestOf(line: string): Request | undefined {
  const access = combinedLine.exec(line);
  if (access !== null) {
    const [, client = '', user = '-', , method = '', path = '', status] = access;
    return { client, user, method, path, status: Number(status) };
  }
  if (!line.startsWith('{')) return undefined;
  const status = Number(jsonStatus.exec(line)?.[1]);
  const path = jsonPath.exec(line)?.[1];
  if (!(status >= 100 && status < 600) || path === undefined) return undefined;
  return {
    client: jsonClient.exec(line)?.[1] ?? '-',
    user: jsonUser.exec(line)?.[1] ?? '-',
    method: jsonMethod.exec(line)?.[1] ?? '-',
    path,
    status,
  };
}

interface Counting extends RequestGroup {
  minute: number;
  inMinute: number;
}

/** So many are told apart; what comes after them is one. */
const mostGroups = 50_000;

/** Requests in access lines and in JSON that tells of some, by a part of them. */
export async function requestsOf(
  feeds: AsyncIterable<Feed>,
  { by, onlyRefused }: { by: RequestKey; onlyRefused: boolean },
): Promise<Requests> {
  const groups = new Map<string, Counting>();
  const found: Requests = {
    lines: 0,
    requests: 0,
    refused: 0,
    broken: 0,
    byStatus: new Map(),
    groups: [],
    formats: [],
  };
  for await (const { format, chunks } of feeds) {
    found.formats.push(format);
    for await (const chunk of chunks) {
      found.lines += countLines(chunk);
      for (let at = 0; at < chunk.length; ) {
        const end = chunk.indexOf('\n', at);
        const line = chunk.slice(at, end === -1 ? undefined : end);
        at = end === -1 ? chunk.length : end + 1;
        const request = requestOf(line);
        if (request === undefined) continue;
        const isRefused = request.status === 401 || request.status === 403;
        found.requests += 1;
        found.byStatus.set(request.status, (found.byStatus.get(request.status) ?? 0) + 1);
        if (isRefused) found.refused += 1;
        if (request.status >= 500) found.broken += 1;
        if (!onlyRefused || isRefused)
          note(groups, nameOf(request, by), request.status, minuteOf(line));
      }
    }
  }
  found.groups = [...groups.values()]
    .map(({ minute: _, inMinute: __, ...group }) => group)
    .sort((a, b) => b.requests - a.requests);
  return found;
}

function nameOf(request: Request, by: RequestKey): string {
  switch (by) {
    case 'path':
      return `${request.method} ${templateOf(request.path.replace(/\?.*/, ''))}`;
    case 'status':
      return String(request.status);
    default:
      return request[by];
  }
}

let lastMinute = { text: '', minute: Number.NaN };

/** Lines of one minute stand together: its text is read once. */
function minuteOf(line: string): number {
  const from = line.indexOf('[');
  const text = line.slice(from + 1, from + 18);
  if (from !== -1 && text === lastMinute.text) return lastMinute.minute;
  const time = logTimeOf(line);
  const minute = time === undefined ? Number.NaN : Math.floor(time / 60_000);
  if (from !== -1 && !line.startsWith('{'))
    lastMinute = { text: Buffer.from(text, 'latin1').toString('latin1'), minute };
  return minute;
}

function note(groups: Map<string, Counting>, name: string, status: number, minute: number): void {
  const key = groups.has(name) || groups.size < mostGroups ? name : '(others)';
  let group = groups.get(key);
  if (group === undefined) {
    const own = Buffer.from(key, 'latin1').toString('latin1');
    group = {
      name: own,
      requests: 0,
      refused: 0,
      broken: 0,
      first: null,
      last: null,
      mostPerMinute: 0,
      minute: Number.NaN,
      inMinute: 0,
    };
    groups.set(own, group);
  }
  group.requests += 1;
  if (status === 401 || status === 403) group.refused += 1;
  if (status >= 500) group.broken += 1;
  if (Number.isNaN(minute)) return;
  group.inMinute = minute === group.minute ? group.inMinute + 1 : 1;
  group.minute = minute;
  group.mostPerMinute = Math.max(group.mostPerMinute, group.inMinute);
  const time = minute * 60_000;
  group.first = group.first === null ? time : Math.min(group.first, time);
  group.last = group.last === null ? time : Math.max(group.last, time);
}
