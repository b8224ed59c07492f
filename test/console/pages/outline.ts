/** What a page is made of, as far as somebody who does not see it, or a strict browser, depends on it. */
import { env } from 'cloudflare:workers'
import { toDocument } from '../../../src/config/document.ts'
import { createBoundStore } from '../../../src/config/published/kv-store.ts'
import { publishDocument, type PublishRequest } from '../../../src/config/published/publish.ts'
import type { ConsoleEnv } from '../../../src/console/env.ts'
import { createConfig, createEndpoint, createTarget } from '../../config/configs.ts'
import { NOW } from '../../ledger/harness.ts'
import { CSRF } from '../access/world.ts'

export interface Outline {
  /** The label of the section that the page says it belongs to. */
  current: string
  firstHeadings: number
  /** Of forms that change something. */
  actions: string[]
  faults: {
    /** What the policy against inline code and styles would block. */
    inline: string[]
    doubleIds: string[]
    unnamedFields: string[]
    /** `aria-describedby` and the like that lead nowhere. */
    looseDescriptions: string[]
    headingJumps: string[]
    formsWithoutToken: number
    headsWithoutScope: number
  }
}

interface Seen {
  tag: string
  attributes: Map<string, string>
}

export async function readOutline(html: string): Promise<Outline> {
  const seen: Seen[] = []
  let current = ''
  await new HTMLRewriter()
    .on('*', {
      element: ({ tagName, attributes }) => {
        const pairs = [...attributes].map(([name = '', value = '']) => [name, value] as const)
        seen.push({ tag: tagName, attributes: new Map(pairs) })
      },
    })
    .on('nav[aria-label="Main"] a[aria-current]', {
      text: ({ text }) => {
        current += text
      },
    })
    .transform(new Response(html))
    .text()
  const of = (tag: string) => seen.filter((one) => one.tag === tag)
  const get = (one: Seen, name: string) => one.attributes.get(name)
  const forms = of('form').filter((form) => get(form, 'method') === 'post')
  const tokens = of('input').filter(
    (input) => get(input, 'name') === 'csrf' && get(input, 'value') === CSRF,
  )
  return {
    current,
    firstHeadings: of('h1').length,
    actions: forms.map((form) => get(form, 'action') ?? ''),
    faults: {
      inline: findInline(seen),
      doubleIds: findDouble(seen),
      unnamedFields: findUnnamed(seen),
      looseDescriptions: findLoose(seen),
      headingJumps: findJumps(seen),
      formsWithoutToken: forms.length - tokens.length,
      headsWithoutScope: of('th').filter((th) => get(th, 'scope') === undefined).length,
    },
  }
}

const findInline = (seen: Seen[]): string[] =>
  seen.flatMap(({ tag, attributes }) => [
    ...[...attributes.keys()].filter((name) => name === 'style' || name.startsWith('on')),
    ...[...attributes.values()].filter((value) => value.startsWith('javascript:')),
    ...(tag === 'style' || (tag === 'script' && !attributes.has('src')) ? [tag] : []),
  ])

function findDouble(seen: Seen[]): string[] {
  const ids = seen.flatMap(({ attributes }) => attributes.get('id') ?? [])
  return ids.filter((id, i) => ids.indexOf(id) !== i)
}

function findUnnamed(seen: Seen[]): string[] {
  const labelled = new Set(seen.map(({ attributes }) => attributes.get('for')))
  return seen
    .filter(({ tag }) => ['input', 'select', 'textarea'].includes(tag))
    .filter(({ attributes }) => attributes.get('type') !== 'hidden')
    .filter(({ attributes }) => !labelled.has(attributes.get('id')))
    .map(({ attributes }) => attributes.get('name') ?? '')
}

const REFERENCES = ['aria-describedby', 'aria-labelledby', 'for']

function findLoose(seen: Seen[]): string[] {
  const ids = new Set(seen.map(({ attributes }) => attributes.get('id')))
  return seen
    .flatMap(({ attributes }) =>
      REFERENCES.flatMap((name) => attributes.get(name)?.split(' ') ?? []),
    )
    .filter((id) => !ids.has(id))
}

function findJumps(seen: Seen[]): string[] {
  const levels = seen.flatMap(({ tag }) => (/^h[1-6]$/.test(tag) ? [Number(tag[1])] : []))
  return levels.flatMap((level, i) =>
    level > (levels[i - 1] ?? 0) + 1 ? [`h${levels[i - 1] ?? 0} h${level}`] : [],
  )
}

const { KV } = env as unknown as ConsoleEnv

/** A config of which the number is a part. Minutes later than the one before. @returns its id */
export async function publish(n: number, rest: Partial<PublishRequest> = {}): Promise<string> {
  const config = createConfig({
    publicUrl: 'https://hooks.example.com',
    endpoints: [createEndpoint({ name: 'sms', path: `/${n}` })],
    targets: [createTarget({ name: 'crm', timeoutMs: 10_000 + n })],
  })
  const request = { by: 'test', at: NOW + n * 60_000, how: 'push' as const, ...rest }
  const document = toDocument(config, `pages-${n}`)
  await publishDocument(createBoundStore(KV), document, request)
  return `${new Date(request.at).toISOString()}:${document.version}`
}
