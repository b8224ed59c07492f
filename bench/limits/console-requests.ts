/** Requests to the console's API: every route of its OpenAPI document, with what nobody should send. */
import { NAMES, TEXTS, toJsonBomb } from './hostile.ts'
import type { Random } from './random.ts'
import type { Header, Parts } from './wire.ts'

export interface Parameter {
  name: string
  in: string
}

/** A route, as far as the document is needed here. */
export interface ApiRoute {
  method: string
  path: string
  parameters: Parameter[]
}

/** `paths` of an OpenAPI document. */
export type ApiPaths = Record<string, Record<string, { parameters?: Parameter[] }>>

export function toRoutes(paths: ApiPaths): ApiRoute[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [] }]) => ({
      method: method.toUpperCase(),
      path,
      parameters,
    })),
  )
}

/** What is really there, so that a request gets behind the first look at it. */
export interface Known {
  ids: readonly string[]
  host: string
}

const VALUES = [
  '',
  '0',
  '-1',
  '1e309',
  '9007199254740993',
  'true',
  'crm',
  'slack',
  'dead',
  'waiting',
  '1h',
  'viewer',
  '2026-11-20T10:00:00Z',
  '-271821-04-20T00:00:00Z',
  'eyJhZnRlciI6MX0',
  'eyJhZnRlciI6LTFlMzA5fQ',
  'W10',
  '%00',
  '..',
  '../../me',
  'x'.repeat(4_000),
] as const

function toValue(random: Random, { ids }: Known): string {
  return random.pick<() => string>([
    () => random.pick(VALUES),
    () => random.pick(TEXTS),
    () => random.pick(NAMES),
    () => ids[random.below(ids.length)] ?? '',
    () => random.bytes(random.below(60)).toString('base64url'),
  ])()
}

function toPart(random: Random, known: Known): string {
  const there = ['crm', 'slack', known.ids[0] ?? '', `rpl_${random.hex(8)}`]
  const value = random.below(2) === 0 ? toValue(random, known) : there[random.below(4)]
  // Two dots would be another path, of the pages perhaps.
  return encodeURIComponent(value ?? '').replace(/^\.\.$/, '...')
}

export function toRequest(route: ApiRoute, random: Random, known: Known): Parts {
  const path = route.path.replaceAll(/\{[^}]+\}/g, () => toPart(random, known))
  const names = route.parameters.filter((parameter) => parameter.in === 'query')
  // One that is wrong hides what the others would do.
  const query = Array.from({ length: random.below(3) }, () => {
    const { name } = names[random.below(names.length)] ?? { name: 'cursor' }
    return [name, toValue(random, known)]
  })
  const search = query.length > 0 ? `?${new URLSearchParams(query).toString()}` : ''
  const { method } = route
  const hasBody = method !== 'GET'
  return {
    host: known.host,
    method,
    path: `/api/v1${path}${search}`,
    headers: path === '/stream' ? toUpgrade(random, known) : toOddHeaders(random),
    type: hasBody ? random.pick(['application/json', 'application/json', ...TYPES]) : null,
    ...(hasBody ? { body: toBody(random, known) } : { length: null }),
  }
}

const TYPES = [
  null,
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
] as const

/** The names of members that routes know, with values that they do not. */
const MEMBERS = [
  'name',
  'role',
  'target',
  'targets',
  'reason',
  'version',
  'events',
  'expiresAt',
  'until',
  '__proto__',
] as const

const GOOD_BODIES = [
  '{}',
  '{"name":"x","role":"viewer"}',
  '{"reason":"x"}',
  '{"id":"tst_?"}',
  '{"id":"rpl_?"}',
  '{"filter":{"targets":["crm"]}}',
] as const

function toBody(random: Random, known: Known): string {
  return random.pick<() => string>([
    () => random.pick(GOOD_BODIES).replace('?', random.hex(8)),
    () => toJsonBomb(random),
    () => JSON.stringify(toValue(random, known)),
    () => '{',
    () => '',
    () => 'x'.repeat(300_000),
    () =>
      `{${Array.from({ length: 1 + random.below(6) }, () => {
        const value = random.pick<unknown>([
          toValue(random, known),
          null,
          -1,
          1e300,
          [],
          {},
          ['crm'],
        ])
        return `${JSON.stringify(random.pick(MEMBERS))}:${JSON.stringify(value)}`
      }).join(',')}}`,
  ])()
}

function toOddHeaders(random: Random): Header[] {
  return random.pick<Header[]>([
    [],
    [],
    [['Origin', 'https://evil.example']],
    [
      ['Origin', 'null'],
      ['Sec-Fetch-Site', 'cross-site'],
    ],
    [['Accept', 'x'.repeat(4_000)]],
    [['X-HTTP-Method-Override', 'DELETE']],
    [['CF-Connecting-IP', "127.0.0.1' OR 1=1"]],
    [['Cf-Access-Jwt-Assertion', `${random.hex(40)}.${random.hex(40)}.${random.hex(40)}`]],
    [['Content-Encoding', 'gzip']],
  ])
}

function toUpgrade(random: Random, { host }: Known): Header[] {
  return [
    ['Connection', random.pick(['Upgrade', 'close', 'keep-alive, Upgrade'])],
    ['Upgrade', random.pick(['websocket', 'WebSocket', 'h2c', ''])],
    ['Sec-WebSocket-Version', random.pick(['13', '0', 'x', ''])],
    ['Sec-WebSocket-Key', random.pick(['AAAAAAAAAAAAAAAAAAAAAA==', '', 'x'.repeat(4_000)])],
    ['Origin', random.pick([`http://${host}`, 'https://evil.example', 'null'])],
  ]
}
