/** Compiles a small good config with something changed, and tells what was found where. */
import { compileConfig, type Compiled, type Problem } from '../../src/config/compile.ts'

export interface Files {
  [path: string]: string
}

export function compile(
  input: unknown,
  { local = false, files = {} }: { local?: boolean; files?: Files } = {},
) {
  return compileConfig(input, {
    local,
    readFile(path) {
      const text = files[path]
      if (text === undefined) throw new Error('no such file')
      return text
    },
  })
}

/** The compiled config and warnings; throws with the problems. */
export function compiled(input: unknown, options?: Parameters<typeof compile>[1]): Compiled {
  const result = compile(input, options)
  if (!result.ok) throw new Error(JSON.stringify(result.error, null, 2))
  return result.value
}

const toPair = ({ path, code }: Problem) => `${path} ${code}`

/** `path code` of each problem. */
export function problemsOf(input: unknown, options?: Parameters<typeof compile>[1]): string[] {
  const result = compile(input, options)
  return result.ok ? [] : result.error.map(toPair)
}

/** `path code` of each warning. */
export const warningsOf = (input: unknown, options?: Parameters<typeof compile>[1]): string[] =>
  compiled(input, options).warnings.map(toPair)

export const withEndpoint = (endpoint: unknown) => ({ endpoints: { e: endpoint } })

export const withReply = (reply: unknown, endpoint: object = {}) =>
  withEndpoint({ path: '/e', ...endpoint, reply })

export const TARGET = {
  url: 'https://crm.example.com/hooks',
  events: ['*'],
  secret: 'CRM_SIGNING_SECRET',
}

export const withTarget = (change: object) => ({
  endpoints: {},
  targets: { t: { ...TARGET, ...change } },
})
