// The overview of the dashboard: the figures of `status` as a page's content. Only lays out; what they come to is
// domain/overview.ts. Texts of the CRM and of hosts go through `foreign`.

import { counted, grouped, lengthOf, percent } from '../../domain/amounts.ts';
import { isBlocking } from '../../domain/eta.ts';
import type { PacePart } from '../../domain/figures.ts';
import type { ServerView } from '../../domain/overview.ts';
import { VERDICT_WORDS } from '../../domain/report-words.ts';
import { VERDICTS } from '../../domain/report.ts';
import type { ListView, UserView } from '../../domain/user-view.ts';
import { type Part, bar, columns, ring } from '../../pages/charts.ts';
import { type Child, type Html, foreign, html } from '../../pages/html.ts';
import { dot, groupedTable, legend, section, table } from '../../pages/section.ts';
import { missedWords, readyCell, readyWords, timeWords } from '../outlook-words.ts';
import { lockSentence, type StatusFacts } from '../status-view.ts';

const MINUTES = 60;
const MAX_LISTS = 200;

export function overviewView(facts: StatusFacts, pace: readonly PacePart[]): Html {
  return html`${[
    head(facts),
    paceSection(pace, facts.overview.readAt, 'The last hour'),
    usersSection(facts),
    waitingSection(facts),
    serversSection(facts),
  ]}`;
}

function head({ overview, missedSeconds, ownerless, hasMoreLists }: StatusFacts): Html {
  const { decided, total, lastFiveMinutes, lastHour, workers, main, tail, blocked } = overview;
  const parts: Part[] = [
    { kind: 'plain', name: `decided ${grouped(decided)}`, value: decided },
    {
      kind: 'unknown',
      name: `waiting for another attempt ${grouped(tail + blocked)}`,
      value: tail + blocked,
    },
    { kind: 'track', name: 'to ask about', value: Math.max(total - decided - tail - blocked, 0) },
  ];
  const tiles: readonly (readonly [Child, Child])[] = [
    [
      grouped(lastFiveMinutes.decidedPerMinute),
      `a minute, over 5 min; ${grouped(lastHour.decidedPerMinute)} over 1 h`,
    ],
    [grouped(workers), workers === 1 ? 'worker' : 'workers'],
    [
      grouped(main, overview.isMainAbout ? 'about' : 'exact'),
      main > 0 ? `to ask about: ${readyWords(overview, overview)}` : 'to ask about',
    ],
    [grouped(tail, overview.isTailAbout ? 'about' : 'exact'), 'wait for another attempt'],
  ];
  return html`<section class="card hero">
    <div class="dial">
      ${ring(parts.map(({ name }) => name).join(', '), parts)}
      <div class="mid"><b>${total === 0 ? '–' : percent(decided, total)}</b><small>decided</small></div>
    </div>
    <div>
      <p class="lead">
        ${total === 0 ? 'Nothing is pending.' : `${grouped(decided)} of ${grouped(total)} addresses are decided.`}${hasMoreLists && ' There are further lists.'}
      </p>
      <dl class="tiles">
        ${tiles.map(
          ([value, words]) =>
            html`<div>
              <dt>${words}</dt>
              <dd>${value}</dd>
            </div>`,
        )}
      </dl>
      ${missedSeconds !== undefined && html`<p class="bad">Cron: ${missedWords(missedSeconds).join(' ')}.</p>`}
      ${blocked > 0 && html`<p class="bad">${grouped(blocked)} are blocked: hosts refuse us.</p>`}
      ${
        ownerless.rows > 0 &&
        html`<p class="bad">
          ${grouped(ownerless.rows, ownerless.isCapped ? 'more' : 'exact')} belong to nobody: neither row nor
          list names a user, so no cycle takes them.
        </p>`
      }
    </div>
  </section>`;
}

/** Addresses that got a verdict, minute by minute, until the minute that is not over. */
export function paceSection(pace: readonly PacePart[], readAt: number, heading: string): Html {
  const last = readAt - (readAt % 60);
  const minutes = Array.from({ length: MINUTES }, (_, index) => last - (MINUTES - 1 - index) * 60);
  const totals = new Map(
    minutes.map((minute) => [minute, pace.filter(({ startsAt }) => startsAt === minute)]),
  );
  const countsAt = (minute: number) =>
    VERDICTS.map((verdict): Part => ({
      kind: verdict,
      name: VERDICT_WORDS[verdict].name,
      value: totals.get(minute)!.reduce((sum, { counts }) => sum + counts[verdict], 0),
    }));
  const items = minutes.map((minute) => {
    const parts = countsAt(minute);
    const all = parts.reduce((sum, { value }) => sum + value, 0);
    return { title: `${timeWords(minute, readAt)}: ${grouped(all)}`, parts };
  });
  const sums = VERDICTS.map((verdict, index): Part => ({
    kind: verdict,
    name: VERDICT_WORDS[verdict].name,
    value: items.reduce((sum, { parts }) => sum + parts[index]!.value, 0),
  }));
  const all = sums.reduce((sum, { value }) => sum + value, 0);
  return section(
    heading,
    html`<p class="meta">
      ${all === 0 ? 'Nothing was decided.' : `${grouped(all)} addresses decided, by the minute.`}
    </p>`,
    columns(`Addresses decided in each of the last ${MINUTES} minutes`, items, {
      along: [minutes[0], minutes[MINUTES / 2], last].map((minute) => timeWords(minute, readAt)),
      value: grouped,
    }),
    all === 0
      ? legend()
      : html`<ul class="keys">
          ${sums.map(({ kind, name, value }) => html`<li>${dot(kind)}${name} ${percent(value, all)}</li>`)}
        </ul>`,
  );
}

function usersSection({ overview }: StatusFacts): Html | false {
  const { users, readAt } = overview;
  if (users.length === 0) return false;
  let room = MAX_LISTS;
  const groups = users.map((user) => {
    const lists = user.lists.slice(0, Math.max(room, 0));
    room -= lists.length;
    return html`<tbody>
      <tr class="group">
        <th colspan="5">User ${user.userId}<small>${userWords(user, overview.isAtWork)}</small></th>
      </tr>
      ${lists.map((list) => listRow(list, readAt))}
      ${
        user.lists.length > lists.length &&
        html`<tr>
          <td colspan="5">and ${grouped(user.lists.length - lists.length)} further lists</td>
        </tr>`
      }
      ${
        user.loose !== undefined &&
        html`<tr>
          <th scope="row">In no list</th>
          <td class="num">${percent(user.loose.decided, user.loose.total)}</td>
          <td class="num spare">${grouped(user.loose.total)}</td>
          <td class="num spare">${grouped(user.loose.main)}</td>
          <td class="num">${readyCell(user.loose)}</td>
        </tr>`
      }
    </tbody>`;
  });
  return section(
    'Lists',
    groupedTable(
      [
        ['List', 'wide'],
        ['Decided', 'num'],
        ['Of', 'num spare'],
        ['To ask', 'num spare'],
        ['Ready in', 'num'],
      ],
      groups,
    ),
  );
}

function listRow(view: ListView, readAt: number): Html {
  const { list, decided, total, tail, halt } = view;
  const remark =
    halt === 'paused'
      ? 'paused'
      : halt === 'importing'
        ? 'being imported'
        : tail > 0
          ? `${grouped(tail)} wait until ${timeWords(view.tailUntil, readAt)} at the latest`
          : '';
  return html`<tr>
    <th scope="row">
      <a href="/list/${list.listId}">${list.listId} ${foreign(list.name ?? '', 80)}</a
      >${remark !== '' && html`<small>${remark}</small>`}${verdictBar(view)}
    </th>
    <td class="num">${percent(decided, total)}</td>
    <td class="num spare">${grouped(total)}</td>
    <td class="num spare">${grouped(view.main, view.isMainAbout ? 'about' : 'exact')}</td>
    <td class="num">${readyCell(view)}</td>
  </tr>`;
}

/** What is decided of a list, and as what, as the CRM counts it. */
function verdictBar({ list: { valid, invalid, unknown, total } }: Pick<ListView, 'list'>): Html {
  const parts: readonly Part[] = [
    { kind: 'valid', name: `Valid or catch-all ${grouped(valid)}`, value: valid },
    { kind: 'invalid', name: `Invalid ${grouped(invalid)}`, value: invalid },
    { kind: 'unknown', name: `Unknown ${grouped(unknown)}`, value: unknown },
  ];
  return bar(parts.map(({ name }) => name).join(', '), parts, Math.max(total, valid + invalid + unknown));
}

function userWords(user: UserView, isAtWork: boolean): string {
  const { workers, share, decidedPerMinute, main, waitedSeconds, isPaused } = user;
  if (isPaused) return 'paused';
  if (workers > 0) {
    const speed = decidedPerMinute > 0 ? `, ${grouped(decidedPerMinute)} a minute` : '';
    return `${counted(workers, 'worker')}, its share is ${share}${speed}`;
  }
  if (main === 0) return 'nothing to ask about now';
  if (!isAtWork) return 'no server is at work';
  return `waits for its turn${waitedSeconds === undefined ? '' : ` for ${lengthOf(waitedSeconds)}`}`;
}

function waitingSection({ overview }: StatusFacts): Html | false {
  const { reasons, troubles, pauses, isSample, readAt } = overview;
  if (reasons.length + troubles.length + pauses.length === 0) return false;
  const most = Math.max(0, ...reasons.map(({ rows }) => rows));
  return section(
    'What waits, and for what',
    reasons.length > 0 &&
      table(
        [
          ['Put off as', 'wide'],
          ['Addresses', 'num'],
          ['Next', 'num'],
        ],
        reasons.map(
          ({ reason = 'not asked about yet', rows, firstDue }) =>
            html`<tr>
              <th scope="row">
                ${foreign(reason, 64)}${bar(`${grouped(rows)} addresses`, [{ kind: isBlocking(reason) ? 'invalid' : 'unknown', name: reason, value: rows }], most)}
              </th>
              <td class="num">${grouped(rows)}</td>
              <td class="num">${timeWords(firstDue, readAt)}</td>
            </tr>`,
        ),
      ),
    isSample && html`<p class="note">Of a sample: more wait than were looked at.</p>`,
    troubles.length > 0 && [
      html`<h3>Destinations in trouble</h3>`,
      table(
        [
          ['Destination', 'wide'],
          ['Mostly', 'spare short'],
          ['Addresses', 'num'],
          ['Next', 'num'],
        ],
        troubles.slice(0, 20).map(
          ({ destination, reason, rows, firstDue }) =>
            html`<tr>
              <th scope="row">${foreign(destination, 80)}</th>
              <td class="spare short">${foreign(reason, 64)}</td>
              <td class="num">${grouped(rows)}</td>
              <td class="num">${timeWords(firstDue, readAt)}</td>
            </tr>`,
        ),
      ),
    ],
    pauses.length > 0 && [
      html`<h3>Paused</h3>`,
      html`<ul class="saved">
        ${pauses.map(({ kind, name, until, by, reason }) => html`<li>${kind} ${foreign(name, 64)}, ${until === undefined ? 'until somebody resumes it' : `until ${timeWords(until, readAt)}`}, by ${foreign(by, 64)}${reason !== undefined && html`: ${foreign(reason)}`}</li>`)}
      </ul>`,
    ],
  );
}

function serversSection({ overview, lock, database }: StatusFacts): Html {
  const { servers, readAt } = overview;
  return section(
    'Servers',
    table(
      [['Server', 'wide'], ['State'], ['Workers', 'num'], ['In hand', 'num spare'], ['Heard of', 'num']],
      [
        servers.map((server) => serverRow(server, readAt)),
        servers.length === 0 &&
          html`<tr>
            <td colspan="5">None so far: no server has had anything to look for.</td>
          </tr>`,
      ],
    ),
    html`<p class="note">The lock of this server is ${lockSentence(lock, readAt)}. ${foreign(database)}.</p>`,
  );
}

function serverRow(server: ServerView, readAt: number): Html {
  const { state, workers, poolSize, rowsInHand, seenAt, isSilent } = server;
  const isAtWork = state === 'working' || state === 'stopping';
  return html`<tr>
    <th scope="row">${foreign(server.server, 64)}</th>
    <td class="${isSilent ? 'bad' : ''}">${isSilent ? 'silent' : state === 'ended' ? 'done' : state}</td>
    <td class="num">${isAtWork ? `${workers} of ${poolSize}` : '–'}</td>
    <td class="num spare">${isAtWork ? grouped(rowsInHand) : '–'}</td>
    <td class="num">${lengthOf(readAt - seenAt)} ago</td>
  </tr>`;
}
