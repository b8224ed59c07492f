/** Who sends them: programs with tokens, a browser with a session and without the CSRF token, nobody. */
import { createHash } from 'node:crypto'
import type { Random } from './random.ts'
import type { Header } from './wire.ts'

export interface Person {
  name: string
  /** May change something. */
  isOperator: boolean
  toHeaders: (random: Random) => Header[]
}

const GUEST = { name: 'guest', password: 'only looking around' }
const ANNA = { name: 'anna', password: 'correct horse battery' }

/** The console's setting. */
export const PASSWORDS = JSON.stringify({
  anna: { password: ANNA.password, role: 'operator' },
  guest: { password: GUEST.password, role: 'viewer' },
})

export const OPERATOR_ID = `tok_${'1'.repeat(24)}`
const VIEWER_ID = `tok_${'2'.repeat(24)}`

export async function createPeople(
  ledger: D1Database,
  url: string,
  random: Random,
): Promise<Person[]> {
  const addToken = async (id: string, role: string): Promise<string> => {
    const token = `sbc_${random.bytes(32).toString('base64url')}`
    const hash = createHash('sha256').update(token).digest('hex')
    await ledger
      .prepare(
        `INSERT INTO api_tokens (id, name, role, hash, created_at, created_by)
         VALUES (?1, 'limits', ?2, ?3, 0, 'limits')`,
      )
      .bind(id, role, hash)
      .run()
    return `Bearer ${token}`
  }
  const operator = await addToken(OPERATOR_ID, 'operator')
  const viewer = await addToken(VIEWER_ID, 'viewer')
  const [guest, anna] = [await logIn(url, GUEST), await logIn(url, ANNA)]
  return [
    { name: 'operator', isOperator: true, toHeaders: () => [['Authorization', operator]] },
    { name: 'viewer', isOperator: false, toHeaders: () => [['Authorization', viewer]] },
    { name: "viewer's session", isOperator: false, toHeaders: () => [['Cookie', guest]] },
    // A change needs the token of the cookie once more, and a browser's word.
    { name: "operator's session, no CSRF", isOperator: false, toHeaders: () => [['Cookie', anna]] },
    { name: 'nobody', isOperator: false, toHeaders: toNobody },
  ]
}

function toNobody(random: Random): Header[] {
  return random.pick<Header[]>([
    [],
    [['Authorization', '']],
    [['Authorization', `Bearer sbc_${random.bytes(32).toString('base64url')}`]],
    [['Authorization', `Basic ${random.bytes(20).toString('base64')}`]],
    [['Authorization', Buffer.from([0x42, 0xff, 0xfe])]],
    [['Cookie', `switchboard-session=${random.bytes(60).toString('base64url')}`]],
    [['Cookie', 'switchboard-session=; switchboard-session==;;; =x; switchboard-csrf=%']],
    [['Cookie', 'a=1; '.repeat(1_000)]],
  ])
}

async function logIn(url: string, who: { name: string; password: string }): Promise<string> {
  const csrf = 'c'.repeat(43)
  const response = await fetch(`${url}/login`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ csrf, ...who }),
    headers: {
      origin: url,
      'sec-fetch-site': 'same-origin',
      cookie: `switchboard-csrf=${csrf}`,
    },
  })
  if (response.status !== 303) throw new Error(`the login was answered with ${response.status}`)
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.slice(0, cookie.indexOf(';')))
    .join('; ')
}
