/**
 * The team of Cloudflare Access (setting CONSOLE_ACCESS), and which role it gives to whom.
 *
 * A pattern with an @ is about e-mail addresses: one of them, or `*@` and a domain. One without is the
 * whole common name of a service token or a client certificate. The two never match each other: a
 * certificate can have any name.
 */
import { z } from 'zod'
import { err, ok, type Result } from '../../result.ts'
import type { Role } from './identity.ts'

/** Whom Access let in: somebody with an address, or something with a name. */
export type Visitor = { email: string } | { commonName: string }

export interface AccessTeam {
  /** `https://<team>.cloudflareaccess.com`: who signs. */
  issuer: string
  /** The tags of the applications that the console is behind. */
  audience: string[]
  /** The visitor's role; null: they may not in. */
  roleOf(visitor: Visitor): Role | null
}

const PATTERN = /^(?:\*@[^\s@*]+|[^\s@*]+@[^\s@*]+|[^\s@*]+)$/
const PatternsSchema = z.array(z.string().regex(PATTERN))

const AccessSchema = z.strictObject({
  team: z.string().refine(isOrigin),
  audience: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  operators: PatternsSchema,
  viewers: PatternsSchema.optional(),
})

const HINTS: Readonly<Record<string, string>> = {
  team: 'needs "team": "https://….cloudflareaccess.com"',
  audience: 'needs "audience": the application\'s AUD tag, or a list of them',
  operators: 'needs "operators": a list of addresses, "*@domain" or names of service tokens',
  viewers: 'has "viewers" that are not a list of addresses, "*@domain" or names of service tokens',
}

export function parseAccessTeam(text: string): Result<AccessTeam, { hint: string }> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return err({ hint: 'is not JSON' })
  }
  const parsed = AccessSchema.safeParse(value)
  if (!parsed.success) return err({ hint: toHint(parsed.error) })
  const { team, audience, operators, viewers } = parsed.data
  return ok({
    issuer: new URL(team).origin,
    audience: typeof audience === 'string' ? [audience] : audience,
    roleOf(visitor) {
      if (isListed(operators, visitor)) return 'operator'
      if (viewers === undefined || isListed(viewers, visitor)) return 'viewer'
      return null
    },
  })
}

function toHint({ issues }: z.ZodError): string {
  const names = issues.map(({ path: [name] }) => HINTS[String(name)])
  const known = names.find((hint) => hint !== undefined)
  return (
    known ?? 'is not an object with "team", "audience", "operators" and perhaps "viewers" alone'
  )
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  if (!url || url.protocol !== 'https:') return false
  return text === url.origin || text === `${url.origin}/`
}

function isListed(patterns: readonly string[], visitor: Visitor): boolean {
  if ('commonName' in visitor) {
    return patterns.some((pattern) => !pattern.includes('@') && pattern === visitor.commonName)
  }
  const email = visitor.email.toLowerCase()
  const domain = email.slice(email.lastIndexOf('@'))
  return patterns.some((pattern) => {
    const wanted = pattern.toLowerCase()
    if (wanted.startsWith('*@')) return wanted.slice(1) === domain
    return wanted.includes('@') && wanted === email
  })
}
