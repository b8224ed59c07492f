/**
 * Hostile requests to the console's API, in the local runtime over a ledger with events in it: never a
 * 500, each error a problem (RFC 9457), no number and no text for viewers, no change but by operators.
 */
import { join } from 'node:path'
import { freePort } from '../../src/cli/dev/port.ts'
import { startRuntime } from '../../src/cli/dev/runtime.ts'
import { compileConfig } from '../../src/config/compile.ts'
import { toDocument, toVersion } from '../../src/config/document.ts'
import { seedLedger } from '../console-seed.ts'
import { createFolder, removeFolder } from '../folders.ts'
import { createPeople, OPERATOR_ID, PASSWORDS, type Person } from './console-people.ts'
import { toRequest, toRoutes, type ApiPaths, type ApiRoute } from './console-requests.ts'
import { exchangeAll, type Exchange, type RawRequest } from './exchange.ts'
import type { Random } from './random.ts'
import { Tally } from './tally.ts'
import { toBytes } from './wire.ts'

const MAX_MS = 2_000
const CHUNK = 200
/** In the seed's events: their numbers, and the words of their texts. */
const PRIVATE = /\+?1500555\d{4}|is on its way/g

export async function runConsole(count: number, random: Random): Promise<Tally> {
  const tally = new Tally()
  const folder = createFolder('limits')
  const port = await freePort(0)
  const config = compile()
  const logged: string[] = []
  const runtime = await startRuntime({
    ports: { 'switchboard-console': port },
    statePath: folder,
    configPath: join(folder, 'config.json'),
    document: toDocument(config, toVersion(config)),
    secrets: { CONSOLE_PASSWORDS: PASSWORDS },
    hasCron: false,
    onLog: (text) => logged.push(text),
  })
  try {
    const ledger = await runtime.ledger()
    const until = Date.now()
    await seedLedger(ledger, { events: 4_000, from: until - 86_400_000, until })
    const url = `http://127.0.0.1:${port}`
    const people = await createPeople(ledger, url, random)
    const routes = await readRoutes(url, people)
    const ids = await readIds(ledger)
    const make = (): Sent => {
      const route = routes[random.below(routes.length)]
      const person = people[random.below(people.length)]
      if (!route || !person) throw new Error('there are no routes')
      const parts = toRequest(route, random, { ids, host: `127.0.0.1:${port}` })
      const headers = [...(parts.headers ?? []), ...person.toHeaders(random)]
      return { bytes: toBytes({ ...parts, headers }), route, person }
    }
    for (let left = count; left > 0; left -= CHUNK) {
      const requests = Array.from({ length: Math.min(left, CHUNK) }, make)
      await exchangeAll(port, requests, (sent, got) => check(sent, got, tally), 6)
    }
    await checkChanges(ledger, tally)
    checkLog(logged, tally)
  } finally {
    await runtime.stop()
    removeFolder(folder)
  }
  return tally
}

interface Sent extends RawRequest {
  route: ApiRoute
  person: Person
}

/** Nobody listens there. */
function compile() {
  const target = { url: 'http://127.0.0.1:9/', events: ['*'] }
  const compiled = compileConfig(
    { endpoints: { sms: { path: '/sms' } }, targets: { crm: target, slack: target } },
    { readFile: () => '', local: true },
  )
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
  return compiled.value.config
}

async function readRoutes(url: string, [operator]: Person[]): Promise<ApiRoute[]> {
  const headers = operator?.toHeaders({} as Random).map(([name, value]) => [name, String(value)])
  const response = await fetch(`${url}/api/v1/openapi.json`, {
    headers: Object.fromEntries(headers ?? []),
  })
  const { paths } = (await response.json()) as { paths: ApiPaths }
  return [...toRoutes(paths), { method: 'PATCH', path: '/{nothing}', parameters: [] }]
}

async function readIds(ledger: D1Database): Promise<string[]> {
  const { results } = await ledger
    .prepare('SELECT event_id AS id FROM events ORDER BY seq DESC LIMIT 50')
    .all<{ id: string }>()
  return results.map(({ id }) => id)
}

function check({ bytes, route, person }: Sent, got: Exchange, tally: Tally): void {
  const { answer, head, body, ms } = got
  const row = `${route.method} ${route.path}`
  tally.count(row, answer, ms)
  const note = (what: string) => tally.surprise(row, `${person.name}: ${what}`)
  if (typeof answer !== 'number') return note(`${answer} ${bytes.toString('latin1').slice(0, 600)}`)
  const text = body.toString()
  if (answer >= 500) note(`${answer} ${text.slice(0, 200)} ${bytes.toString().slice(0, 400)}`)
  if (ms > MAX_MS) note(`${ms.toFixed(0)} ms ${bytes.toString().slice(0, 300)}`)
  // The runtime itself answers what it takes for no handshake.
  const isRuntimes = route.path === '/stream' && text.startsWith('ERROR: ')
  const isProblem = isRuntimes || /content-type: application\/problem\+json/i.test(head)
  if (answer >= 400 && !isProblem) note(`${answer} is no problem: ${head} ${text.slice(0, 200)}`)
  if (person.name === 'nobody' && answer < 400) note(`${answer} for nobody`)
  if (person.isOperator) return
  if (route.method !== 'GET' && answer < 400) note(`${answer} for a change`)
  if (person.name.startsWith('viewer')) {
    const sent = bytes.toString()
    const told = text.match(PRIVATE)?.find((word) => !sent.includes(word.replace('+', '')))
    if (told !== undefined) note(`was told ${told}: ${sent.slice(0, 200)}`)
  }
}

/** The record of changes has them all, whoever made them. */
async function checkChanges(ledger: D1Database, tally: Tally): Promise<void> {
  const { results } = await ledger
    .prepare(`SELECT actor, action, count(*) AS times FROM audit GROUP BY actor, action`)
    .all<{ actor: string; action: string; times: number }>()
  for (const { actor, action, times } of results) {
    if (actor.includes(OPERATOR_ID) || action === 'session.login') continue
    tally.surprise('changes', `${times} × ${action} by ${actor}`)
  }
}

function checkLog(lines: readonly string[], tally: Tally): void {
  for (const line of lines) {
    const isFailure = line.includes('console.failed') || line.includes('"code":"defect"')
    if (isFailure || line.includes('is on its way')) tally.surprise('log', line.slice(0, 500))
  }
}
