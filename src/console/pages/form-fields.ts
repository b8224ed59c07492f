/** What a form sent, as text: a field that is not there is empty. */
import type { ConsoleContext } from '../api/router.ts'

export type Fields = (name: string) => string

/** The door has read the form for its token already; Hono keeps it. */
export async function readFields(c: ConsoleContext): Promise<Fields> {
  const body = await c.req.parseBody()
  return (name) => {
    const value = Object.hasOwn(body, name) ? body[name] : undefined
    return typeof value === 'string' ? value.trim() : ''
  }
}
